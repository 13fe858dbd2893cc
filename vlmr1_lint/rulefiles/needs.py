"""What a run must hold before a rule can fire, worked out when rules are compiled: most rules need not even be asked.

The condition of a rule is a conjunction. Each part is asked about runs in which nothing is written, one per trainer release. A
part that is false there stays false until one of the options that it reads is written: those options are a *need*. A part that
no option can change (a claim about the trainer) tells the releases that the rule can be about, as long as their tables answer and
not the code of a repository.
"""

from __future__ import annotations

from vlmr1_lint.language.closures import build
from vlmr1_lint.language.trees import chain, reads
from vlmr1_lint.trainers.families import roles_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from typing import Any

    from vlmr1_lint.checking.scope import DocumentFacts, RunScope
    from vlmr1_lint.language.trees import Tree
    from vlmr1_lint.training.run import Run

__all__ = ["FILES", "SUSPICIONS", "allowed", "listed", "needs_of", "words_of", "words_of_document"]

FILES = ("deepspeed", "accelerate", "launch")
"""Names of what a run may be joined with: as words of a need, with a slash behind (``deepspeed`` alone is an option)."""
SUSPICIONS = ("unknown_entries", "unread_entries", "odd_entries")
"""Lists of entries that are mostly empty (see `suspicions`): as words of a need, with a slash behind."""
OF_DOCUMENT = ("problems", "suppressions")
"""Lists of a document that are mostly empty, likewise."""
CODE = "code/"
"""The word for trainer code in reach, which may do what no release does."""
HERE, CHECK_DATA = "here/", "check-data/"
"""Words of a need for what ``--here`` and ``--check-data`` allow."""
SEEN_IN_DATA = frozenset(("sampled", "smallest_side", "smallest_image"))
"""What a data file says only where ``--check-data`` lets it be read: a comparison with it is unknown elsewhere."""
FROM_DEEPSPEED = frozenset(("uses_deepspeed", "zero_stage", "offload_optimizer", "offload_param"))
"""Derived facts of a run that only its DeepSpeed configuration changes."""


def words_of(run: Run) -> frozenset[str] | None:
    """What *run* holds, to compare needs with: written options and ``deepspeed/`` where such a file is joined.

    None where the command may get options that nobody sees. Options that a fork's own classes add count as written: their
    defaults are in no table.
    """
    inputs = run.inputs
    if inputs.open:
        return None
    joined = [f"{name}/" for name in FILES if getattr(inputs, name) is not None]
    changed = ["deepspeed/" for name in inputs.changes if name.startswith("deepspeed/")]
    code = [CODE] if inputs.trainer.code is not None else []
    roles = [name for name, own in roles_of(inputs.trainer.family).items() if own in inputs.written]
    return frozenset((*inputs.written, *roles, *inputs.changes, *inputs.trainer.own, *joined, *changed, *code))


def words_of_document(facts: DocumentFacts) -> frozenset[str]:
    """Words for the lists of a document that hold anything."""
    return frozenset(f"{name}/" for name in OF_DOCUMENT if getattr(facts, name))


def listed(scope: RunScope) -> frozenset[str]:
    """More words of the same kind: the lists of entries that hold any, and what rules may ask of the disk."""
    return allowed(scope).union(f"{name}/" for name in SUSPICIONS if scope.suspects(name))


def allowed(scope: RunScope) -> frozenset[str]:
    """Words for what the user lets rules ask of the disk."""
    machine = scope.machine
    asked = () if machine is None else ((HERE, machine.here), (CHECK_DATA, machine.check_data))
    return frozenset(word for word, is_allowed in asked if is_allowed)


def needs_of(record: Mapping[str, Any]) -> tuple[list[list[str]], list[str]]:
    """The needs of the rule *record* (lists of words, of each of which one at least must be held), and the releases for which
    it can never fire, whatever is written."""
    if record["scope"] == "document":
        return list(_of_document(record["body"])), []
    if record["scope"] != "run":
        return [], []
    from vlmr1_lint.rulefiles.matching import picked

    body = record["body"]
    about = possible = list(picked(record["trainers"], _releases()))
    never: list[str] = []
    waiting: list[tuple[set[str], list[str]]] = []
    for part, words in _decidable(body):
        false_in = {release for release in about if _asked(part, body, release) is False}
        if words:
            waiting.append((false_in, sorted(words)))
        else:
            never += [release for release in possible if release in false_in]
            possible = [release for release in possible if release not in false_in]
    if not possible:
        return [], never
    needs = list(_of_lists(body))
    for false_in, changing in waiting:
        if false_in.issuperset(possible):
            needs.append(changing if false_in.issuperset(about) else [*changing, CODE])
    return needs, never


def _of_lists(body: Mapping[str, Any]) -> Iterator[list[str]]:
    """What must be there for ``each`` to give anything, for a condition ``here``, and for one about what is in a data file."""
    here = ("name", "here")
    item, items = body["each"] or (None, None)
    if items is not None and items[0] == "name":
        if items[1] in SUSPICIONS:
            yield [f"{items[1]}/"]
        elif items[1] == "data_problems":
            yield [CHECK_DATA]
    only_here = items is not None and items[0] == "if" and (items[1], items[3]) == (here, ("list", ()))
    conditions = list(_conjuncts(body["when"], dict(body["let"])))
    if only_here or here in conditions:
        yield [HERE]
    compared = (chain(part[1]) or () for part in conditions if part[0] == "compare")
    if any(len(names) == 2 and names[0] == item and names[1] in SEEN_IN_DATA for names in compared):
        yield [CHECK_DATA]


def _of_document(body: Mapping[str, Any]) -> Iterator[list[str]]:
    """The list of a document that must hold something for ``each`` to give anything."""
    items = body["each"][1] if body["each"] else None
    for name in OF_DOCUMENT:
        if items == ("attr", ("name", "document"), name):
            yield [f"{name}/"]


def _releases() -> tuple[str, ...]:
    from vlmr1_lint.trainers.families import VARIANTS
    from vlmr1_lint.trainers.options import other_releases, releases

    return (*releases(), *VARIANTS, *other_releases())


def _decidable(body: Mapping[str, Any]) -> Iterator[tuple[Tree, frozenset[str]]]:
    """The parts of the condition that read nothing but options and joined files, each with the words that can change it."""
    lets = dict(body["let"])
    for part in _conjuncts(body["when"], lets):
        words = _words(part, lets)
        if words is not None:
            yield part, words


def _conjuncts(tree: Tree, lets: Mapping[str, Tree]) -> Iterator[Tree]:
    if tree[0] == "and":
        for part in tree[1]:
            yield from _conjuncts(part, lets)
    elif tree[0] == "name" and tree[1] in lets:
        yield from _conjuncts(lets[tree[1]], lets)
    else:
        yield tree


def _words(tree: Tree, lets: Mapping[str, Tree]) -> frozenset[str] | None:
    """The words that can change what *tree* gives; None if other facts can too."""
    from vlmr1_lint.language.check import called

    if not PURE.issuperset(called(tree)):
        return None
    found: set[str] = set()
    for names in reads(tree):
        below = _words(lets[names[0]], lets) if names[0] in lets else _word(names)
        if below is None:
            return None
        found.update(below)
    return frozenset(found)


def _word(names: tuple[str, ...]) -> Collection[str] | None:
    from vlmr1_lint.rulefiles.schema import schema
    from vlmr1_lint.trainers.options import ALIASES
    from vlmr1_lint.training.effective import BEHAVIOURS

    if names[0] in FILES:
        return (f"{names[0]}/",)
    if names[0] != "run" or len(names) < 2:
        return None
    if names[1] in schema().options:
        return (names[1], ALIASES[names[1]]) if names[1] in ALIASES else (names[1],)
    if names[1] in FROM_DEEPSPEED:
        return ("deepspeed/",)
    return () if names[1] in BEHAVIOURS else None


PURE = frozenset(("is_set", "has_option", "trainer_is", "len", "round", "min", "max", "gcd", "int", "float", "str", "type"))
PURE |= {
    "is_number",
    "is_text",
    "lower",
    "strip",
    "starts_with",
    "ends_with",
    "contains",
    "basename",
    "split",
    "words",
    "is_name",
    "nearest",
}
PURE |= {"without"}
"""Functions that look at nothing but their arguments and the candidates. Not ``is_known``: candidates that disagree make
unknown what is known of each."""


def _asked(part: Tree, body: Mapping[str, Any], release: str) -> object:
    """What *part* gives for a run of *release* in which nothing is written."""
    from vlmr1_lint.checking.functions import FUNCTIONS
    from vlmr1_lint.rulefiles.rule import RuleScope

    lets = {name: build(tree, FUNCTIONS) for name, tree in body["let"]}
    return build(part, FUNCTIONS)(RuleScope(_blank(release), lets, {}))


_blanks: dict[str, Any] = {}


def _blank(release: str) -> Any:
    """The scope of a run of *release* in which nothing is written; kept, since every rule asks."""
    if release not in _blanks:
        from vlmr1_lint.candidates.trainer import Trainer
        from vlmr1_lint.checking.scope import RunScope
        from vlmr1_lint.documents.model import Document, Node
        from vlmr1_lint.training.inputs import Inputs
        from vlmr1_lint.training.run import Run

        run = Run(Inputs(Document("", b""), Node(), {}, Trainer((release,), "")))
        nothing: Any = None  # assumptions about data: no part that is asked reads them
        _blanks[release] = RunScope(run, nothing)
    return _blanks[release]
