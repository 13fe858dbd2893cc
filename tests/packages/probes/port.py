"""A launch script with several torchrun, run by bash; each starts one process that does nothing, with the port that is written.

Only the examples in our own rules come here. Request: a script among ``files``. The ports that it names are replaced by free
ones, equal ones by the same. A process lasts until every torchrun that has been started by then has its process or has failed.
Value: ``launches``; an error holds what was printed where one fails.
"""

import glob
import os
import re
import shutil
import socket
import subprocess
import sys
import time

SECONDS = 60
"""For one torchrun, which takes a few seconds."""


def answer(request):
    (script,) = (text for name, text in request["files"].items() if name.endswith(".sh"))
    for number, port in zip(sorted(set(re.findall(r"--master_port[= ](\d+)", script))), free_ports(), strict=False):
        script = script.replace(number, str(port))
    torchrun = f'torchrun() {{ "{sys.executable}" "{__file__}" torchrun "$@"; }}'
    with open("said", "w+") as said:
        subprocess.run(
            [shutil.which("bash"), "--norc", "-c", f"{torchrun}\n{script}\nwait"],
            env={"PATH": "/nowhere", "LC_ALL": "C.UTF-8", "OMP_NUM_THREADS": "1"},
            stdout=said,
            stderr=subprocess.STDOUT,
            check=True,
            timeout=4 * SECONDS,
        )
        said.seek(0)
        text = said.read()
    if glob.glob("failed-*"):
        raise RuntimeError(text)
    return {"launches": len(glob.glob("launched-*"))}


def free_ports():
    """Four ports of which nobody listens on any."""
    sockets = [socket.socket() for _ in range(4)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def launch(words):
    """What stands for torchrun: torch's own, for one process of this file."""
    mark(f"launched-{os.getpid()}")
    before = words[: next(at for at, word in enumerate(words) if word.endswith(".py"))]
    before[before.index("--nproc_per_node") + 1] = "1"
    command = [sys.executable, "-m", "torch.distributed.run", *before, __file__, "process", str(os.getpid())]
    if subprocess.run(command, check=False, timeout=2 * SECONDS).returncode:
        mark(f"failed-{os.getpid()}")


def process(launcher):
    mark(f"runs-{launcher}")
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        known = {name.partition("-")[2] for kind in ("runs", "failed") for name in glob.glob(f"{kind}-*")}
        if {name.partition("-")[2] for name in glob.glob("launched-*")} <= known:
            return
        time.sleep(0.05)


def mark(name):
    open(name, "w").close()


if __name__ == "__main__":
    launch(sys.argv[2:]) if sys.argv[1] == "torchrun" else process(sys.argv[2])
