"""What the trainer will do with these files together: options as it reads them, the files that belong to it, and the run."""
