"""Why nobody can tell the model of a run: one sentence, and what would help."""

from __future__ import annotations

from vlmr1_lint.documents.placeholders import stand_in_path
from vlmr1_lint.models.table import is_quantised_name
from vlmr1_lint.unknown import Unknown, is_unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.training.run import Run

__all__ = ["why_unknown"]


def why_unknown(run: Run) -> str:
    """Why the model of *run* is unknown; ``""`` where it is not."""
    if not isinstance(run.model, Unknown):
        return ""
    if isinstance(run.inputs.model, str):
        return run.inputs.model
    node, path = run.node("model_name_or_path"), run.model_name_or_path
    if node is None:
        return "model_name_or_path is not written"
    if is_unknown(path):
        return f"model_name_or_path is {node.text}, which is known when the run starts"
    if not isinstance(path, str):
        return f"model_name_or_path is {node.text}, which is no name"
    if stand_in_path(path):
        return f"model_name_or_path is {node.text}, which is to be filled in"
    if is_quantised_name(path):
        return f'"{path}" is of quantised weights, which the forecast does not model'
    if path.startswith((".", "/", "~")) or path.count("/") > 1:
        return f"there is no {path.rstrip('/')}/config.json in this repository, and no table has a model of that name"
    return f'"{path}" is not in our table of models; a local folder with its config.json would do'
