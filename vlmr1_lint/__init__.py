"""vlmr1-lint: a config linter for VLM-R1 and other GRPO vision-language training.

``vlmr1_lint.lint(["configs"], gpus="4xA100-40G").findings`` is what the command line prints; docs/api.md has the rest. What is
not in ``__all__`` is private.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.api import fix as fix
    from vlmr1_lint.api import forecast as forecast
    from vlmr1_lint.api import lint as lint
    from vlmr1_lint.api import plan as plan
    from vlmr1_lint.results import Finding as Finding
    from vlmr1_lint.results import Fix as Fix
    from vlmr1_lint.results import Fixed as Fixed
    from vlmr1_lint.results import Forecast as Forecast
    from vlmr1_lint.results import Plan as Plan
    from vlmr1_lint.results import Report as Report
    from vlmr1_lint.results import Step as Step

_FUNCTIONS = ("fix", "forecast", "lint", "plan")
_RESULTS = ("Finding", "Fix", "Fixed", "Forecast", "Plan", "Report", "Step")

__all__ = ["Finding", "Fix", "Fixed", "Forecast", "Plan", "Report", "Step", "__version__", "fix", "forecast", "lint", "plan"]

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """Load the public functions when they are first asked for: the command line needs none of them."""
    if name in _FUNCTIONS or name in _RESULTS:
        from importlib import import_module

        return getattr(import_module(f"vlmr1_lint.{'api' if name in _FUNCTIONS else 'results'}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
