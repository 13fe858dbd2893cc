"""Whether a file belongs to a run: one that it names, or that was joined to it."""

from __future__ import annotations

from vlmr1_lint.documents.references import resolve
from vlmr1_lint.training.inputs import Joined
from vlmr1_lint.training.joining import name_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.sources import Sources
    from vlmr1_lint.training.run import Run

__all__ = ["belongs"]


def belongs(path: str, run: Run, sources: Sources) -> bool:
    """Whether the file at the absolute *path* is one of those that *run* is made of, or one that an option of it names."""
    inputs, name = run.inputs, sources.name(path)
    joined = [one.document for one in (inputs.deepspeed, inputs.accelerate) if isinstance(one, Joined)]
    if any(document is not None and document.path == name for document in (*joined, *inputs.origins.values())):
        return True
    holder = sources.path(inputs.document.path)
    folders = inputs.launch.folders if inputs.launch is not None else ()
    base = name.rpartition("/")[2]
    return any(base in said and resolve(said, holder, sources, folders) == path for said in map(name_in, inputs.written.values()))
