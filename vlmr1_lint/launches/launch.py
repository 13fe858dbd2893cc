"""What a launch command says about processes, nodes, cards and the script it starts."""

from __future__ import annotations

from vlmr1_lint.unknown import Unknown, is_unknown
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from vlmr1_lint.launches.loop import LoopLine

__all__ = ["Launch", "as_count", "as_rank", "visible_devices"]


@value
class Launch:
    """A launcher's own options, apart from the trainer's.

    launcher       ``"torchrun"``, ``"accelerate"``, ``"deepspeed"``, ``"python"``…
    script         path of the training script as written, or None
    script_found   whether the repository holds it
    per_node       processes on each node; None where not said, Unknown where said but not resolvable
    nodes          number of nodes; 1 where not said
    total          processes in all where the launcher counts them so (``accelerate --num_processes``)
    mixed_precision  what ``accelerate launch --mixed_precision`` says; None where not said
    visible        number of cards in CUDA_VISIBLE_DEVICES, or None
    environment    exported variables at the command, by name
    folders        ``cd`` targets in order, as written
    master         host of the rendezvous (``--master_addr``, ``--main_process_ip``, ``--rdzv_endpoint``); None where not said
    rank           this node's rank (``--node_rank``, ``--machine_rank``); None where not said
    rank_is_fixed  whether that rank is written as a number, rather than a default, or one of several in a loop
    rank_elsewhere whether a script beside it starts the same training script with another rank: each node has its own
    rendezvous     whether ranks are agreed on at a rendezvous (``--rdzv_backend c10d``) and need not be said
    from_loop      whether a shell loop makes the flags from a YAML file
    lines          keys of that file of which the loop makes something else than YAML
    port           the port of the rendezvous on this machine; None where the launcher looks for a free one, or is elsewhere
    port_is_taken  whether a command that the script started before, and that still runs here, has the same port
    free_port      the next higher port that the script does not speak of
    little_shared_memory   whether it runs in a container whose /dev/shm is Docker's 64 MB
    """

    launcher: str
    script: str | None = None
    script_found: bool = False
    per_node: int | Unknown | None = None
    nodes: int | Unknown = 1
    total: int | Unknown | None = None
    mixed_precision: str | Unknown | None = None
    visible: int | None = None
    environment: Mapping[str, object] = {}
    folders: tuple[str, ...] = ()
    master: str | Unknown | None = None
    rank: int | Unknown | None = None
    rank_is_fixed: bool = False
    rank_elsewhere: bool = False
    rendezvous: bool = False
    from_loop: bool = False
    lines: tuple[LoopLine, ...] = ()
    port: int | None = None
    port_is_taken: bool = False
    free_port: int = 0
    little_shared_memory: bool = False

    @property
    def processes(self) -> int | Unknown | None:
        """Training processes in all: one per rank; None where the launcher does not say."""
        if self.total is not None:
            return self.total
        per_node = self.per_node if self.per_node is not None else self.visible if self.launcher == "deepspeed" else None
        if per_node is None or is_unknown(per_node):
            return per_node
        if is_unknown(self.nodes):
            return self.nodes
        assert isinstance(per_node, int) and isinstance(self.nodes, int)
        return per_node * self.nodes


def as_count(given: object) -> int | Unknown | None:
    """A count written as an int or as digits; None where absent; Unknown for words such as ``auto`` or ``$NPROC``."""
    if given is None or isinstance(given, Unknown):
        return given
    if isinstance(given, int) and not isinstance(given, bool):
        return given if given > 0 else Unknown("processes")
    text = str(given).strip()
    if text.isascii() and text.isdigit() and 0 < len(text) < 7 and int(text) > 0:
        return int(text)
    head, _, tail = text.partition(":")  # torchrun's elastic ``--nnodes 1:4`` starts with the smaller number
    return as_count(tail) if head.isdigit() and tail.isdigit() and head == tail else Unknown("processes")


def as_rank(given: object) -> int | Unknown | None:
    """A node's rank, from 0; None where absent; Unknown for what is no number."""
    if given is None or isinstance(given, Unknown):
        return given
    text = str(given).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else Unknown("node rank")


def visible_devices(given: object) -> int | None:
    """How many cards a CUDA_VISIBLE_DEVICES value names; None where it is absent or unknown."""
    if not isinstance(given, str) or not given.strip():
        return None
    named = [part.strip() for part in given.split(",") if part.strip()]
    return len(named) if "-1" not in named else None  # CUDA ignores what comes from -1 on: no card, and no training on one
