"""An args file in JSON, read by the two parsers that scripts read one with.

Request: ``path``, ``classes`` as for the probe `arguments`. Value: ``json`` (transformers' HfArgumentParser.parse_json_file) and
``yaml`` (TRL's --config): the name of what each raises, null if it reads the file.
"""

import arguments
from transformers import HfArgumentParser, TrainingArguments


def answer(request):
    of_json = HfArgumentParser(TrainingArguments)
    return {
        "json": raised(lambda: of_json.parse_json_file(request["path"], allow_extra_keys=True)),
        "yaml": raised(lambda: arguments.read(request)),
    }


def raised(function):
    try:
        function()
    except Exception as problem:
        return type(problem).__name__
    return None
