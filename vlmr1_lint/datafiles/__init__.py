"""What is in the data files that a run names, and what this machine's disk may be asked."""
