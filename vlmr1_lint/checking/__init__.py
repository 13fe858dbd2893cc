"""What is wrong: rules, the language they are written in, and the findings they make."""
