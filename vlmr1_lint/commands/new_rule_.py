"""``vlmr1-lint new-rule NAME``: a skeleton that passes the schema and its own examples."""

from __future__ import annotations

import os

from vlmr1_lint.commandline.arguments import parser
from vlmr1_lint.commandline.telling import put, tell
from vlmr1_lint.explaining.rule_skeleton import BadName, skeleton
from vlmr1_lint.sources import Unwritable, write_new

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["run"]


def run(words: Sequence[str]) -> int:
    """Carry out the command: write ``DIR/NAME.yaml``; 2 if the name is none or the file is there already."""
    it = parser("new-rule", "Start a rule of your own.")
    it.add_argument("name", metavar="NAME", help="names the bad pattern: too-many-generations")
    it.add_argument("--id", default="OWN001", help="the rule's id (default OWN001)")
    it.add_argument("folder", metavar="DIR", nargs="?", help="where to write it (default: here)")
    it.add_argument("--dir", metavar="DIR", help="the same")
    options = it.parse_args(list(words))
    path = os.path.join(options.folder or options.dir or ".", f"{options.name}.yaml")
    try:
        write_new(path, skeleton(options.name, options.id))
    except (BadName, Unwritable) as error:
        where = "" if isinstance(error, BadName) else f"{path}: "
        tell(f"vlmr1-lint: {where}{error}")
        return 2
    put(path)
    return 0
