"""The shell document: read.py reads launch scripts, edit.py changes them. Nothing is ever executed."""
