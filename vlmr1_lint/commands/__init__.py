"""The commands of the command line: options in, exit status out. The work is done by the rooms to the left."""
