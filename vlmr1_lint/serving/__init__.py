"""The language server: what editors ask for, answered by a session over the unsaved text."""
