"""Trying random cases for a time: how long, from which seed, what is kept of a failing one.

A *target* is two functions: one makes a case from a `random.Random`, the other checks it and raises where something is wrong. A
*campaign* tries cases until its CPU time is used up. CPU time and not the clock decides, so a busy machine tries as many cases.
"""

from __future__ import annotations

import gc
import os
import random
import signal
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

__all__ = ["Campaign", "Hang", "from_environment"]

SECONDS = 20.0
"""CPU seconds of a target where VLMR1_LINT_FUZZ_SECONDS says nothing."""
HANG_SECONDS = 20
"""CPU seconds after which one case hangs: far more than any input of a few kilobytes needs."""
SHRINK_SECONDS = 5.0
"""CPU seconds to look for a smaller case that fails in the same way."""
KEPT = 20
"""Differences after which a campaign stops: more of them seldom say more."""

Make = Callable[[random.Random], Any]
Check = Callable[[Any], object]


class Hang(BaseException):
    """A case that took more CPU time than any should; no ``except Exception`` of the code under test catches it."""


class Campaign:
    """One target's runs. ``runs``, ``found`` and ``cpu_seconds`` are what it came to; ``note`` is said beside it.

    name     of the target; also that of the files of failing cases
    seconds  CPU time to spend
    seed     the same seed makes the same cases
    folder   where failing cases are kept as files, None to only print them
    """

    def __init__(self, name: str, seconds: float, seed: int, folder: Path | None = None) -> None:
        self.name = name
        self.seconds = seconds
        self.seed = seed
        self.folder = folder
        self.runs = 0
        self.cpu_seconds = 0.0
        self.found: list[str] = []
        self.note = ""

    def __str__(self) -> str:
        told = f"{self.name}: {self.runs} runs, {len(self.found)} differences, {self.cpu_seconds:.1f} s CPU (seed {self.seed})"
        return f"{told}; {self.note}" if self.note else told

    def run(self, make: Make, check: Check) -> None:
        """Try cases until the time is used up. Raises AssertionError with the failing cases, if there are any."""
        source = random.Random(f"{self.name} {self.seed}")
        started = time.process_time()
        while self.cpu_seconds < self.seconds and len(self.found) < KEPT:
            case = make(source)
            error = failure(check, case)
            self.runs += 1
            if error is not None:
                self._keep(case, error, check)
            self.cpu_seconds = time.process_time() - started
        if self.found:
            raise AssertionError(f"{self}\n" + "\n".join(self.found))

    def _keep(self, case: Any, error: BaseException, check: Check) -> None:
        small, error = shrunk(case, error, check) if isinstance(case, bytes) else (case, error)
        text = repr(small)
        self.found.append(f"{text}\n    {type(error).__name__}: {error}")
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            name = f"{self.name.replace(' ', '-')}-{sha256(text.encode()).hexdigest()[:12]}"
            if isinstance(small, bytes):
                (self.folder / name).write_bytes(small)
            else:
                (self.folder / f"{name}.repr").write_text(f"{text}\n", encoding="utf-8")


def from_environment(name: str) -> Campaign:
    """The campaign *name* as VLMR1_LINT_FUZZ_SECONDS, VLMR1_LINT_FUZZ_SEED and VLMR1_LINT_FUZZ_FOLDER ask for it."""
    folder = os.environ.get("VLMR1_LINT_FUZZ_FOLDER")
    seed = os.environ.get("VLMR1_LINT_FUZZ_SEED")
    seconds = float(os.environ.get("VLMR1_LINT_FUZZ_SECONDS") or SECONDS)
    return Campaign(name, seconds, int(seed) if seed else random.SystemRandom().getrandbits(32), Path(folder) if folder else None)


def failure(check: Check, case: Any) -> BaseException | None:
    """What *check* raises on *case*, a hang included, or None."""

    def ring(*_: object) -> None:
        raise Hang(f"more than {HANG_SECONDS} s of CPU time")

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, HANG_SECONDS)
    try:
        check(case)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return error
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        gc.enable()  # the command line switches it off
    return None


def shrunk(case: bytes, error: BaseException, check: Check) -> tuple[bytes, BaseException]:
    """*case* with everything left out that the same kind of failure does not need, and what fails then."""
    if isinstance(error, Hang):
        return case, error  # each try would take as long
    until = time.process_time() + SHRINK_SECONDS
    size = max(1, len(case) // 2)
    while size:
        at = 0
        while at < len(case) and time.process_time() < until:
            smaller = case[:at] + case[at + size :]
            other = failure(check, smaller)
            if other is not None and _kind(other) == _kind(error):
                case, error = smaller, other
            else:
                at += size
        size //= 2
    return case, error


def _kind(error: BaseException) -> tuple[type[BaseException], str]:
    """What failures of one cause share: the type, and the words of the message before any value."""
    return type(error), str(error).partition(":")[0][:12]
