"""The json document: read.py reads it, edit.py changes it."""
