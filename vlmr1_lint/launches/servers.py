"""The vLLM server that TRL's trainer generates with (``trl vllm-serve``, TRL since 0.16), as the repository's scripts start it.

Server and trainer talk over NCCL, which takes each GPU once, so what cards both see matters. A card is counted as shared only if
both commands surely run on one machine and surely use it.
"""

from __future__ import annotations

import os
import re

from vlmr1_lint.launches.ports import HERE
from vlmr1_lint.launches.starters import texts_around
from vlmr1_lint.unknown import Unknown, is_unknown
from vlmr1_lint.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vlmr1_lint.documents.shell.nodes import Server, ShellRoot
    from vlmr1_lint.documents.shell.read import ShellDocument
    from vlmr1_lint.sources import Sources
    from vlmr1_lint.training.run import Run

__all__ = ["VllmServer", "is_spoken_of", "server_of"]

PORT = 8000
"""Where the server listens and the trainer asks unless told otherwise (TRL 0.16.1 to 1.16.0 scripts/vllm_serve.py)."""
SPOKEN_OF = re.compile(rb"(?i)vllm[-_ ]serve|vllm\.entrypoints|vllm_server_(?:host|base_url)")
_TEXTS = (".sh", ".bash", ".slurm", ".sbatch", ".md", ".py", ".yml", ".yaml", ".toml", "Makefile", "Dockerfile", ".ipynb", ".txt")
_BRANCH = re.compile(rb"(?m)^\s*(?:else|elif|fi|esac|\}|;;)|;;\s*$|\bthen\b|\(\)\s*\{")


@value
class VllmServer:
    """A server, as rules see it.

    where          file and line of its command
    here           whether the run's own script starts it, before the training
    model          the table's name of its model; Unknown where that is not known
    port           where it listens
    max_model_len  the longest sequence that it takes, None where it is the model's own
    count          GPUs that it takes: tensor parallel times data parallel
    visible        how many cards it sees, None where nothing limits them
    shared         ids of the cards that it and the training both use; Unknown where they need not meet
    """

    where: str
    here: bool
    model: str | Unknown
    port: int | Unknown
    max_model_len: int | Unknown | None
    count: int | Unknown
    visible: int | Unknown | None
    shared: tuple[str, ...] | Unknown


def server_of(run: Run, sources: Sources | None) -> VllmServer | Unknown | None:
    """The server that *run* generates with, if it uses one: of its own script, else of the one script of the repository that
    starts one. None where no script starts any, or the run asks none; Unknown where several may be meant, or *sources* may not
    be asked for others."""
    document: ShellDocument = run.inputs.document  # type: ignore[assignment]
    root: ShellRoot = run.inputs.root  # type: ignore[assignment]
    own = document.servers
    if own:
        before = [one for one in own if _leads_to(one, root, document)]
        before = [one for one in before if _port(one) == run.vllm_server_port] or before
        return _facts(before[-1], document, run, here=True) if len(before) == 1 else Unknown("vLLM server")
    if sources is None:
        return Unknown("vLLM server")
    if run.use_vllm is False:
        return None  # which server somebody else's script starts is nothing to this run
    found = [(one, script) for script in _scripts(sources.path(document.path), sources) for one in script.servers]
    if len(found) > 1:
        return Unknown("vLLM server")
    return _facts(*found[0], run, here=False) if found else None


def is_spoken_of(run: Run, sources: Sources) -> bool:
    """Whether a script, a README or code around *run* speaks of a vLLM server: then somebody knows that one is needed."""
    document = run.inputs.document
    around = texts_around(sources.path(document.path), sources, _TEXTS)
    return bool(SPOKEN_OF.search(document.data)) or any(SPOKEN_OF.search(data) for _, data in around)


def _scripts(path: str, sources: Sources) -> Iterator[ShellDocument]:
    """The scripts around *path* that start a server."""
    for holder, data in texts_around(path, sources):
        if holder != path and not holder.endswith(".md") and re.search(rb"vllm[-_]serve", data):
            from vlmr1_lint.documents.shell.read import read_shell

            yield read_shell(sources.name(holder), data)


def _leads_to(server: Server, root: ShellRoot, document: ShellDocument) -> bool:
    """Whether *server* is started before the training *root*, and surely on the same way through the script."""
    between = document.data[server.span.end : root.use_span.start]
    return server.span.end <= root.use_span.start and not _BRANCH.search(between)


def _facts(server: Server, document: ShellDocument, run: Run, *, here: bool) -> VllmServer:
    from vlmr1_lint.models.table import find_model

    said = server.options.get("model")
    model = find_model(said) if isinstance(said, str) else None
    ids = _ids(server.visible)
    count = _product(_count(server, "tensor_parallel_size", 1), _count(server, "data_parallel_size", 1))
    line = document.data.count(b"\n", 0, server.span.start) + 1
    return VllmServer(
        where=f"{document.path}:{line}",
        here=here,
        model=model.name if model is not None else Unknown("model of the vLLM server"),
        port=_port(server),
        max_model_len=_count(server, "max_model_len", None),
        count=count,
        visible=len(ids) if isinstance(ids, list) else ids,
        shared=_shared(server, ids, count, run),
    )


def _port(server: Server) -> int | Unknown:
    found = _count(server, "port", PORT)
    assert found is not None
    return found


def _count(server: Server, name: str, default: int | None) -> int | Unknown | None:
    """A number among *server*'s options."""
    said = server.options.get(name)
    if said is None:
        return default
    return int(said) if isinstance(said, str) and said.isdigit() and len(said) < 8 else Unknown(name)


def _product(left: int | Unknown | None, right: int | Unknown | None) -> int | Unknown:
    return left * right if isinstance(left, int) and isinstance(right, int) else Unknown("cards of the vLLM server")


def _ids(visible: object) -> list[str] | Unknown | None:
    """The cards that a CUDA_VISIBLE_DEVICES names; None where nothing limits them."""
    if visible is None or visible == "all":
        return None
    if not isinstance(visible, str) or not visible.strip():
        return Unknown("CUDA_VISIBLE_DEVICES")
    return [part.strip() for part in visible.split(",") if part.strip()]


def _shared(server: Server, ids: list[str] | Unknown | None, count: int | Unknown, run: Run) -> tuple[str, ...] | Unknown:
    """The cards that both surely use: of the first *count* of the server's *ids*, and of the first ones of the training's, at
    least one of each."""
    root: ShellRoot = run.inputs.root  # type: ignore[assignment]
    trains = _trainings_cards(run)
    local = run.vllm_server_base_url is None and run.vllm_server_host in (None, "0.0.0.0", "localhost", "127.0.0.1")
    if is_unknown(ids) or is_unknown(trains) or not local or not (_stays_here(server.prefix) and _stays_here(root.prefix)):
        return Unknown("cards of the vLLM server")
    world = run.world_size if not run.world_is_assumed and run.inputs.launch is not None and run.inputs.launch.nodes == 1 else 1
    first = _first(ids, count if isinstance(count, int) else 1)  # type: ignore[arg-type]
    return tuple(one for one in _first(trains, world if isinstance(world, int) else 1) if one in first)  # type: ignore[arg-type]


def _trainings_cards(run: Run) -> list[str] | Unknown | None:
    """The cards that the training sees: what its launcher picks, else CUDA_VISIBLE_DEVICES."""
    root: ShellRoot = run.inputs.root  # type: ignore[assignment]
    launch, accelerate = run.inputs.launch, run.inputs.accelerate
    if launch is None or root.launcher.open or root.launcher.get("include") is not None:
        return Unknown("cards of the training")
    chosen = root.launcher.get("gpu_ids")
    picked = chosen.value if chosen is not None else accelerate.view.gpu_ids if accelerate is not None else None
    return _ids(
        str(picked)
        if isinstance(picked, int)
        else picked
        if picked not in (None, "all")
        else launch.environment.get("CUDA_VISIBLE_DEVICES")
    )


def _first(ids: list[str] | None, count: int) -> list[str]:
    return [str(one) for one in range(count)] if ids is None else ids[:count]


def _stays_here(prefix: Sequence[str]) -> bool:
    """Whether the commands in front leave a command on this machine, among its cards."""
    words = [os.path.basename(word) for word in prefix if re.fullmatch(r"[\w./-]*[a-z][\w.-]*", word)]
    return all(word in HERE for word in words)
