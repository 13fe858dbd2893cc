"""The places in a repository that install TRL, and what each asks for: setup files, requirements, lock files, install scripts.

Files are read and never run. A comment asks for nothing.
"""

from __future__ import annotations

import os

from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vlmr1_lint.sources import Sources

__all__ = ["COMMIT", "Install", "installs", "installs_something"]

COMMIT = "a commit"

FILES_MAX = 200
"""Files of one repository that are searched for TRL; a bound, ours."""

BESIDE = ("", "requirements", "docker", "src")
"""Where install files are kept, below each folder from the entry up to the repository's root."""


@value
class Install:
    """One requirement of TRL.

    where     the file's name from the repository's root
    versions  the releases that it allows, as pip writes them (``==0.17.0``, ``>=0.14,<0.20``); ``""`` where any will do
    latest    how it takes the newest release or the newest source, ``"--upgrade"`` or ``"git"``, or ``"a commit"``, which may be
              of any release; ``""`` where it does not
    """

    where: str
    versions: str
    latest: str = ""


def installs(path: str, sources: Sources) -> tuple[Install, ...]:
    """Every requirement of TRL in the folders from the one of *path* up to the repository's root, in their ``src``, and in the
    packages of ``src``; each once, the closest first."""
    found: dict[Install, None] = {}
    seen = 0
    for folder in _folders(path, sources):
        for name in sources.listing(folder):
            read = _reader(name, folder)
            data = sources.try_read(os.path.join(folder, name)) if read is not None else None
            seen += data is not None
            if read is not None and data is not None and b"trl" in data:
                where = sources.name(os.path.join(folder, name))
                text = data.decode("utf-8", "replace").replace("\r\n", "\n")
                found.update((Install(where, versions, latest), None) for versions, latest in read(text))
            if seen >= FILES_MAX:
                return tuple(found)
    return tuple(found)


def installs_something(name: str, folder: str) -> bool:
    """Whether the file *name* in *folder* is one of those that are searched for TRL."""
    return _reader(name, folder) is not None


def _folders(path: str, sources: Sources) -> Iterable[str]:
    found: dict[str, None] = {}
    for folder in sources.ancestors(path):
        found.update((os.path.join(folder, name) if name else folder, None) for name in BESIDE)
        source = os.path.join(folder, "src")
        found.update((os.path.join(source, name), None) for name in sources.listing(source) if "." not in name)
    return found


def _reader(name: str, folder: str) -> Reader | None:
    """What reads the requirements of the file *name* in *folder*; None for a file that installs nothing."""
    name = name.lower()
    if name.endswith(".txt"):
        is_list = name.startswith(("requirement", "constraints")) or os.path.basename(folder) == "requirements"
        return _of_lines if is_list else None
    if name == "setup.py":
        return _of_setup
    if name == "setup.cfg":
        return _of_lines
    if name == "pyproject.toml":
        return _of_project
    if name in {"uv.lock", "poetry.lock", "pdm.lock"}:
        return _of_lock
    if name.endswith((".sh", ".bash", ".dockerfile")) or name.startswith(("makefile", "dockerfile")):
        return _of_commands
    if name.endswith((".yml", ".yaml")) and name.startswith(("environment", "conda", "env.")):
        return _of_conda
    return None


if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    Wanted: TypeAlias = tuple[str, str]
    """``versions`` and ``latest`` of an `Install`."""
    Reader: TypeAlias = Callable[[str], Iterator[Wanted]]


_REQUIREMENT = r"trl(?:\s*\[[\w,\s-]*\])?\s*(?P<versions>(?:[=<>!~]=?=?\s*[\w.*+]+\s*,?\s*)*)(?:;.*)?"
_GIT = r"""(?:trl(?:\[[\w,\s-]*\])?\s*@\s*)?git\+[^\s"']*/trl(?:\.git)?/?(?:@(?P<ref>[^\s"'#]+))?(?:\#\S*)?"""


def requirement(text: str) -> Wanted | None:
    """What the requirement *text* asks of TRL (``trl[vllm]>=0.17``, ``git+https://github.com/huggingface/trl@v0.17.0``); None
    for one of another package."""
    import re

    text = text.strip().removeprefix("-e ").removeprefix("--editable ").strip()
    git = re.fullmatch(_GIT, text)
    if git is not None:
        return _of_ref(git["ref"] or "")
    found = re.fullmatch(_REQUIREMENT, text)
    return (re.sub(r"\s", "", found["versions"]).strip(","), "") if found is not None else None


def _of_ref(ref: str) -> Wanted:
    """A git tag is its release, a branch may be anything up to today's source, a commit is one source of some day."""
    import re

    tag = re.fullmatch(r"v?(\d+(?:\.\d+)+)", ref)
    if tag is not None:
        return f"=={tag[1]}", ""
    return "", COMMIT if re.fullmatch(r"[0-9a-f]{7,40}", ref) else "git"


def _of_lines(text: str) -> Iterator[Wanted]:
    """Of a requirements file, one on each line; also of setup.cfg, where the first may stand behind its key."""
    import re

    for line in text.splitlines():
        bare = re.sub(r"(?:^|\s)(?:#|--hash=).*|\\$", "", line)
        wanted = requirement(re.sub(r"^\s*\w+\s*=(?!=)", "", bare))
        if wanted is not None:
            yield wanted


def _of_setup(text: str) -> Iterator[Wanted]:
    """Of the strings in setup.py that are requirements, or lists of them."""
    import ast

    from vlmr1_lint.pythoncode.source import parsed

    tree = parsed(text.encode())
    if tree is None:
        return
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "trl" in node.value and id(node) not in told:
            yield from _of_lines(node.value)


def _of_lock(text: str) -> Iterator[Wanted]:
    """Of a lock file of uv, poetry or pdm: the release that is locked."""
    import re

    for found in re.finditer(r"""(?m)^name\s*=\s*["']trl["']\s*\nversion\s*=\s*["']([\w.]+)["']""", text):
        yield f"=={found[1]}", ""


def _of_project(text: str) -> Iterator[Wanted]:
    """Of pyproject.toml: dependencies, optional ones, groups, and what poetry, uv and pdm add."""
    import sys

    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib  # type: ignore[import-not-found, unused-ignore]
    try:
        whole = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    project, tool = _table(whole, "project"), _table(whole, "tool")
    source = _table(tool, "uv", "sources").get("trl")
    replaced = _of_source(source[0] if isinstance(source, list) and source else source)
    if replaced is not None:
        yield replaced
        return
    yield from _in_strings(
        [
            project.get("dependencies"),
            project.get("optional-dependencies"),
            whole.get("dependency-groups"),
            [_table(tool, "uv").get(f"{kind}-dependencies") for kind in ("dev", "constraint", "override")],
            _table(tool, "pdm").get("dev-dependencies"),
        ]
    )
    poetry = _table(tool, "poetry")
    for holder in (poetry, *(_table(poetry, "group", name) for name in _table(poetry, "group"))):
        for kind in ("dependencies", "dev-dependencies"):
            given = _table(holder, kind).get("trl")
            if isinstance(given, str):
                yield _of_poetry(given)
            elif isinstance(given, dict):
                yield _of_source(given) or _of_poetry(str(given.get("version", "*")))


def _table(holder: object, *names: str) -> dict[str, object]:
    """The table under *names*, empty where there is none."""
    for name in names:
        holder = holder.get(name) if isinstance(holder, dict) else None
    return holder if isinstance(holder, dict) else {}


def _of_source(source: object) -> Wanted | None:
    """TRL taken from git by a table of uv or poetry: ``{git = "…", tag = "v0.17.0"}``; None for anything else."""
    if not isinstance(source, dict) or "git" not in source:
        return None
    return _of_ref(str(source.get("tag") or source.get("rev") or ""))


def _of_poetry(text: str) -> Wanted:
    """Poetry's own spelling of versions: ``^0.17``, ``~0.17.1``, ``0.17.0``, ``*``."""
    text = text.replace(" ", "")
    if text in {"", "*"}:
        return "", ""
    parts = text.lstrip("^~").split(".")
    if not text.startswith(("^", "~")) or not all(part.isdigit() for part in parts):
        return (f"=={text}" if text[0].isdigit() else text), ""
    fixed = 1 if text[0] == "^" and parts[0] != "0" else min(2, len(parts))
    above = ".".join([*parts[: fixed - 1], str(int(parts[fixed - 1]) + 1)])
    return f">={text[1:]},<{above}", ""


def _in_strings(found: object) -> Iterator[Wanted]:
    """Of every string in nested lists and tables."""
    if isinstance(found, str):
        wanted = requirement(found)
        if wanted is not None:
            yield wanted
    elif isinstance(found, list | dict):
        for inner in found.values() if isinstance(found, dict) else found:
            yield from _in_strings(inner)


_COMMAND = r"(?:\b(?:pip[\d.]*|conda|mamba|micromamba)\s+(?:-\S+\s+)*install|\buv\s+add|\bpoetry\s+add)\s(?P<words>[^\n;&|]*)"


def _of_commands(text: str) -> Iterator[Wanted]:
    """Of the install commands of a shell script, a Makefile or a Dockerfile."""
    import re

    text = re.sub(r"(?m)(?:^|(?<=\s))#.*$", "", text)
    for command in re.finditer(_COMMAND, _quoted(re.sub(r"\\\n", " ", text))):
        words = command["words"].split()
        newest = any(word == "--upgrade" or re.fullmatch(r"-[a-zA-Z]*U[a-zA-Z]*", word) for word in words)
        for word in words:
            bare = word.strip("\"'")
            wanted = _of_word(bare if bare != word else re.split("[<>]", word)[0])  # outside of quotes they redirect
            if wanted is not None:
                yield wanted if wanted[0] or not newest else ("", "--upgrade")


def _quoted(text: str) -> str:
    """*text* with the blanks, commas' and all, taken out of quoted requirements: ``"trl >= 0.17"`` is one word."""
    import re

    return re.sub(r"""(["'])(trl[^"'\n]*)\1""", lambda found: re.sub(r"\s", "", found[0]), text)


def _of_word(word: str) -> Wanted | None:
    """A word of an install command; conda and poetry write versions in ways of their own."""
    import re

    word = re.sub(r"^[\w.-]+::", "", word)
    if word.startswith("trl@") and not word.startswith("trl@git+"):
        return _of_poetry(word[4:])
    conda = re.fullmatch(r"trl=([\w.*]+)(?:=\S*)?", word)
    if conda is not None:
        return f"=={conda[1]}" if conda[1].endswith("*") else f"=={conda[1]}.*", ""
    return requirement(word)


def _of_conda(text: str) -> Iterator[Wanted]:
    """Of a conda environment: the items of its lists."""
    import re

    for found in re.finditer(r"(?m)^\s*-\s*(.+)$", re.sub(r"(?m)(?:^|\s)#.*$", "", text)):
        wanted = _of_word(found[1].strip().strip("\"'"))
        if wanted is not None:
            yield wanted
