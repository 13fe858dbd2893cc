"""The language of rules: a small subset of Python's expressions, typed, three-valued and bounded. It cannot run code."""
