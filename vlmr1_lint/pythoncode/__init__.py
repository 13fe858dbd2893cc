"""What the Python of a repository says: sources as trees, questions asked of them, modules and the classes they import."""
