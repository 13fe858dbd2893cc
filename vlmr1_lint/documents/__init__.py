"""What a file says, and where: reading and editing YAML, JSON and shell without knowing trainers."""
