"""What was found: findings and their places, which of them a team has accepted or suppressed, and which are one."""
