"""What a trainer does: claims, each one named behaviour that rules or the forecast lean on, read from the code that will run.

`claims` lists them, `code` is the Python that decides them, and the other modules hold one extractor each claim. Nothing here
reads a file or knows of a run.
"""
