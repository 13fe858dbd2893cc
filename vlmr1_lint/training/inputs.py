"""What a run is made of: its entry, the options written there and where, who reads them, and the files that belong to it."""

from __future__ import annotations

from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from vlmr1_lint.candidates.trainer import Trainer
    from vlmr1_lint.documents.model import Document, Node
    from vlmr1_lint.launches.fleet import Fleet
    from vlmr1_lint.launches.launch import Launch
    from vlmr1_lint.models.model import Model
    from vlmr1_lint.training.views import ConfigView
    from vlmr1_lint.unknown import Unknown

__all__ = ["Inputs", "Joined"]


@value
class Joined:
    """A configuration file that belongs to a run.

    view     what it says (assumed from its name where the file is not in reach)
    named_by the node of the run that names it, None if nothing does
    assumed  what was taken from its name, as one phrase for messages, or ``""``
    """

    view: ConfigView
    named_by: Node | None = None
    assumed: str = ""

    @property
    def document(self) -> Document | None:
        """The document itself, None where it is only assumed."""
        return self.view.document


@value
class Inputs:
    """What a run is made of.

    document, root  the entry and its root node whose children are the options
    written         option name → node that gives its effective value, in file order; names as the trainer's parser resolves them
    model_from      the file of the earlier phase whose ``output_dir`` the model path is, or ``""``
    origins         option name → the document in which that node stands (the entry, or a file given by ``--config``)
    args_named_by   the node of the entry that names the args file, or None
    trainer         the candidates
    fleet           hardware, or None
    gpus            number of GPUs in all, where the script says how many and nobody says which
    world           processes under test in place of those that the files start, or None
    launch          what a launch script says about processes, or None
    deepspeed, accelerate  joined files, or None; ``deepspeed`` is Unknown where one is named that cannot be known
    model           the policy's architecture if a local config.json gives it, why it does not if there is one, else found by name
    as_flags        whether options were given as command line words
    open            whether the command may get further options that the files do not show
    changes         values under test in place of what is written, by option; DeepSpeed keys as ``deepspeed/a.b``
    """

    document: Document
    root: Node
    written: Mapping[str, Node]
    trainer: Trainer
    fleet: Fleet | None = None
    gpus: int | None = None
    world: int | None = None
    launch: Launch | None = None
    deepspeed: Joined | Unknown | None = None
    accelerate: Joined | None = None
    model: Model | str | None = None
    model_from: str = ""
    origins: Mapping[str, Document] = {}
    args_named_by: Node | None = None
    as_flags: bool = False
    open: bool = False
    changes: Mapping[str, object] = {}

    @property
    def processes(self) -> int | Unknown | None:
        """The processes in all that the launcher says, or else the ``num_processes`` of the accelerate YAML that it names; None
        where neither does. An accelerate YAML that nothing in the run names speaks of whichever machine it was written on."""
        if self.launch is not None and self.launch.processes is not None:
            return self.launch.processes
        accelerate = self.accelerate
        said = accelerate.view.num_processes if accelerate is not None and accelerate.named_by is not None else None
        return said if isinstance(said, int) and not isinstance(said, bool) and said > 0 else None

    @property
    def machines(self) -> object:
        """How many machines the accelerate YAML says, or else the launcher; None where neither does."""
        said = self.accelerate.view.num_machines if self.accelerate is not None else None
        if isinstance(said, int) and not isinstance(said, bool):
            return said
        return self.launch.nodes if self.launch is not None else None
