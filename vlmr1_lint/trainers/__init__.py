"""Who the trainers are: one value each, their releases and selectors, and how option names tell one from another."""
