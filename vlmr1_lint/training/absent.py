"""Files that a launch script starts or names, and that are not where it says although the repository holds that place.

Nothing is asked of the machine: a file counts as absent only where the repository itself tells the folder that the command runs
in, by the script's own ``cd`` targets or by what lies there, and where nothing in the script or in git's settings makes the file.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache

from vlmr1_lint.documents.placeholders import stand_in_path
from vlmr1_lint.documents.references import deepspeed_from_name, expand_home
from vlmr1_lint.sources.discovery import JUNK
from vlmr1_lint.training.inputs import Joined
from vlmr1_lint.training.joining import name_in
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vlmr1_lint.documents.model import Document, Node, Span
    from vlmr1_lint.documents.shell.nodes import ShellRoot
    from vlmr1_lint.documents.shell.read import ShellDocument
    from vlmr1_lint.sources import Sources
    from vlmr1_lint.training.run import Run

__all__ = ["AbsentFile", "absent_files"]

FOLDERS_MAX = 2_000
"""Folders of the repository that are searched for a file that the command may mean; beyond, nothing is said. A bound, ours."""
STEPS_MAX = 4
"""``cd`` commands that are followed; scripts with more of them are no straight line. Ours."""
_GOES_ELSEWHERE = rb"(?m)^(?!\s*#).*?(?:\bpopd\b|\bcd\s+-(?:\s|$)|--chdir\b|--workdir\b|\bcd\s*(?:$|[;&|]))"
"""Where a script goes to a folder that its ``cd`` targets do not tell."""
_BRINGS_FILES = (
    rb"(?m)^(?!\s*#).*?\b(?:git\s+(?:clone|checkout|pull|submodule|lfs)|wget|curl|unzip|tar|rsync|scp|cp|mv|ln|gsutil|aws"
    rb"|huggingface-cli|hf\s+download|modelscope)\s"
)
"""Commands of a script that may bring files which the repository does not hold."""
_OTHER_MACHINES = frozenset(
    "ssh pdsh clush kubectl docker docker-compose podman singularity apptainer enroot shifter chroot ray".split()
)
"""Commands in front of a launcher whose files may be others than those of the repository."""


@value
class AbsentFile:
    """A file that is not there.

    role      ``"script"`` (the training script) or ``"deepspeed"``
    path      as the command names it
    folder    the folder of the repository from which it is looked for, ``.`` for its root
    beside    names of the files of its kind in the folder where it should be; empty where there is none
    near      the one path that may be meant: for a DeepSpeed file one beside it whose name says the same stage, else a file of
              this name elsewhere in the repository; None without one, or with several
    document, node, span   where it is named
    """

    role: str
    path: str
    folder: str
    beside: tuple[str, ...]
    near: str | None
    document: Document
    node: Node
    span: Span | None = None


def absent_files(run: Run, sources: Sources) -> list[AbsentFile]:
    """The files of *run* that surely are not there."""
    inputs = run.inputs
    root: ShellRoot = inputs.root  # type: ignore[assignment]
    if inputs.launch is None or inputs.document.format != "shell":
        return []
    joined, named = inputs.deepspeed, inputs.written.get("deepspeed")
    in_reach = isinstance(joined, Joined) and joined.document is not None
    wanted = [_absent_script] if not inputs.launch.script_found and not root.module else []
    wanted += [_absent_deepspeed] if named is not None and named.kind == "scalar" and not in_reach else []
    start = _Start.of(run, sources) if wanted else None
    found = [find(start, run) for find in wanted] if start is not None else []
    return [one for one in found if one is not None]


def _absent_script(start: _Start, run: Run) -> AbsentFile | None:
    root: ShellRoot = run.inputs.root  # type: ignore[assignment]
    written = root.script or ""
    name = start.literal(written) if written.endswith(".py") else None
    if name is None:
        return None
    within, base = os.path.split(name)
    others = {folder: start.files(os.path.join(folder, within), ".py") for folder in start.folders}
    if not (start.steps or (within and any(others.values()))) or start.may_be_there(name):
        return None
    for folder, beside in others.items():
        near = start.elsewhere(base, folder)
        if (within and beside) or (start.steps and near is not None and not near.startswith("..")):
            return start.absent("script", written, folder, beside, near, root, root.script_span)
    return None


def _absent_deepspeed(start: _Start, run: Run) -> AbsentFile | None:
    root: ShellRoot = run.inputs.root  # type: ignore[assignment]
    node = run.inputs.written["deepspeed"]
    written = name_in(node)
    name = start.literal(written) if written.endswith(".json") else None
    script = start.literal(root.script or "")
    if name is None or script is None:
        return None
    within, base = os.path.split(name)
    folders = [folder for folder in start.folders if start.sources.holds(os.path.normpath(os.path.join(folder, script)))]
    if not folders or start.may_be_there(name):
        return None
    beside = start.files(os.path.join(folders[0], within), ".json")
    alike = _alike(base, beside)
    near = start.elsewhere(base, folders[0]) if alike is None else written.removesuffix(base) + alike
    return start.absent("deepspeed", written, folders[0], beside, near, node, node.span)


def _alike(base: str, names: Sequence[str]) -> str | None:
    """The one of *names* that says the same stage and offload as *base*."""
    meant = deepspeed_from_name(base)
    found = [name for name in names if deepspeed_from_name(name) == meant]
    return found[0] if meant is not None and len(found) == 1 else None


@lru_cache(maxsize=8)
def _hides_its_start(data: bytes) -> bool:
    """Whether a script goes where nobody knows, or may bring files along; asked once for all commands of it."""
    return re.search(_GOES_ELSEWHERE, data) is not None or re.search(_BRINGS_FILES, data) is not None


class _Start:
    """Where a command starts.

    steps    the script's ``cd`` targets
    folders  folders of the repository in which the command may find itself: where the steps lead to from the script's folder, or
             from one above it
    """

    def __init__(self, document: ShellDocument, sources: Sources, steps: Sequence[str]) -> None:
        self.document = document
        self.sources = sources
        self.steps = tuple(steps)
        self.holder = sources.path(document.path)
        bases = tuple(sources.ancestors(self.holder))
        self.folders = tuple(dict.fromkeys(folder for base in bases if (folder := self._follow(base)) is not None))
        self._possible = tuple(dict.fromkeys(folder for base in bases for folder in self._any_steps(base)))

    @classmethod
    def of(cls, run: Run, sources: Sources) -> _Start | None:
        """The start of *run*; None where the script does not tell it, or may bring files along."""
        document: ShellDocument = run.inputs.document  # type: ignore[assignment]
        root: ShellRoot = run.inputs.root  # type: ignore[assignment]
        holder, data = sources.path(document.path), document.data
        steps = [expand_home(step, holder, sources) for step in root.cwd]
        if not sources.inside(holder) or len(steps) > STEPS_MAX or any(re.search(r"[$`*<~]", step) for step in steps):
            return None
        if not _OTHER_MACHINES.isdisjoint(os.path.basename(word) for word in root.prefix):
            return None
        if _hides_its_start(data):
            return None
        if any(header.name in {"chdir", "D"} for header in document.sbatch):
            return None
        start = cls(document, sources, steps)
        return start if start.folders else None

    def _follow(self, folder: str) -> str | None:
        """The folder that all steps lead to from *folder*; None where one is missing, or leads out of the repository."""
        for step in self.steps:
            folder = os.path.normpath(os.path.join(folder, step))
            if not self.sources.inside(folder) or not self.sources.is_folder(folder):
                return None
        return folder

    def _any_steps(self, base: str) -> list[str]:
        """Every folder that some of the steps lead to from *base*: a ``cd`` may stand in a branch, or fail."""
        found = [base]
        for step in self.steps:
            found += [os.path.normpath(os.path.join(folder, step)) for folder in found]
        return found

    def literal(self, text: str) -> str | None:
        """*text* as a relative path of one file; None where it is open, absolute, or a name to fill in."""
        name = expand_home(text, self.holder, self.sources)
        if not name or os.path.isabs(name) or stand_in_path(name) or re.search(r"[$`*?\[\]{}<>\s\\~]", name):
            return None
        return os.path.normpath(name)

    def may_be_there(self, name: str) -> bool:
        """Whether the file *name* may be there after all: where the command may start, made by the script, kept out of git, or
        (for a command that is started by hand from some folder) anywhere."""
        for folder in self._possible:
            path = os.path.normpath(os.path.join(folder, name))
            if not self.sources.below(path):
                if folder in self.folders:
                    return True  # outside of the repository, where we do not look
                continue
            if self.sources.exists(path) or os.path.basename(path) in self.sources.listing(os.path.dirname(path)):
                return True  # a link that leads nowhere here is in the listing
        if self._is_spoken_of(os.path.basename(name)):
            return True
        if any(_is_ignored(os.path.normpath(os.path.join(folder, name)), self.sources) for folder in self.folders):
            return True
        if self.steps:
            return False
        own = re.sub(r"^(?:\.\./)+", "", name)
        found = self._search(self.sources.root, lambda folder: self.sources.exists(os.path.join(folder, own)))
        return found is None or bool(found)

    def _is_spoken_of(self, base: str) -> bool:
        """Whether the script speaks of *base* outside of training commands, assignments and comments: it may make it, or test for
        it."""
        data = bytearray(self.document.data)
        for root in self.document.roots:
            data[root.use_span.start : root.use_span.end] = b" " * (root.use_span.end - root.use_span.start)
        kept = re.sub(rb"(?m)^\s*#.*|^\s*(?:export\s+)?\w+=\S*\s*$", b"", bytes(data))
        return base.encode() in kept

    def files(self, folder: str, suffix: str) -> tuple[str, ...]:
        """Names of the files in *folder* that end in *suffix*."""
        folder = os.path.normpath(folder)
        if not self.sources.inside(folder) or not self.sources.is_folder(folder):
            return ()
        names = (name for name in self.sources.listing(folder) if name.endswith(suffix) and name != "__init__.py")
        return tuple(name for name in names if self.sources.exists(os.path.join(folder, name)))

    def elsewhere(self, base: str, folder: str) -> str | None:
        """The path, from *folder*, of the one file called *base* below it, else of the one in the repository."""
        for top in (folder, self.sources.root):
            found = self._search(top, lambda inner: self.sources.exists(os.path.join(inner, base)))
            if found:
                break
        if found is None or len(found) != 1:
            return None
        return os.path.relpath(os.path.join(found[0], base), folder).replace(os.sep, "/")

    def _search(self, top: str, wanted: Callable[[str], bool]) -> list[str] | None:
        """Folders from *top* on that are *wanted*; None where the repository has too many to look at."""
        folders = _folders(self.sources)
        if folders is None:
            return None
        inside = top.rstrip(os.sep) + os.sep
        return [folder for folder in folders if (folder == top or folder.startswith(inside)) and wanted(folder)]

    def absent(
        self, role: str, path: str, folder: str, beside: tuple[str, ...], near: str | None, node: Node, span: Span | None
    ) -> AbsentFile:
        """The absent file *path*, looked for from *folder*."""
        shown = os.path.relpath(folder, self.sources.root).replace(os.sep, "/")
        return AbsentFile(
            role=role, path=path, folder=shown, beside=beside, near=near, document=self.document, node=node, span=span
        )


@lru_cache(maxsize=1)
def _folders(sources: Sources) -> tuple[str, ...] | None:
    """The folders of the repository, links not followed; None where there are too many. Kept: its scripts may all ask."""
    found = [sources.root]
    for folder in found:
        inner = (os.path.join(folder, name) for name in sources.listing(folder) if name not in JUNK and name[:1] != ".")
        found += [path for path in inner if sources.is_folder(path) and sources.real(path) == path]
        if len(found) > FOLDERS_MAX:
            return None
    return tuple(found)


def _is_ignored(path: str, sources: Sources) -> bool:
    """Whether git's settings in the repository keep the file at *path* out of it: it may then lie where the command runs."""
    for folder in sources.ancestors(path):
        data = sources.try_read(os.path.join(folder, ".gitignore"))
        if data is not None:
            from vlmr1_lint.sources.ignoring import Ignoring

            if Ignoring(data).ignores(os.path.relpath(path, folder).replace(os.sep, "/")):
                return True
    return False
