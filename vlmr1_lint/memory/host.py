"""Host RAM per node: loading, the optimizer step with offload, and saving. Bytes."""

from __future__ import annotations

from vlmr1_lint.memory.states import adapters, trained_parameters

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vlmr1_lint.memory.setup import Setup

__all__ = ["host_memory"]

# transformers writes checkpoints in shards of at most 5 GB (save_pretrained's max_shard_size) and reads one at a time.
CHECKPOINT_SHARD_BYTES = 5_000_000_000


def host_memory(setup: Setup, spilled: int = 0) -> dict[str, int]:
    """Bytes per node at ``load``, ``step`` and ``save``; *spilled* is what a GPU has no room for of a paged optimizer's states.

    * load: every rank reads the policy into host RAM, and the deep copy that is the reference; under ZeRO-3 the weights are
      scattered while they are read, one checkpoint shard per rank at a time.
    * step: offloaded master and moments (12 per trained parameter), their fp32 gradients (4) and the pinned bf16 copy (2);
      offloaded weights (2 per parameter, the reference's too). FSDP offloads all states of what is trained.
    * save: the 16-bit weights that ZeRO-3 gathers on rank 0.
    """
    total = setup.model.params_total + adapters(setup)
    ranks = min(setup.gpus_per_node, setup.world_size)
    share = ranks / setup.world_size
    resident = 0
    if setup.engine == "deepspeed" and setup.offload_optimizer:
        resident += int(18 * trained_parameters(setup) * share)
    if setup.engine == "fsdp" and setup.offload_parameters:
        size = 4 if setup.weights == "fp32" or setup.autocast else 2
        trained = trained_parameters(setup)
        resident += int((4 * size * trained + 2 * (total - trained)) * share)
    elif setup.offload_parameters and setup.stage == 3:
        copies = 2 if setup.reference == "shard" else 1
        resident += int(2 * total * copies * share)
    size = 4 if setup.weights == "fp32" else 2
    if setup.engine == "deepspeed" and setup.stage == 3:
        load = ranks * min(size * total, CHECKPOINT_SHARD_BYTES) + resident
        save = 2 * total + resident
    else:
        load = ranks * size * total * (2 if setup.reference == "copy" else 1)
        save = resident
    return {"load": load, "step": resident + ranks * spilled, "save": save + ranks * spilled}
