"""The GPUs that a launch script itself is allotted (``#SBATCH``, ``CUDA_VISIBLE_DEVICES``, ``--include``), joined with what the
user says of the hardware."""

from __future__ import annotations

from vlmr1_lint.facts.gpus import find_gpus
from vlmr1_lint.launches.fleet import Fleet
from vlmr1_lint.values import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from vlmr1_lint.facts.gpus import Gpu
    from vlmr1_lint.launches.launch import Launch

__all__ = ["Allotment", "allotment", "equipped", "of_each_machine"]


@value
class Allotment:
    """What a script is allotted.

    per_node  cards of each node
    nodes     number of nodes; None where not said
    cards     the cards that the script's word for them may mean: none where it names none that is known
    origin    the word itself: ``#SBATCH``, ``CUDA_VISIBLE_DEVICES``, ``--include``
    """

    per_node: int
    nodes: int | None
    cards: tuple[Gpu, ...]
    origin: str


def allotment(sbatch: Mapping[str, str], launch: Launch, included: int | None) -> Allotment | None:
    """The cards of one command: those of its own list of devices on nodes that *sbatch* (Slurm's long options, ``_`` for ``-``)
    asks for. *included*: how many ``deepspeed --include`` names. None where nothing says how many."""
    asked = _of_slurm(sbatch)
    own = (launch.visible, "CUDA_VISIBLE_DEVICES") if launch.visible is not None else (included, "--include")
    if own[0] is None:
        return asked
    nodes = launch.nodes if isinstance(launch.nodes, int) and launch.nodes > 1 else None
    return Allotment(own[0], asked.nodes if asked is not None else nodes, asked.cards if asked is not None else (), own[1])


def _of_slurm(said: Mapping[str, str]) -> Allotment | None:
    """``--gres=gpu:h100:8``, ``--gpus-per-node=8`` or ``--gpus=16`` (of all nodes), with ``--nodes`` and
    ``--constraint=a100-80g`` (sbatch(1)): without a count it is one, without ``--nodes`` one node."""
    gres = next((part for part in said.get("gres", "").split(",") if part.partition(":")[0] == "gpu"), "")
    request = gres.partition("(")[0].partition(":")[2] if gres else said.get("gpus_per_node") or said.get("gpus") or ""
    if (not gres and not request) or "$" in request:
        return None
    name, _, count = request.rpartition(":")
    if not count.isdigit():
        name, count = request, "1"
    nodes = said.get("nodes", "1")
    if not nodes.isdigit() or not 0 < int(nodes) < 10_000 or not 0 < int(count) < 100_000:
        return None  # a range, or a variable: Slurm decides
    per_node = int(count)
    if not gres and not said.get("gpus_per_node"):
        per_node, rest = divmod(int(count), int(nodes))
        if rest or not per_node:
            return None
    cards = find_gpus(name) if name else ()
    wanted = find_gpus(said["constraint"]) if said.get("constraint") else ()
    return Allotment(per_node, int(nodes), tuple(card for card in wanted if card in cards) or cards or wanted, "#SBATCH")


def equipped(said: Fleet | None, own: Allotment | None) -> tuple[Fleet | None, int | None]:
    """The hardware of a command: what it is allotted itself (*own*) is closest to the truth, what the user says (*said*) names
    the card where the script leaves it open. Without a card the number of GPUs alone, as the second answer."""
    if own is None:
        return said, None
    nodes = own.nodes or (said.nodes if said is not None else 1)
    of_both = said is not None and (not own.cards or said.gpu in own.cards)
    card = said.gpu if said is not None and of_both else own.cards[0] if len(own.cards) == 1 else None
    if card is None:
        return None, nodes * own.per_node
    if said is not None and (said.nodes, said.gpus_per_node, said.gpu) == (nodes, own.per_node, card):
        return said, None
    return Fleet(nodes, own.per_node, card, own.origin, said.host_ram_bytes if said is not None else None), None


def of_each_machine(fleet: Fleet | None, processes: object, machines: object) -> Fleet | None:
    """*fleet* for each of the *machines* that a launcher starts, where it holds one machine's share of *processes* and not all:
    who says ``8xA100-80G`` of a script for four nodes means each of them."""
    if fleet is None or not isinstance(processes, int) or not isinstance(machines, int):
        return fleet
    share = processes > fleet.gpus and machines > fleet.nodes and processes <= machines * fleet.gpus_per_node
    return replace(fleet, nodes=machines) if share else fleet
