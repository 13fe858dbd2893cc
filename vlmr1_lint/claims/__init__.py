"""What a trainer's code does: claims, each one named behaviour that rules or the forecast lean on, read from that code.

`claim` lists them, `code` is the Python that decides them, and the other modules hold one extractor each claim. Nothing here
reads a file or knows of a run.
"""
