"""Claims about generation and the loss: temperature, vLLM, the gathering of weights, and the path of logits."""

from __future__ import annotations

import ast

from vlmr1_lint.claims.claim import NotUnderstood
from vlmr1_lint.claims.code import dotted, number, tail
from vlmr1_lint.claims.sampling import main_draws, option_or_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.claims.code import TrainerCode
    from vlmr1_lint.claims.extract import Found

__all__ = ["evaluates", "logits", "sampling_options", "temperature_fixed", "vllm", "zero3_generation_gather"]

DEFAULT_TEMPERATURE = 1.0
"""What transformers' GenerationConfig and vLLM's SamplingParams take where none is written."""

OPTIONS = ("min_p", "repetition_penalty", "top_k", "top_p")
"""Options beside the temperature that shape sampling, as TRL names them and both engines."""


def temperature_fixed(code: TrainerCode) -> Found | None:
    """The number at which the trainer samples whatever is written, or None where the option ``temperature`` decides."""
    if not code.is_whole and not any(code.calls("generate")):
        return None
    found: list[Found] = []
    for draw in main_draws(code):
        given = draw.field("temperature")
        if given is None:
            found.append((DEFAULT_TEMPERATURE, draw.path, draw.call.lineno))
        else:
            found.append((option_or_number(code, given, "temperature", DEFAULT_TEMPERATURE), code.path_of(given), given.lineno))
    if any(other[0] != found[0][0] for other in found):
        raise NotUnderstood  # the temperature depends on which of them generates
    return found[0]


def sampling_options(code: TrainerCode) -> Found | None:
    """Those of `OPTIONS` that reach the sampling, sorted: a tuple. The others may be written and have no effect."""
    if not code.is_whole and not any(code.calls("generate")):
        return None
    found: list[Found] = []
    for draw in main_draws(code):
        given = {name: draw.field(name) for name in OPTIONS}
        read = tuple(sorted(name for name, node in given.items() if node is not None and _reads(code, node, name)))
        found.append((read, draw.path, draw.call.lineno))
    if any(other[0] != found[0][0] for other in found):
        raise NotUnderstood
    return found[0]


def _reads(code: TrainerCode, node: ast.expr, option: str) -> bool:
    """Whether *node* is the option; False for a value that the code fixes."""
    return option_or_number(code, node, option, 0.0) is None


def vllm(code: TrainerCode) -> Found | None:
    """Where vLLM runs if it is used (`vllm` in `trainers.profiles`)."""
    engines, clients = list(code.calls("LLM")), list(code.calls("VLLMClient"))
    mode = _default_mode(code)
    if mode is not None and (clients or any(code.calls("VLLMGeneration"))):
        return mode
    if any(code.calls("VLLMGeneration")) or (engines and clients):
        raise NotUnderstood  # several places, and an option that picks one
    if clients:
        return "server", clients[0][0], clients[0][1].lineno
    found = {_place(call) for _, call in engines}
    if len(found) == 1:
        return found.pop(), engines[0][0], engines[0][1].lineno
    if engines or (code.is_whole and code.mentions("use_vllm", "llm", "vllm")):
        raise NotUnderstood
    return None


def _place(engine: ast.Call) -> str:
    given = {one.arg: one.value for one in engine.keywords}
    if "device" in given:
        return "own_gpu"
    if getattr(given.get("distributed_executor_backend"), "value", None) == "external_launcher":
        return "colocate"
    raise NotUnderstood


def _default_mode(code: TrainerCode) -> Found | None:
    """The default of TRL's option ``vllm_mode``, where the class of the options is in reach."""
    for node in code.config[1].body if code.config is not None else ():
        if isinstance(node, ast.AnnAssign) and dotted(node.target) == "vllm_mode" and isinstance(node.value, ast.Call):
            default = next((one.value for one in node.value.keywords if one.arg == "default"), None)
            if isinstance(default, ast.Constant):
                assert code.config is not None
                return default.value, code.config[0], node.lineno
    return None


def zero3_generation_gather(code: TrainerCode) -> Found | None:
    """``always`` where TRL's ``unwrap_model_for_generation`` is called as it is, ``option`` where it is told by the option,
    ``never`` where it is told not to.

    Of several calls that decides whose body generates; in a class for vLLM the one that hands vLLM the weights.
    """
    blocks = [(path, call, _body_of(code, call)) for path, call in code.calls("unwrap_model_for_generation")]
    if not blocks:
        if code.is_whole:
            raise NotUnderstood
        return None
    generating = [(path, call) for path, call, body in blocks if body is not None and _generates(code, body)]
    found = [(_gathers(call), path, call.lineno) for path, call in generating or [(path, call) for path, call, _ in blocks]]
    if len({value for value, _, _ in found}) > 1:
        raise NotUnderstood
    return found[0]


def _body_of(code: TrainerCode, call: ast.Call) -> ast.With | None:
    return next((node for node in code.around(call) if isinstance(node, ast.With)), None)


def _generates(code: TrainerCode, body: ast.With) -> bool:
    return any(body in code.around(call) and not _samples_nothing(call) for _, call in code.calls("generate", "generate_batch"))


def _samples_nothing(call: ast.Call) -> bool:
    return any(one.arg in {"max_new_tokens", "max_tokens"} and number(one.value) == 1 for one in call.keywords)


_GATHER = "ds3_gather_for_generation"


def _gathers(call: ast.Call) -> str:
    given = next((one.value for one in call.keywords if one.arg == "gather_deepspeed3_params"), None)
    if given is None or getattr(given, "value", None) is True:
        return "always"
    if getattr(given, "value", None) is False:
        return "never"
    if tail(given) == _GATHER or (isinstance(given, ast.Call) and dotted(given.func) == "getattr" and _GATHER in ast.dump(given)):
        return "option"
    raise NotUnderstood


_LOGPS = frozenset(("_get_per_token_logps", "_get_per_token_logps_and_entropies", "get_per_token_logps"))
"""The function that computes log-probabilities of tokens: a method, or one inside ``compute_loss`` (TRL 0.14)."""


def logits(code: TrainerCode) -> Found | None:
    """The path of logits (`logits` in `trainers.profiles`), by the function that computes log-probabilities of tokens."""
    bodies = [(path, node) for path, node in code.nodes(ast.FunctionDef) if node.name in _LOGPS]
    if not bodies:
        return None
    if len(bodies) > 1:
        raise NotUnderstood
    path, function = bodies[0]
    model_calls = [
        node for node in ast.walk(function) if isinstance(node, ast.Call) and dotted(node.func) in {"model", "model.thinker"}
    ]
    if not model_calls:
        raise NotUnderstood
    asked = {one.arg for call in model_calls for one in call.keywords}
    at = model_calls[0].lineno
    if "fused_lm_head" in asked:
        return "fused_lm_head", path, at
    if asked & {"logits_to_keep", "num_logits_to_keep"}:
        return "completion_only", path, at
    if any(one.arg is None and _may_hold_logits_to_keep(function) for call in model_calls for one in call.keywords):
        return "completion_only", path, at
    names = {argument.arg for argument in function.args.args}
    return ("cut_sequence" if names & {"logits_to_keep", "num_logits_to_keep"} else "whole_sequence"), path, at


def _may_hold_logits_to_keep(function: ast.FunctionDef) -> bool:
    """Whether the keywords of the model's call are put together with ``logits_to_keep`` among them (TRL since 0.20)."""
    return any(
        isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Subscript) and "logits_to_keep" in ast.dump(target.slice) for target in node.targets)
        for node in ast.walk(function)
    )


def evaluates(code: TrainerCode) -> Found | None:
    """Whether the trainer can evaluate: only with a ``prediction_step`` of its own, for a batch is a list of rows."""
    for path, function in code.bodies("prediction_step", "evaluation_loop", "evaluate"):
        return True, path, function.lineno
    return None
