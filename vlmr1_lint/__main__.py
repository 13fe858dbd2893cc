"""``python -m vlmr1_lint``."""

from vlmr1_lint.cli import console

console()
