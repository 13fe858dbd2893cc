"""``python limited.py SECONDS PROGRAM …``: run a program under a limit of CPU time, and print what it took as JSON.

A program of its own: the memory that the system reports of a child begins with that of whoever started it, and a test runner is
large.
"""

import json
import os
import resource
import sys


def main(seconds: int, command: list[str]) -> None:
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))  # a machine of a few gigabytes survives a failing test
        for number in (1, 2):
            os.dup2(os.open(("out.txt", "err.txt")[number - 1], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
        os.execv(command[0], command)
    _, status, used = os.wait4(child, 0)
    megabytes = used.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)
    print(json.dumps({"status": os.waitstatus_to_exitcode(status), "cpu": used.ru_utime + used.ru_stime, "mb": megabytes}))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
