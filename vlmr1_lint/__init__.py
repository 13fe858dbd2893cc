"""vlmr1-lint: a config linter for VLM-R1 and other GRPO vision-language training."""

__version__ = "0.1.0"
