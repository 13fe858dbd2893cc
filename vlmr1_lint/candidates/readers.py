"""Args files that a program of the repository's own reads, and none of the trainers that we know.

Such a file may share option names with TRL. It is not ours where several of its options are unknown to every trainer and they are
a good part of the file, or where the repository's own script that reads it takes its options in another way than TRL's.
"""

from __future__ import annotations

import os

from vlmr1_lint.trainers.by_names import is_of_another_program, strangers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from vlmr1_lint.sources import Sources

__all__ = ["another_reader"]

FILES_MAX = 120
"""Scripts and Python files that are searched for a file's name; a bound, ours."""
STRANGERS_SHARE = 5
"""One option in so many that no trainer has makes a file another program's, if there are several. Judgement, from public
repositories: every fourth at least in 97 files of open-instruct, at most every ninth in files that TRL's classes read."""
BESIDE = ("", "src", "scripts", "run_scripts")
"""Where training scripts are kept, below each folder from the file up to the repository's root."""
_OUR_CLASSES = (b"GRPOConfig", b"SFTConfig", b"DPOConfig", b"TrainingArguments", b"TrlParser")


def another_reader(path: str, written: frozenset[str], sources: Sources) -> str:
    """Why the args file at *path*, which writes the options *written*, is another program's; ``""`` for one of ours."""
    foreign = strangers(written)
    if not foreign:
        return ""
    if is_of_another_program(written) and len(foreign) * STRANGERS_SHARE >= len(written):
        return f"{', '.join(sorted(foreign)[:3])}: options of another program"
    script = _own_reader(path, sources)
    return f"{script} reads it, which is another program" if script else ""


def _own_reader(path: str, sources: Sources) -> str:
    """The Python file of the repository that reads the file at *path* in a way of its own: it names the file, or a shell script
    does that names both; ``""`` where none does, or where one takes its options with TRL's classes."""
    import re

    from vlmr1_lint.pythoncode.modules import Modules

    named = os.path.basename(path).encode()
    scripts, modules = [], {}
    for where, data in _programs(path, sources):
        if where.endswith(".py"):
            modules[where] = data
        elif named in data:
            scripts.append(data)
    started = {os.path.basename(word) for data in scripts for word in re.findall(rb"[\w./-]+\.py\b", data)}
    readers = [where for where, data in modules.items() if named in data or os.path.basename(where).encode() in started]
    for where in readers:
        around = Modules(where, sources)
        module = around.at(where)
        takes_ours = any(name in modules[where] for name in _OUR_CLASSES)
        if module is None or takes_ours or around.parsing(module)[0] is not None:
            return ""
    return sources.name(readers[0]) if readers else ""


def _programs(path: str, sources: Sources) -> Iterator[tuple[str, bytes]]:
    """Path and text of shell scripts and Python files around *path*, the closest first."""
    seen: set[str] = set()
    for folder in sources.ancestors(path):
        bases = [os.path.join(folder, name) if name else folder for name in BESIDE]
        bases += [os.path.join(bases[1], name) for name in sources.listing(bases[1]) if "." not in name]
        for where in (os.path.join(base, name) for base in bases for name in sources.listing(base)):
            if where.endswith((".py", ".sh", ".bash", ".slurm", ".sbatch")) and where not in seen:
                data = sources.try_read(where)
                if data is not None:
                    seen.add(where)
                    yield where, data
                if len(seen) >= FILES_MAX:
                    return
