"""Commands of the repository's scripts and READMEs that name a file, as far as their text tells what the file itself does not:
the script that is started, the mixed precision of ``accelerate launch``, the address of the first machine."""

from __future__ import annotations

import os
import re

from vlmr1_lint.candidates.entryscript import EntryScript, read_script
from vlmr1_lint.documents.references import resolve
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from vlmr1_lint.sources import Sources

__all__ = ["Starter", "Starters", "knowing_script", "starters", "texts_around"]

TEXTS_MAX = 120
"""Scripts and READMEs that are searched for a file's name; a bound, ours."""
BESIDE = ("", "scripts", "run_scripts", "slurm", "src", os.path.join("src", "scripts"))
"""Where launch scripts are kept, below each folder from the file up to the repository's root."""
_SUFFIXES = (".sh", ".bash", ".slurm", ".sbatch", ".md")
_MADE = re.compile(rb"[\w.-]+/[\w./${}-]*\$[\w./${}-]*\.ya?ml\b")
_PRECISION = re.compile(rb"(?m)^mixed_precision:[ \t]*[\"']?(\w+)")


@value
class Starter:
    """A command that names the file.

    text             the command, its lines joined
    holder           the file that it stands in, an absolute path
    mixed_precision  what ``accelerate launch`` is told, by a flag or in the YAML that ``--config_file`` names; None where nothing
    main_address     whether it says the first machine's address (``--main_process_ip``)
    """

    text: str
    holder: str
    mixed_precision: str | None = None
    main_address: bool = False


@value
class Starters:
    """What the commands that name a file say, together.

    mixed_precision  what they tell ``accelerate launch``
    main_address     whether one says the first machine's address
    """

    mixed_precision: tuple[str, ...] = ()
    main_address: bool = False

    @classmethod
    def of(cls, path: str, sources: Sources) -> Starters:
        """What the commands that name the file at *path* say."""
        found = starters(path, sources)
        told = tuple(dict.fromkeys(one.mixed_precision for one in found if one.mixed_precision is not None))
        return cls(told, any(one.main_address for one in found))


def starters(path: str, sources: Sources) -> list[Starter]:
    """The commands that name the file at *path*: by its name, or with variables in its place (``configs/$X.yaml``)."""
    folder, base = os.path.split(path)
    open_name = os.path.basename(folder) + "/$"
    found = []
    for holder, data in texts_around(path, sources):
        if os.fsencode(base) not in data and os.fsencode(open_name) not in data and not _may_mean(data, path):
            continue
        text = re.sub(r"\\\r?\n", " ", data.decode("utf-8", "replace"))
        lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
        # A name that is kept in a variable is the command's own where the script has nothing else to do with it.
        commands = [
            line for line in lines if " launch" in line or "torchrun" in line or ".py" in line or "main_process_ip" in line
        ]
        named = [line for line in commands if _names(line, base, open_name)]
        for line in named or (commands if not holder.endswith(".md") else []):
            address = "main_process_ip" in line or (not holder.endswith(".md") and "--main_process_ip" in text)
            found.append(Starter(line, holder, _precision(line, holder, sources), address))
    return found


def _may_mean(data: bytes, path: str) -> bool:
    """Whether a path in the script *data* that variables make, below a folder that is written out, may be *path*:
    ``recipes/$MODEL/$TASK/config_$SUFFIX.yaml``."""
    for word in _MADE.findall(data):
        parts = [re.escape(part) for part in re.split(r"\$\{?\w+\}?", word.decode())]
        if re.search(rf"(?:^|/){'[^/]+'.join(parts)}$", path) is not None:
            return True
    return False


def _names(line: str, base: str, open_name: str) -> bool:
    return re.search(rf"(?<![\w.-]){re.escape(base)}(?![\w-])", line) is not None or open_name in line


def _precision(line: str, holder: str, sources: Sources) -> str | None:
    flag = re.search(r"--mixed[_-]precision[= ]+[\"']?(\w+)", line)
    if flag is not None:
        return flag[1]
    named = re.search(r"--config_file[= ]+[\"']?([^\s\"']+)", line)
    if named is None:
        return None
    said = {_said_in(where, sources) for where in _meant(named[1], holder, sources)}
    return said.pop() if len(said) == 1 else None


def _meant(name: str, holder: str, sources: Sources) -> list[str]:
    """The files that *name*, in the script *holder*, may be: with a variable for its last part, every YAML file of the folder."""
    folder, base = os.path.split(name)
    if "$" not in base or "$" in folder:
        found = resolve(name, holder, sources)
        return [found] if found is not None else []
    places = (os.path.join(above, folder) for above in sources.ancestors(holder))
    place = next((one for one in places if sources.listing(one)), "")
    return [os.path.join(place, one) for one in sources.listing(place) if one.endswith((".yaml", ".yml"))] if place else []


def _said_in(where: str, sources: Sources) -> str | None:
    said = _PRECISION.search(sources.try_read(where) or b"")
    return said[1].decode() if said is not None else None


def knowing_script(path: str, option: str, sources: Sources) -> str | None:
    """The training script that a command starts with the args file at *path*, and whose argument classes have *option*; None
    where there is none."""
    for starter in starters(path, sources):
        for word in re.findall(r"[\w./-]+\.py\b", starter.text):
            found: EntryScript | None = read_script(word, starter.holder, sources, ())
            if found is not None and option in found.own:
                return sources.name(found.path)
    return None


def texts_around(path: str, sources: Sources, endings: tuple[str, ...] = _SUFFIXES) -> Iterator[tuple[str, bytes]]:
    """Path and text of the scripts and READMEs around *path* (of files whose names end with *endings*), the closest first."""
    seen: set[str] = set()
    for folder in sources.ancestors(path):
        for base in (os.path.join(folder, name) if name else folder for name in BESIDE):
            for where in (os.path.join(base, name) for name in sources.listing(base) if name.endswith(endings)):
                data = sources.try_read(where) if where not in seen else None
                if data is not None:
                    seen.add(where)
                    yield where, data
                if len(seen) >= TEXTS_MAX:
                    return
