"""What the linter makes of a run, told to people: ``show`` here, ``plan`` beside it."""
