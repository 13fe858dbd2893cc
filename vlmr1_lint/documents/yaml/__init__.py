"""The yaml document: read.py reads it, edit.py changes it."""
