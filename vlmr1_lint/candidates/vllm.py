"""R1-V's script picks its trainer class by ``use_vllm``: which of its variants (`Family.variants`) reads a run.

``trainer_cls = Qwen2VLGRPOTrainer if not training_args.use_vllm else Qwen2VLGRPOVLLMTrainerModified`` (R1-V
src/r1-v/src/open_r1/grpo.py:175). The classes count batches differently, so they are trainers of their own here.
"""

from __future__ import annotations

import os

from vlmr1_lint.trainers.r1_v import R1_V, R1_V_VLLM, R1_V_VLLM_2025_02, R1_V_WITHOUT_VLLM
from vlmr1_lint.unknown import is_unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast

    from vlmr1_lint.sources import Sources
    from vlmr1_lint.training.run import Run

__all__ = ["chosen", "variant_of_script"]

BY_COUNTING = {True: R1_V_VLLM_2025_02, False: R1_V_VLLM}
"""Whether the trainer demands that the group divides sequences → the variant."""


def chosen(run: Run) -> Run:
    """*run*, R1-V's, as the class reads it that its ``use_vllm`` picks; both where that is unknown."""
    if len(run.candidates) != 1:
        return run
    (found,) = run.candidates
    beside = R1_V_VLLM if found == R1_V.name else found
    use = run.use_vllm if run.is_set("use_vllm") else False
    candidates = (R1_V.name, beside) if is_unknown(use) else (beside if use is True else R1_V.name,)
    return run.of(candidates)


def variant_of_script(path: str, sources: Sources) -> str:
    """Which of R1-V's trainers the script at *path* starts for ``use_vllm: true``, by the class that it names; what the main
    branch starts where that is not in reach."""
    from vlmr1_lint.pythoncode.modules import class_at
    from vlmr1_lint.pythoncode.source import checks_groups, parsed

    script = parsed(sources.try_read(path))
    if script is None:
        return R1_V.name
    name = _vllm_class(script)
    if name is None:
        return R1_V_WITHOUT_VLLM
    found = class_at(path, name, sources) or _class_beside(path, name, sources)
    return R1_V.name if found is None else BY_COUNTING[checks_groups(found)]


def _class_beside(path: str, name: str, sources: Sources) -> ast.ClassDef | None:
    """The class *name* in a module of the folder of the script at *path*, or of its ``trainer``: for a script whose import nobody
    can follow."""
    from vlmr1_lint.pythoncode.outline import Reader
    from vlmr1_lint.pythoncode.source import classes

    reader = Reader()
    for folder in (os.path.dirname(path), os.path.join(os.path.dirname(path), "trainer")):
        for file in sources.listing(folder):
            data = sources.try_read(os.path.join(folder, file)) if file.endswith(".py") else None
            tree = reader.parsed(data) if data is not None and name.encode() in data else None
            if tree is not None and name in classes(tree):
                return classes(tree)[name]
    return None


def _vllm_class(tree: ast.AST) -> str | None:
    """The trainer class with vLLM in its name that the script uses; it may import others."""
    import ast

    return next((node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and "VLLMTrainer" in node.id), None)
