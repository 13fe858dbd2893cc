"""The port at which the processes of a launch meet, and whether another launch of the same script has it.

Of one script only: that two scripts share a port is normal where they run one after the other (all of VLM-R1's share 12349).
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.documents.shell.nodes import ShellRoot
    from vlmr1_lint.documents.shell.read import ShellDocument

__all__ = ["free_port", "is_taken", "port_of"]

DEEPSPEED_PORT = 29500
"""Port where none is said (deepspeed/constants.py TORCH_DISTRIBUTED_DEFAULT_PORT, 0.15 to 0.18). torchrun takes a free one since
torch 2.13 and this one in 2.5, accelerate follows it: there nothing is known."""
HERE = frozenset(
    {
        *("nohup", "env", "sudo", "time", "timeout", "exec", "command", "nice", "ionice", "numactl", "taskset", "stdbuf"),
        *("setsid", "unbuffer", "conda", "mamba", "micromamba", "uv", "poetry", "pipenv", "rye", "pixi", "hatch"),
        *("nsys", "ncu", "script", "builtin", "memray", "py-spy", "perf", "bash", "sh", "run"),
    }
)
"""Commands in front that leave a launch on this machine, in its network: no srun, ssh, docker."""
ELSEWHERE = frozenset({"standalone", "rdzv_backend", "rdzv_endpoint", "rdzv_id", "hostfile", "H", "include_hosts", "launcher"})
"""Options with which the port is not used, or machines are named."""
PORTS = range(1024, 65536)
"""Ports that a user may listen on (the first 1024 are the system's)."""


def port_of(root: ShellRoot) -> int | None:
    """The port that *root* listens on here, where that is known; None where it is one of several nodes, or runs elsewhere."""
    launcher = root.launcher
    fronts = [word.rpartition("/")[2] for word in root.prefix if re.fullmatch(r"[\w./-]*[a-z][\w.-]*", word)]
    if any(word not in HERE for word in fronts) or launcher.open:
        return None
    said = {str(option.path[-1]): option for option in launcher.options}
    nodes = [said[name].value for name in ("nnodes", "num_machines", "num_nodes") if name in said]
    if any(value not in {"1", "1:1"} for value in nodes) or said.keys() & ELSEWHERE:
        return None
    if launcher.name == "accelerate" and "num_processes" in said and said["num_processes"].value == "1":
        return None  # one process of accelerate meets nobody
    name = "main_process_port" if launcher.name == "accelerate" else "master_port"
    if name in said:
        port = said[name].value
        return int(port) if isinstance(port, str) and port.isascii() and port.isdigit() and len(port) < 6 and int(port) else None
    return DEEPSPEED_PORT if launcher.name == "deepspeed" else None


def is_taken(root: ShellRoot, document: ShellDocument) -> bool:
    """Whether one of the commands that run in the background when *root* starts listens on its port."""
    port = port_of(root)
    return port is not None and any(port_of(document.roots[index]) == port for index in root.beside)


def free_port(root: ShellRoot, document: ShellDocument) -> int:
    """The next port above that of *root* that is no number of the script; 0 if there is none."""
    written = {int(digits) for digits in re.findall(rb"\d{4,5}", document.data)}
    port = port_of(root) or 0
    return next((one for one in PORTS if one > port and one not in written), 0)
