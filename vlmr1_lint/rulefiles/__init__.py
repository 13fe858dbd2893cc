"""The rule file: its shape, what it compiles to, and the catalogue of all rules."""
