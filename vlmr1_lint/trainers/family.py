"""What tells one trainer from another: one value each, in the folder of its family."""

from __future__ import annotations

from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

    Kind = Literal["grpo", "sft", "dpo"]

__all__ = ["Family"]


@value
class Family:
    """One trainer.

    name      as selectors and the tables have it: the part of a release before ``==`` or ``@``
    folder    of this room, where its tables are
    kind      what it trains with
    options   the table of its options, a file of the folder
    claims    whether ``claims.json`` of the folder says what its releases do
    since     the releases that its name alone stands for, where that is not all of them
    head      what a selector calls its main branch alone
    variants  releases that take the options of its main branch and do something else with them
    scripts   names of its training scripts that are nobody else's
    spoken_of its training scripts that the tables of claims speak of
    demo      a script that its demo starts and its repository never had
    files     where repositories made from it keep their trainer
    classes   its trainer's classes, whose names forks keep
    flags     its own scripts start torchrun and name DeepSpeed's file as an option; others leave sharding to accelerate
    of_trl    its argument classes are TRL's, in the release that is installed
    roles     options that it calls by a name of its own, by the name that rules and the forecast know (``model_name_or_path``)
    once      options that its own classes had once, and that are read all the same
    """

    name: str
    folder: str
    kind: Kind = "grpo"
    options: str = "options.json"
    claims: bool = False
    since: tuple[str, ...] = ()
    head: str = ""
    variants: tuple[str, ...] = ()
    scripts: frozenset[str] = frozenset()
    spoken_of: tuple[str, ...] = ()
    demo: str = ""
    files: tuple[str, ...] = ()
    classes: frozenset[str] = frozenset()
    flags: bool = False
    of_trl: bool = False
    roles: Mapping[str, str] = {}
    once: frozenset[str] = frozenset()
