"""Fuzzing that is guided by coverage, with the same checks as the random campaigns.

    python tests/fuzz/guided.py yaml CORPUS -max_total_time=300

Needs the extra ``fuzz`` (atheris); without it, it says so and ends well. CORPUS is a folder that grows from run to run; what
follows are libFuzzer's own options. A failing input is printed and kept by libFuzzer as ``crash-…``.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

try:
    import atheris
except ImportError:
    print("guided: atheris is not installed (extra fuzz); nothing is done", file=sys.stderr)
    sys.exit(0)

with atheris.instrument_imports(include=["vlmr1_lint"]):
    from fuzz.json_oracle import check_json
    from fuzz.rules_oracle import check_rule, rule_texts
    from fuzz.seeds import JSON, YAML, config_texts
    from fuzz.settings_oracle import TOML, check_toml_settings, check_yaml_settings
    from fuzz.settings_oracle import YAML as SETTINGS
    from fuzz.yaml_oracle import check_yaml
    from vlmr1_lint.documents.recognise import recognise

MAX_BYTES = 4096
"""Bytes of an input: larger ones are slow and say no more."""


def check_recognising(data: bytes) -> None:
    for name in ("a.yaml", "a.json", "a.sh", "a"):
        assert recognise(name, data, None, None).why


def seeds(target: str) -> list[bytes]:
    """The texts that the corpus of *target* begins with."""
    return {
        "yaml": lambda: [*YAML, *config_texts(".yaml", ".yml")],
        "json": lambda: [*JSON, *config_texts(".json")],
        "rules": lambda: [text.encode() for text in rule_texts()],
        "settings": lambda: list(SETTINGS),
        "toml": lambda: list(TOML),
        "recognise": lambda: [*YAML, *JSON, *config_texts(".yaml", ".json", ".sh")],
    }[target]()


TARGETS: dict[str, Callable[[bytes], None]] = {
    "yaml": check_yaml,
    "json": check_json,
    "rules": check_rule,
    "settings": check_yaml_settings,
    "toml": check_toml_settings,
    "recognise": check_recognising,
}


def main(words: list[str]) -> None:
    """Run the target that *words* name, until libFuzzer's own limit or a failure."""
    if len(words) < 2 or words[0] not in TARGETS:
        sys.exit(f"usage: guided.py {'|'.join(TARGETS)} CORPUS [libFuzzer's options]")
    target, corpus = words[0], Path(words[1])
    corpus.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(seeds(target)):
        if len(data) <= MAX_BYTES:
            (corpus / f"seed-{number:04}").write_bytes(data)
    check = TARGETS[target]
    runs = 0

    def once(data: bytes) -> None:
        nonlocal runs
        runs += 1
        check(data)

    def tell() -> None:
        print(f"guided {target}: {runs} runs, {time.process_time():.1f} s CPU", file=sys.stderr)

    # libFuzzer ends the process itself: atexit is what it still runs.
    import atexit

    atexit.register(tell)
    atheris.Setup([sys.argv[0], str(corpus), f"-max_len={MAX_BYTES}", *words[2:]], once)
    atheris.Fuzz()


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    main(sys.argv[1:])
