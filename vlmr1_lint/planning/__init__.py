"""Which changes make a run start and fit, in which order, and which hardware would do."""
