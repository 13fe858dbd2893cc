"""How FSDP shards a run, as accelerate's ``fsdp_config`` or the trainer's own ``fsdp`` says it.

Sources: accelerate 1.4 to 1.15 (``utils/launch.py``, ``utils/dataclasses.py`` FullyShardedDataParallelPlugin, ``accelerator.py``
prepare_model), transformers 4.49 and 5.23 (``training_args.py``).
"""

from __future__ import annotations

from vlmr1_lint.memory.needed import Missing, is_count, need, transformers_of
from vlmr1_lint.unknown import Unknown
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    from vlmr1_lint.training.run import Run

    Units = Literal["layers", "language", "whole"]

__all__ = ["Sharding", "fsdp_checkpoints", "fsdp_offloads_activations", "sharding_of", "units_of"]

STRATEGIES = ("FULL_SHARD", "SHARD_GRAD_OP", "NO_SHARD", "HYBRID_SHARD", "HYBRID_SHARD_ZERO2")
"""accelerate's names; their numbers, counted from 1, are accepted too (``utils/constants.py`` FSDP_SHARDING_STRATEGY)."""
STAGES = {"FULL_SHARD": 3, "HYBRID_SHARD": 3, "SHARD_GRAD_OP": 2, "HYBRID_SHARD_ZERO2": 2, "NO_SHARD": 0}
YES, NO = frozenset(("true", "1", "yes", "y", "t", "on")), frozenset(("false", "0", "no", "n", "f", "off"))
"""Words of accelerate's ``str_to_bool``."""
ONE_MODEL = ("tp", "cp", "sp")
"""What else may share a model among ranks (``parallelism_config_*_size``): their activations are not modelled."""


@value
class Sharding:
    """``stage`` as `Setup` has it, over ``ranks``; ``units`` are what is gathered at once; ``offloads`` to host RAM."""

    stage: int
    ranks: int
    units: Units
    offloads: bool


def sharding_of(run: Run, world: int, per_node: int) -> Sharding:
    """The sharding of a run that uses FSDP on *world* ranks, *per_node* of them on a node. Raises `Missing` where its shape is
    none that the forecast knows."""
    stage, hybrid = _version_2(run) if _version(run) == 2 else _version_1(run)
    ranks = min(world, per_node) if hybrid else world
    return Sharding(stage, _of_mesh(run, ranks), units_of(run), _yes(run, "offload_params") or "offload" in _words(run))


def fsdp_checkpoints(run: Run) -> bool:
    """Whether FSDP checkpoints the modules that it wraps (``activation_checkpointing``), whatever the trainer's option says."""
    return run.uses_fsdp is True and _yes(run, "activation_checkpointing")


def fsdp_offloads_activations(run: Run) -> bool:
    """Whether FSDP2 moves what it checkpoints to host RAM (accelerate 1.15)."""
    return run.uses_fsdp is True and _yes(run, "activation_checkpointing_offload")


def _version_1(run: Run) -> tuple[int, bool]:
    """The stage, and whether only the cards of a node share. ``accelerate launch`` always hands a strategy on, so that
    ``fsdp_reshard_after_forward`` counts for nothing here."""
    named = [word.upper() for word in _words(run) if word.upper() in STAGES]
    found: object = named[0] if named else _said(run, "sharding_strategy")
    if found is None:
        found = "FULL_SHARD"
    if str(found).isdigit() and 0 < int(str(found)) <= len(STRATEGIES):
        found = STRATEGIES[int(str(found)) - 1]
    name = str(found).upper()
    if name not in STAGES:
        raise Missing(Unknown("fsdp_sharding_strategy"))
    return STAGES[name], name.startswith("HYBRID")


def _version_2(run: Run) -> tuple[int, bool]:
    """FSDP2 reads ``reshard_after_forward`` alone; an older word of the trainer's own option stands for it."""
    found = _said(run, "reshard_after_forward")
    if found is None:
        found = "shard_grad_op" not in _words(run)
    if str(found).lower() not in YES | NO:
        raise Missing(Unknown("fsdp_reshard_after_forward"))
    return (3 if str(found).lower() in YES else 2), False


def _of_mesh(run: Run, ranks: int) -> int:
    """The ranks that share a copy of the states where accelerate's ``parallelism_config`` lays out the mesh."""

    def size(name: str) -> int:
        accelerate = run.inputs.accelerate
        found = accelerate.view.get("parallelism_config", f"parallelism_config_{name}_size") if accelerate is not None else None
        if found is not None and not is_count(found):
            raise Missing(Unknown("parallelism_config"))
        return 1 if found is None else int(found)  # type: ignore[call-overload]

    if any(size(name) > 1 for name in ONE_MODEL):
        raise Missing(Unknown("parallelism_config"))
    sharded = size("dp_shard")
    return sharded if sharded > 1 else max(ranks // size("dp_replicate"), 1)


def units_of(run: Run) -> Units:
    """What FSDP wraps: every layer and every block of the tower; where only decoder layers are named, the tower lies in the root;
    without a policy all parameters are one unit. What a size makes of a model is unknown."""
    default = "TRANSFORMER_BASED_WRAP" if run.fsdp and transformers_of(run) >= (5,) else "NO_WRAP"
    if "auto_wrap" in _words(run):
        default = "SIZE_BASED_WRAP" if is_count(_said(run, "min_num_params")) else "TRANSFORMER_BASED_WRAP"
    policy = str(_said(run, "auto_wrap_policy") or default).upper()
    if policy == "NO_WRAP":
        return "whole"
    if policy != "TRANSFORMER_BASED_WRAP":
        raise Missing(Unknown("fsdp_auto_wrap_policy"))
    classes = _said(run, "transformer_layer_cls_to_wrap")
    return "layers" if classes is None or "vision" in str(classes).lower() else "language"


def _version(run: Run) -> int:
    """1 unless it is written; the trainer's own option means 2 since transformers 5."""
    found = _said(run, "version")
    if found is None:
        return 2 if run.fsdp and transformers_of(run) >= (5,) else 1
    if str(found) not in {"1", "2"}:
        raise Missing(Unknown("fsdp_version"))
    return int(str(found))


def _words(run: Run) -> list[str]:
    """The words of the trainer's own option: ``full_shard auto_wrap``."""
    found = run.fsdp
    words = found.split() if isinstance(found, str) else found if isinstance(found, list) else []
    return [str(word).lower() for word in words]


def _yes(run: Run, name: str) -> bool:
    found = _said(run, name)
    return found is not None and str(found).lower() in YES


def _said(run: Run, name: str) -> Any:
    """What ``fsdp_config`` says of *name*, the trainer's own where it has the ``fsdp`` option on, else accelerate's."""
    if not run.fsdp:
        accelerate = run.inputs.accelerate
        found = accelerate.view.get("fsdp_config", f"fsdp_{name}") if accelerate is not None else None
        return None if found is None else need(found, f"fsdp_{name}")
    config = run.fsdp_config
    if config is None:
        return None
    if not isinstance(config, dict):  # a file that is not read
        raise Missing(Unknown("fsdp_config"))
    for key in (f"fsdp_{name}", name, "cpu_offload" if name == "offload_params" else name):
        if key in config:
            return config[key]
    return None
