"""The flags of a training script, as argparse has them.

Request: ``classes`` and ``vlm_r1`` as for the probe `arguments`. Value: ``bare``: option → whether its flag may stand without a
word.
"""

import arguments


def answer(request):
    found = {}
    for action in arguments.parser(request)._actions:
        for flag in action.option_strings:
            if flag.startswith("--") and "-" not in flag[2:]:
                found[flag[2:]] = action.nargs in ("?", "*", 0)
    return {"bare": found}
