"""``vlmr1-lint new-rule NAME``: a rule file to start from. It passes every check as it stands."""

from __future__ import annotations

__all__ = ["BadName", "skeleton"]

TEMPLATE = """\
# A rule of your own. How to write one: rules/README.md in the repository of vlmr1-lint. Try it: vlmr1-lint test DIR
id: {id}
severity: warning            # error: the run fails or trains something else; warning: waste or loss; info: advice
when: run.num_generations > 64
at: num_generations
message: num_generations is {{run.num_generations}}, more than 64     # or {{en: …, zh: …}}
why: Say what happens if nobody acts on it.
fix:
  title: set num_generations to 64
  safety: unsafe             # safe: the run optimises the same thing on the same data
  set: {{num_generations: 64}}
examples:
  - fail: |
      model_name_or_path: Qwen/Qwen2.5-VL-3B-Instruct
      num_generations: «128»
      max_completion_length: 256
      gradient_checkpointing: true
    fixed: |
      model_name_or_path: Qwen/Qwen2.5-VL-3B-Instruct
      num_generations: 64
      max_completion_length: 256
      gradient_checkpointing: true
  - pass: |
      model_name_or_path: Qwen/Qwen2.5-VL-3B-Instruct
      num_generations: 8
      max_completion_length: 256
      gradient_checkpointing: true
"""


class BadName(ValueError):
    """A rule name or id that cannot be one; the message says how it must look."""


def skeleton(name: str, rule_id: str = "OWN001") -> str:
    """The text of a rule file called *name* (``too-many-generations``) with the id *rule_id*. Raises BadName."""
    words = name.split("-")
    if len(words) < 2 or len(name) > 30 or not all(word.isascii() and word.isalnum() and word == word.lower() for word in words):
        raise BadName(
            f"{name!r}: name the bad pattern in two or more lower-case words, as in too-many-generations (30 characters)"
        )
    family, number = rule_id.rstrip("0123456789"), rule_id[-3:]
    if not (2 <= len(family) <= 8 and family.isascii() and family.isalpha() and family.isupper() and rule_id == family + number):
        raise BadName(f"{rule_id!r}: an id is a family of 2 to 8 capitals and three digits, as in OWN001")
    return TEMPLATE.format(id=rule_id)
