"""Data files about GPUs, models, options and trainers, with the source of each figure, and small loaders for them.

Nothing here imports another room, and importing a module of this package reads no file: data are read at first use.
"""
