"""What the trainer will do: options as it reads them, the trainer itself, world size, hardware, model, and the run that joins
them."""
