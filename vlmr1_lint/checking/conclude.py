"""From a rule that holds to a finding: its place, its words, and its fix."""

from __future__ import annotations

from vlmr1_lint.checking.functions import FUNCTIONS
from vlmr1_lint.checking.neighbours import neighbour
from vlmr1_lint.checking.scope import DocumentScope, RunScope
from vlmr1_lint.chinese import translated
from vlmr1_lint.documents.model import Change, Problem
from vlmr1_lint.findings.finding import Finding, Fix, Place, Related
from vlmr1_lint.findings.places import (
    Located,
    changed_place,
    entry_place,
    locate_in_document,
    locate_in_run,
    locate_item,
    read_place,
)
from vlmr1_lint.findings.texts import say
from vlmr1_lint.unknown import Unknown, is_unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import TypeAlias

    from vlmr1_lint.checking.context import Context
    from vlmr1_lint.checking.project import ProjectScope
    from vlmr1_lint.documents.model import Document
    from vlmr1_lint.language.closures import Scope
    from vlmr1_lint.rulefiles.rule import FixProgram, Rule, Target

    Base: TypeAlias = RunScope | DocumentScope | ProjectScope

__all__ = ["changes_of", "conclude"]


def conclude(rule: Rule, severity: str, inner: Scope, base: Base, item: object, about: Context) -> Finding:
    """The finding of *rule*, whose expressions see *inner*, over *base*; *item* is what its ``each`` is at."""
    program = rule.program(FUNCTIONS)
    located = _locate(program.at, base, item)
    if program.else_at is not None and isinstance(located, Located) and located.node is None:
        located = _locate(program.else_at, base, item)
    place = _place_of(located)
    related = tuple(Related(other, say("same-value", about.lang)) for other in getattr(item, "elsewhere", ()))
    for index, target in enumerate(program.related):
        found = _locate(target, base, item)
        if isinstance(found, Located) and found.node is None:
            continue  # nothing is written there that could be shown
        other = _place_of(found)
        related = (*related, Related(other, rule.related_message(index, about.lang, inner, FUNCTIONS)))
    return Finding(
        rule=rule.id,
        name=rule.name,
        severity=severity,
        message=rule.message(about.lang, inner, FUNCTIONS),
        place=place,
        shown=_stand_in(rule, place, located, base, about),
        why=rule.why(about.lang),
        assumptions=tuple(_assumptions(rule, base, about.lang)),
        related=related,
        fix=_fix(rule, program.fix, inner, base, item, about) if program.fix is not None else None,
    )


def _locate(target: Target, base: Base, item: object) -> Located | Place:
    if target.document == "each":
        return locate_item(item)
    return locate_in_document(target, base.document) if isinstance(base, DocumentScope) else locate_in_run(target, base.run)


def _place_of(located: Located | Place) -> Place:
    return located.place() if isinstance(located, Located) else located


def _stand_in(rule: Rule, place: Place, located: Located | Place, base: Base, about: Context) -> Place | None:
    """Where to tell what stands at *place* if its file was not asked for: the reference to it in one that was, where the run
    begins, or what the rule read in the file for whose sake the run is linted."""
    if place.document.path in about.asked or isinstance(base, DocumentScope):
        return None
    entry = base.run.inputs.document
    named_by = located.named_by if isinstance(located, Located) else None
    if place.document is not entry and place.document in base.run.inputs.origins.values() and base.run.inputs.args_named_by:
        reference = Located(entry, base.run.inputs.args_named_by.path, base.run.inputs.args_named_by).place()
    elif named_by is not None:
        reference = Located(base.run.home(str(named_by.path[-1])), named_by.path, named_by).place()
    else:
        reference = entry_place(base.run)
    if reference.document.path in about.asked:
        return reference
    return next((read_place(rule, base.run, document) for document in about.touching(base.run)), reference)


def _assumptions(rule: Rule, base: Base, lang: str) -> Iterator[str]:
    """What the rule rests on and nobody wrote: file names taken at their word, one process for each card."""
    if not isinstance(base, RunScope):
        return
    trainer = base.run.inputs.trainer
    if trainer.beyond and (rule.trainers is not None or rule.family == "KEY"):
        yield say("beyond-tables", lang, pinned=trainer.beyond, newest=trainer.candidates[-1].partition("==")[2])
    read = {chain[0] if chain[0] != "run" else chain[-1] for chain in rule.reads}
    if read & {"deepspeed", "zero_stage", "offload_optimizer", "offload_param", "uses_deepspeed", "forecast"}:
        yield from (translated(assumption, lang) for assumption in base.run.assumptions)
    if read & {"world_size", "micro_batch", "effective_batch", "forecast"} and base.run.world_is_assumed:
        world = base.run.world_size
        if not is_unknown(world):
            said = base.run.processes_said
            key = "world-of-gpus" if isinstance(said, int) else "world-assumed"
            yield say(key, lang, world=world, said=said)
    data, model = base.data, base.run.model
    if "forecast" in read and not data.given and not isinstance(model, Unknown) and model.has_vision:
        width, height = data.image
        yield say("samples-assumed", lang, images=data.images, width=width, height=height, tokens=data.prompt_tokens)


# -- fixes -------------------------------------------------------------------------------------------------------


def _fix(rule: Rule, program: FixProgram, inner: Scope, base: Base, item: object, about: Context) -> Fix | None:
    """The rule's fix, if its condition holds and its values are known, and all it changes lies in one file."""
    if program.when is not None and program.when(inner) is not True:
        return None
    found = _Changes(base, item, inner)
    if not found.collect(program):
        return None
    safety = rule.safety_override or program.safety or found.safety
    document = found.documents[0]
    if safety is None or any(other is not document for other in found.documents):
        return None
    withheld = None if document.path in about.asked else say("not-asked", about.lang, path=document.path)
    return Fix(
        safety=safety,
        title=rule.fix_title(about.lang, inner, FUNCTIONS),
        path=document.path,
        changes=tuple(found.changes),
        group=program.group,
        order=program.order,
        withheld=withheld,
    )


def changes_of(rule: Rule, inner: Scope, base: Base, item: object) -> tuple[Change, ...] | None:
    """What the rule's fix changes, as `conclude` writes it into the finding; None where there is nothing that it can change."""
    program = rule.program(FUNCTIONS).fix
    if program is None or (program.when is not None and program.when(inner) is not True):
        return None
    found = _Changes(base, item, inner)
    return tuple(found.changes) if found.collect(program) else None


class _Changes:
    """The changes of one fix, and the documents they fall in."""

    def __init__(self, base: Base, item: object, inner: Scope) -> None:
        self.base = base
        self.item = item
        self.inner = inner
        self.changes: list[Change] = []
        self.documents: list[Document] = []
        self.safety: str | None = None

    def collect(self, program: FixProgram) -> bool:
        """Fill in all that *program* declares; False if a value is unknown or a place cannot be changed."""
        for target, closure in program.set:
            if not self._set(_locate(target, self.base, self.item), closure(self.inner)):
                return False
        if program.set_all is not None and not self._set_all(program.set_all(self.inner)):
            return False
        for target, closure in program.rename:
            if not self._add("rename", _locate(target, self.base, self.item), closure(self.inner)):
                return False
        for action, texts in (("respell", program.respell), ("layout", program.layout)):
            for target, closure in texts:
                if (text := closure(self.inner)) is not None and not self._add(
                    action, _locate(target, self.base, self.item), text
                ):
                    return False
        for target in program.remove:
            if not self._add("remove", _locate(target, self.base, self.item), None):
                return False
        if program.repair is not None:
            self._repair(program.repair)
        return bool(self.changes)

    def _set_all(self, found: object) -> bool:
        """A solver's answer: options and their new values, and how safe that is."""
        changes: Mapping[str, object] | None = getattr(found, "changes", found if isinstance(found, dict) else None)
        if not changes or isinstance(self.base, DocumentScope):
            return False
        self.safety = getattr(found, "safety", None)
        run = self.base.run
        return all(self._set(changed_place(run, name), new) for name, new in changes.items())

    def _set(self, located: Located | Place, new: object) -> bool:
        if isinstance(new, Unknown) or not isinstance(located, Located) or not located.joined:
            return False
        near = None
        if located.node is None:
            if not isinstance(self.base, DocumentScope) and not self.base.run.inputs.as_flags and len(located.path) == 2:
                near = neighbour(str(located.path[-1]), tuple(self.base.run.inputs.written))
        elif type(located.node.value) is type(new) and located.node.value == new:
            return True  # written already
        self.documents.append(located.document)
        self.changes.append(Change("set", located.path, new, near))
        return True

    def _add(self, action: str, located: Located | Place, new: object) -> bool:
        if isinstance(new, Unknown) or not isinstance(located, Located) or located.node is None or not located.joined:
            return False
        self.documents.append(located.document)
        self.changes.append(Change(action, located.path, new))
        return True

    def _repair(self, code: str) -> None:
        code = getattr(self.item, "code", code) if code == "each" else code
        document = self.base.document if isinstance(self.base, DocumentScope) else self.base.run.inputs.document
        problem = getattr(self.item, "problem", None)
        # A script's commands are mended one by one; other files as a whole.
        path = problem.path[:1] if document.format == "shell" and isinstance(problem, Problem) else (0,)
        self.documents.append(document)
        self.changes.append(Change("repair", path, code))
