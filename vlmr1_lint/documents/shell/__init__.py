"""The shell document: read.py reads it, edit.py changes it."""
