"""Writes what a terminal shows into docs/plan.md and docs/plan.zh-CN.md, and the pictures beside them; --check only compares.

python tools/plan_page.py [--check]
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from marked import REPOSITORY, with_part

from vlmr1_lint.reporting.printable import width

FILES = REPOSITORY / "docs" / "plan"
PAGES = {"en": "docs/plan.md", "zh": "docs/plan.zh-CN.md"}
PICTURES = {"en": "docs/plan/grpo.svg", "zh": "docs/plan/grpo.zh-CN.svg"}
COMMANDS = {
    "which": ("sft.yaml", "grpo.yaml", "zero3.yaml"),
    "one": ("sft.yaml", "zero3.yaml", "--gpus", "4xA100-40G"),
    "phases": ("sft.yaml", "grpo.yaml", "zero3.yaml", "--gpus", "4xA100-80G", "--config", "prices.yaml", "--hours", "6,20"),
}
"""What is captured, by the name of its part of a page."""
PRICES = "prices: {A100-80G: 2, H200-141G: 4, H20-96G: 1.5}\n"
COLUMNS, LINES = 80, 24


def captured(words: tuple[str, ...], lang: str, form: str = "text") -> str:
    """What ``plan`` prints of the example files in a folder of their own."""
    with tempfile.TemporaryDirectory() as folder:
        for file in FILES.glob("*.yaml"):
            shutil.copy(file, folder)
        (Path(folder) / "prices.yaml").write_text(PRICES, encoding="utf-8")
        given = (*words, "--lang", lang, "--format", form)
        done = subprocess.run([sys.executable, "-m", "vlmr1_lint", "plan", *given], cwd=folder, capture_output=True, check=False)
        if done.returncode > 1 or done.stderr:
            raise RuntimeError(done.stderr.decode())
        return done.stdout.decode()


def part(name: str, lang: str) -> str:
    """One command and what it prints, as a part of a page. Raises RuntimeError if that does not fit the terminal."""
    words, text = COMMANDS[name], captured(COMMANDS[name], lang)
    lines = text.splitlines()
    if len(lines) >= LINES or max(map(width, lines)) > COLUMNS:
        raise RuntimeError(f"{name} ({lang}) has {len(lines)} lines of up to {max(map(width, lines))} cells")
    shown = " ".join(("vlmr1-lint", "plan", *words, *(("--lang", "zh") if lang == "zh" else ())))
    return f"```console\n$ {shown}\n{text}```"


def made() -> dict[str, str]:
    """Path in the repository → what it should hold."""
    found = {}
    for lang, page in PAGES.items():
        text = (REPOSITORY / page).read_text(encoding="utf-8")
        for name in COMMANDS:
            text = with_part(text, name, part(name, lang))
        found[page] = text
        words = ("sft.yaml", "grpo.yaml", "zero3.yaml", "--gpus", "4xA100-40G")
        found[PICTURES[lang]] = captured(words, lang, "svg")
    return found


def main() -> int:
    """Write the files, or with ``--check`` say which are not current; the exit status."""
    check, stale = sys.argv[1:] == ["--check"], False
    for path, text in made().items():
        file = REPOSITORY / path
        if file.exists() and file.read_text(encoding="utf-8") == text:
            continue
        stale = True
        print(f"{path}: {'not current, run this program without --check' if check else 'written'}")
        if not check:
            file.write_text(text, encoding="utf-8", newline="\n")
    return int(check and stale)


if __name__ == "__main__":
    sys.exit(main())
