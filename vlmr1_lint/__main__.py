"""``python -m vlmr1_lint``."""

import sys

from vlmr1_lint.cli import main

sys.exit(main())
