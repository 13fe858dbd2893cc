"""The rule file: its shape, the language of its expressions, what it compiles to, and the catalogue of all rules."""
