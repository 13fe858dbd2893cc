"""How findings are told: one module per format, each a pure function from a Report to text."""
