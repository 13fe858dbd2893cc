"""The cards of this machine, asked of ``nvidia-smi``: what ``--gpus local`` stands for."""

from __future__ import annotations

__all__ = ["NoLocalGpus", "local_fleet"]


class NoLocalGpus(Exception):
    """This machine's cards cannot be told; the message says why and what to write instead."""


def local_fleet() -> str:
    """The fleet text of this machine's cards, such as ``4xA100-SXM4-40GB``. Raises NoLocalGpus."""
    import os
    import subprocess

    from vlmr1_lint.sources.paths import repository_root
    from vlmr1_lint.sources.programs import find_program

    program = find_program("nvidia-smi", repository_root(os.getcwd()))
    if program is None:
        raise NoLocalGpus("--gpus local: nvidia-smi is not on PATH; write the cards: 4xA100-40G")
    command = [program, "--query-gpu=name", "--format=csv,noheader"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        reason = f"nvidia-smi did not answer ({type(error).__name__})"
        raise NoLocalGpus(f"--gpus local: {reason}; write the cards: 4xA100-40G") from error
    names = [line.strip() for line in answer.stdout.splitlines() if line.strip()]
    if not names:
        raise NoLocalGpus("--gpus local: nvidia-smi found no card; write the cards: 4xA100-40G")
    if len(set(names)) > 1:
        cards = ", ".join(sorted(set(names)))
        raise NoLocalGpus(f"--gpus local: this machine has different cards ({cards}); write which: 4xA100-40G")
    return f"{len(names)}x{names[0]}"
