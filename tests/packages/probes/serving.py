"""How a probe is asked: ``python serving.py PROBE``, then one JSON request a line on standard input, one JSON answer a line back.

A probe is a module beside this one with a function ``answer(request)``; it imports the trainer's packages and nothing of ours.
Every request is answered by a child process of its own, in a folder of its own that holds the request's ``files``: what a package
leaves behind in environment variables and global state ends with the child, and the imports, which take seconds, are paid once.

An answer is ``{"value": what answer() returned, or null, "error": "Type: text" or null, "output": what was printed}``.
"""

import importlib
import json
import os
import sys
import tempfile
import traceback


def serve(name):
    """Answers requests with the probe *name* until standard input ends."""
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what packages print while they are imported is no answer
    probe = None
    for line in sys.stdin:
        probe = probe or importlib.import_module(name)
        replies.write(_in_child(probe.answer, json.loads(line)) + "\n")
        replies.flush()


def _in_child(answer, request):
    with tempfile.TemporaryDirectory() as folder:
        kept = os.path.join(folder, "answer")
        child = os.fork()
        if child == 0:
            try:
                _answer(answer, request, folder, kept)
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        if not os.path.exists(kept):
            return json.dumps({"value": None, "error": "the probe died", "output": ""})
        with open(kept) as file:
            return file.read()


def _answer(answer, request, folder, kept):
    work = os.path.join(folder, "work")
    os.mkdir(work)
    os.chdir(work)
    for name, text in request.get("files", {}).items():
        os.makedirs(os.path.dirname(os.path.abspath(name)), exist_ok=True)
        with open(name, "wb") as file:
            file.write(text.encode())
    output = os.open(os.path.join(folder, "output"), os.O_CREAT | os.O_RDWR)
    os.dup2(output, 1)
    os.dup2(output, 2)
    value = error = None
    try:
        value = answer(request)
    except SystemExit as stop:  # argparse refuses so; what it says is in the output
        error = f"SystemExit: {stop.code}"
    except BaseException as problem:
        error = f"{type(problem).__name__}: {problem}"
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    with open(os.path.join(folder, "output"), errors="replace") as file:
        printed = file.read()
    with open(kept, "w") as file:
        json.dump({"value": plain(value), "error": error, "output": printed}, file)


def plain(value):
    """*value* as JSON has it; what JSON has no form for becomes its repr."""
    if isinstance(value, dict):
        return {str(getattr(key, "value", key)): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [plain(item) for item in value]
    if hasattr(value, "value") and type(value).__module__ != "builtins":
        return plain(value.value)  # an enum
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return repr(value)


if __name__ == "__main__":
    serve(sys.argv[1])
