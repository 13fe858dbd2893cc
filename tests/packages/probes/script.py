"""A launch script, run by bash with the launchers replaced by functions that note their words and nothing else in reach.

Only the examples in our own rules come here. Request: ``path``, ``classes`` and ``vlm_r1`` as for the probe `arguments`;
``parse``: false to stop at the words; ``leave_out``: names of options to leave out with their values.
Value: ``words`` (behind the training script, of the last launch), ``launches``, ``status`` (bash's), and every argument.
"""

import shutil
import subprocess

import arguments

BASH = shutil.which("bash")
LAUNCHERS = ("torchrun", "accelerate", "deepspeed", "python", "python3")
NOTE = "{name}() {{ printf '%s\\0' \"$@\" >> launches; printf '\\n\\0' >> launches; }}; "
SED = 'sed() {{ {sed} "$@"; }}; cat() {{ {cat} "$@"; }}; '.format(sed=shutil.which("sed"), cat=shutil.which("cat"))


def answer(request):
    functions = "".join(NOTE.format(name=name) for name in LAUNCHERS) + SED
    done = subprocess.run(
        [BASH, "--norc", "-c", f"{functions} source ./{request['path']}"],
        env={"PATH": "/nowhere", "LC_ALL": "C.UTF-8"},
        check=False,
        timeout=20,
    )
    try:
        with open("launches", encoding="utf-8", errors="surrogateescape", newline="") as file:
            launches = [record.split("\0")[:-1] for record in file.read().split("\n\0")[:-1]]
    except FileNotFoundError:
        launches = []
    words = launches[-1] if launches else []
    at = next((number for number, word in enumerate(words) if word.rstrip("\r").endswith(".py")), len(words))
    words = without(words[at + 1 :], request.get("leave_out", []))
    value = {"words": words, "launches": len(launches), "status": done.returncode}
    if request.get("parse", True):
        value.update(arguments.answer({**request, "path": None, "flags": words}))
    return value


def without(words, names):
    kept, dropping = [], False
    for word in words:
        if word.startswith("--"):
            dropping = word[2:].replace("-", "_") in names
        if not dropping:
            kept.append(word)
    return kept
