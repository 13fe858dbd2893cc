"""vlmr1-lint: a config linter for VLM-R1 and other GRPO vision-language training.

``vlmr1_lint.lint(["configs"], gpus="4xA100-40G").findings`` is what the command line prints. What is not in ``__all__`` is
private.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.api import lint as lint

__all__ = ["__version__", "lint"]

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """Load the public functions when they are first asked for: the command line needs none of them."""
    if name == "lint":
        from vlmr1_lint.api import lint

        return lint
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
