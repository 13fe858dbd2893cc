"""Which trainer reads a file: the candidate releases, and the evidence for them in the repository and its installs."""
