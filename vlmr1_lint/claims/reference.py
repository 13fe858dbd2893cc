"""Claims about the reference model: how it is loaded, with and without ZeRO-3, with LoRA, and where beta is 0.

The statement that assigns ``self.ref_model`` is followed under each of these facts; a condition that speaks of anything else
leaves the claim unknown.
"""

from __future__ import annotations

import ast

from vlmr1_lint.claims.claim import NotUnderstood
from vlmr1_lint.claims.code import called, dotted, number, tail
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from vlmr1_lint.claims.code import TrainerCode
    from vlmr1_lint.claims.extract import Found

__all__ = [
    "absent_reference_fails",
    "beta_zero_works",
    "reference_at_beta_zero",
    "reference_loader",
    "reference_loader_zero3",
    "reference_with_peft_zero3",
]

NOTHING = "nothing"
"""No reference is loaded: ``self.ref_model = None``."""


def reference_loader(code: TrainerCode) -> Found | None:
    """How a full fine-tune without ZeRO-3 loads its reference (`reference_loader` in `trainers.profiles`)."""
    return _loader(code, {"zero3": False, "peft": False, "beta is 0": False})


def reference_loader_zero3(code: TrainerCode) -> Found | None:
    """The same under ZeRO-3."""
    return _loader(code, {"zero3": True, "peft": False, "beta is 0": False})


def reference_with_peft_zero3(code: TrainerCode) -> Found | None:
    """Whether LoRA under ZeRO-3 loads a reference."""
    found = _followed(code, {"zero3": True, "peft": True, "beta is 0": False})
    return None if found is None else (found[0] != NOTHING, found[1], found[2])


def reference_at_beta_zero(code: TrainerCode) -> Found | None:
    """Whether a reference is loaded although beta is 0, with ZeRO-3 and without."""
    found = _followed(code, {"zero3": True, "peft": False, "beta is 0": True})
    plain = _followed(code, {"zero3": False, "peft": False, "beta is 0": True})
    if found is None or plain is None:
        return None
    if (found[0] == NOTHING) is not (plain[0] == NOTHING):
        raise NotUnderstood
    return found[0] != NOTHING, found[1], found[2]


def beta_zero_works(code: TrainerCode) -> Found | None:
    """Whether beta 0 raises no error: the reference's log-probabilities are asked for under a condition, or it is loaded all the
    same, and None is not cut for them."""
    for path, step in code.nodes(ast.Assign):
        if _sets_none(step) and any(_asks_beta(test) for test, _ in code.guards(step)):
            broken = _unguarded_use(code, code.root(step))
            if broken is not None:
                return False, path, broken.lineno
    for kind in (ast.If, ast.IfExp):
        for path, node in code.nodes(kind):
            if _guards_reference(node.test) and not code.is_in(node, "__init__"):  # type: ignore[attr-defined]
                return True, path, node.lineno  # type: ignore[attr-defined]
    loaded = reference_at_beta_zero(code)
    if loaded is None or loaded[0] is True:
        return loaded
    raise NotUnderstood


def _sets_none(step: ast.Assign) -> bool:
    return isinstance(step.value, ast.Constant) and step.value.value is None and tail(step.targets[0]).startswith(_LOGPS)


_LOGPS = "ref_per_token_logps"


def _asks_beta(test: ast.expr) -> bool:
    return any(tail(node) == "beta" for node in ast.walk(test))


def _unguarded_use(code: TrainerCode, root: ast.AST) -> ast.Subscript | None:
    """A slice ``ref_per_token_logps[:, …]`` that no condition on beta or on None guards."""
    for _, node in code.nodes(ast.Subscript):
        guarded = any(_asks_beta(test) or _LOGPS in ast.dump(test) for test, _ in code.guards(node))
        if dotted(node.value) == _LOGPS and code.root(node) is root and not guarded:
            return node
    return None


def _guards_reference(test: ast.expr) -> bool:
    """``ref_per_token_logps is not None``, ``self.beta > 0``, ``self.beta == 0.0``, alone or with other conditions."""
    if isinstance(test, ast.BoolOp):
        return any(_guards_reference(one) for one in test.values)
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return tail(test) == "beta"
    name = tail(test.left)
    if name == "beta":
        return isinstance(test.ops[0], ast.NotEq | ast.Gt | ast.Eq) and number(test.comparators[0]) == 0
    return name.startswith(_LOGPS) and isinstance(test.ops[0], ast.IsNot)


def _loader(code: TrainerCode, facts: Mapping[str, bool]) -> Found | None:
    found = _followed(code, facts)
    if found is not None and found[0] == NOTHING:
        raise NotUnderstood
    return found


def _followed(code: TrainerCode, facts: Mapping[str, bool]) -> Found | None:
    """What ``self.ref_model`` is under *facts*, and where it is assigned."""
    makes = code.once("makes the reference", lambda: _makes_reference(code))
    found: Found | None = None
    for path, function in code.bodies("__init__"):
        for kind, line in _assigned(function.body, facts, _Reading(makes, _taught(code))):
            found = kind, path, line  # the last one stands
    if found is not None and not code.is_whole:
        raise NotUnderstood  # after TRL's constructor has loaded one of its own
    return found


@value
class _Reading:
    """What is known of the code while blocks are followed.

    makes   the assignments that make a reference, and everything around them
    taught  classes to which the trainer teaches models
    """

    makes: frozenset[ast.AST]
    taught: frozenset[str]


def _makes_reference(code: TrainerCode) -> frozenset[ast.AST]:
    """The assignments that make a reference, under its own name or that of a local variable which it is taken from, and the nodes
    around them. Raises NotUnderstood for one outside of the constructor."""
    steps = [step for _, step in code.assigned("self.ref_model")]
    for step in list(steps):
        if isinstance(step.value, ast.Name):
            steps += [one for _, one in code.assigned(step.value.id, code.root(step))]
    made = [step for step in steps if not _passes_on(step, steps)]
    if any(not code.is_in(step, "__init__") for step in made):
        raise NotUnderstood
    return frozenset(node for step in made for node in (step, *code.around(step)))


def _passes_on(step: ast.Assign | ast.AnnAssign, steps: list[ast.Assign | ast.AnnAssign]) -> bool:
    """Whether *step* only wraps the reference, ``self.ref_model = prepare_deepspeed(self.ref_model, …)``, or takes it from a
    local variable that is followed itself."""
    if isinstance(step.value, ast.Call):
        return any(_is_reference(one) for one in [*step.value.args, getattr(step.value.func, "value", step)])
    name = dotted(step.value)
    return bool(name) and any(isinstance(one, ast.Assign) and dotted(one.targets[0]) == name for one in steps)


def _assigned(block: list[ast.stmt], facts: Mapping[str, bool], known: _Reading) -> Iterator[tuple[str, int]]:
    """The kinds of reference that *block* assigns in turn."""
    for step in block:
        if step not in known.makes:
            continue
        if isinstance(step, ast.Assign | ast.AnnAssign):
            assert step.value is not None
            yield _kind(step.value, known.taught), step.lineno
        elif isinstance(step, ast.If):
            decided = _decide(step.test, facts)
            if decided is not None:
                yield from _assigned(step.body if decided else step.orelse, facts, known)
                continue
            kinds = [*_assigned(step.body, facts, known)], [*_assigned(step.orelse, facts, known)]
            if not _by_model(step.test) or not all(kinds):
                raise NotUnderstood
            yield _of_branches([kind for branch in kinds for kind, _ in branch]), step.lineno
        elif isinstance(step, ast.With):
            yield from _assigned(step.body, facts, known)
        else:
            raise NotUnderstood


def _is_reference(node: ast.AST) -> bool:
    return dotted(node) == "self.ref_model"


def _kind(made: ast.expr, taught: frozenset[str]) -> str:
    """How the expression *made* makes a reference."""
    if isinstance(made, ast.Constant) and made.value is None:
        return NOTHING
    if isinstance(made, ast.Call):
        name = called(made)
        if name == "create_reference_model":
            return "copy"
        if name == "create_model_from_path":
            return "policy_class"
        if name == "from_pretrained" and isinstance(made.func, ast.Attribute):
            loader = tail(made.func.value)
            return "AutoModelForCausalLM" if loader == "AutoModelForCausalLM" and loader not in taught else "policy_class"
    raise NotUnderstood


def absent_reference_fails(code: TrainerCode) -> Found | None:
    """Whether the trainer hands the reference model to the model module's ``post_model_init`` even where it is None."""
    for path, call in code.calls("post_model_init"):
        if any(dotted(one) == "self.ref_model" for one in call.args):
            tests = [ast.dump(test) for test, _ in code.guards(call)]
            if tests and not any("'ref_model'" in test for test in tests):
                raise NotUnderstood
            return not tests, path, call.lineno
    return None


def _of_branches(kinds: list[str]) -> str:
    """The loader where the model's name picks the class: its own for the vision-language models that have a branch."""
    if NOTHING in kinds or "copy" in kinds:
        raise NotUnderstood
    return "policy_class" if "policy_class" in kinds else "AutoModelForCausalLM"


def _taught(code: TrainerCode) -> frozenset[str]:
    """Classes to which the trainer teaches models (``AutoModelForCausalLM.register(…)``)."""
    calls = (call for _, call in code.calls("register"))
    return frozenset(dotted(call.func.value) for call in calls if isinstance(call.func, ast.Attribute))


def _by_model(test: ast.expr) -> bool:
    """Whether *test* asks the model's name or class."""
    text = ast.dump(test)
    return "model" in text and not {"beta", "peft", "zero"}.intersection(text.lower().replace("'", " ").split())


def _decide(test: ast.expr, facts: Mapping[str, bool]) -> bool | None:
    """What *test* is under *facts*; None where it speaks of anything else."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = _decide(test.operand, facts)
        return None if inner is None else not inner
    if isinstance(test, ast.BoolOp):
        parts = [_decide(part, facts) for part in test.values]
        decisive = isinstance(test.op, ast.Or)
        if decisive in parts:
            return decisive
        return None if None in parts else not decisive
    if isinstance(test, ast.Call):
        name = called(test)
        if name == "is_deepspeed_zero3_enabled":
            return facts["zero3"]
        if name == "is_fsdp_enabled":
            return False
        return facts["peft"] if name == "is_peft_model" else None
    if tail(test) == "is_fsdp_enabled":
        return False  # asked about runs without FSDP
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        name = tail(test.left)
        if name == "beta" and number(test.comparators[0]) == 0:
            equal = {ast.Eq: True, ast.NotEq: False, ast.Gt: False}.get(type(test.ops[0]))
            return None if equal is None else facts["beta is 0"] is equal
        if name == "peft_config" and isinstance(test.ops[0], ast.Is | ast.IsNot):
            return facts["peft"] is isinstance(test.ops[0], ast.IsNot)
    return None
