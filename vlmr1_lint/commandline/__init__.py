"""The options of the commands, and how the tool speaks of itself: parsing, help, mistakes, printing."""
