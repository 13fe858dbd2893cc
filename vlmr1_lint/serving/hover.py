"""What an editor shows over a word: the rule behind a finding, and what the trainer makes of an option."""

from __future__ import annotations

from vlmr1_lint.candidates.trainer import known_option
from vlmr1_lint.memory.interval import interval
from vlmr1_lint.reporting.printable import well_formed
from vlmr1_lint.reporting.summary import fix_label, fix_title
from vlmr1_lint.reporting.words import fact_name, joined
from vlmr1_lint.serving.diagnostics import shown_span
from vlmr1_lint.serving.words import say
from vlmr1_lint.trainers.releases import spans
from vlmr1_lint.units import GIB
from vlmr1_lint.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vlmr1_lint.documents.model import Node, Span
    from vlmr1_lint.findings.finding import Finding
    from vlmr1_lint.serving.analysis import Analysis
    from vlmr1_lint.trainers.options import Option
    from vlmr1_lint.training.run import Run

__all__ = ["hover"]

BATCH = "per_device_train_batch_size"
"""The option that shows the memory forecast: it is the one that is turned until a run fits."""


def hover(analysis: Analysis, name: str, offset: int) -> tuple[str, Span] | None:
    """Markdown about the byte *offset* in the file called *name*, and the span that it is about; None if there is nothing to
    say."""
    findings = [one for one in analysis.in_file(name) if _holds(shown_span(one.place), offset)]
    option = _option_at(analysis, name, offset)
    parts = [] if option is None else [_about_option(analysis, *option)]
    parts += [_about_rule(finding, analysis) for finding in findings]
    if not parts:
        return None
    return well_formed("\n\n---\n\n".join(parts)), option[1].entry_span if option is not None else shown_span(findings[0].place)


def _holds(span: Span, offset: int) -> bool:
    return span.start <= offset <= span.end


# -- rules -------------------------------------------------------------------------------------------------------


def _about_rule(finding: Finding, analysis: Analysis) -> str:
    """The rule's title and reason, and what the fix does."""
    rule, lang = analysis.session.preferences.rule(finding.rule), analysis.lang
    head = f"**{finding.rule}** `{finding.name}`"
    lines = [f"{head}: {rule.title(lang)}" if rule is not None else head, finding.why]
    if finding.fix is not None:
        lines.append(f"{fix_label(lang, finding.fix)}: {fix_title(lang, finding.fix)}")
    return "\n\n".join(line for line in lines if line)


# -- options -----------------------------------------------------------------------------------------------------


def _option_at(analysis: Analysis, name: str, offset: int) -> tuple[str, Node, list[Run]] | None:
    """The option written at *offset*, its node, and the runs that read it there."""
    found: dict[str, tuple[Node, list[Run]]] = {}
    for run in analysis.runs():
        for option, node in run.inputs.written.items():
            if run.home(option).path == name and _holds(node.entry_span, offset):
                found.setdefault(option, (node, []))[1].append(run)
    for option, (node, runs) in found.items():
        return option, node, runs
    return None


def _about_option(analysis: Analysis, name: str, node: Node, runs: list[Run]) -> str:
    """The option's effective value, type, and default by release; over the batch size also the forecast."""
    lang = analysis.lang
    lines = [f"**{name}**"]
    shown = list(dict.fromkeys(_shown(getattr(run, name), lang) for run in runs))
    if any(run.has_option(name) is not False for run in runs):
        lines.append(say("value", lang, value=" / ".join(shown)))
    lines += dict.fromkeys(line for run in runs for line in _by_release(run, name, lang))
    if name == BATCH:
        lines += dict.fromkeys(line for run in runs for line in _forecast(run, analysis))
    return "\n\n".join(lines)


def _by_release(run: Run, name: str, lang: str) -> Iterator[str]:
    """Default and type in each release that may read the run; neighbours that agree share a line."""
    agreeing: dict[tuple[str, str], list[str]] = {}
    for release in run.candidates:
        agreeing.setdefault(_said(known_option(run.inputs.trainer, name, release), lang), []).append(release)
    for (sentence, value), releases in agreeing.items():
        yield say(sentence, lang, value=value, releases=", ".join(spans(releases)))


def _said(option: Option | None, lang: str) -> tuple[str, str]:
    """Which sentence tells of an option as one release knows it, and its value there."""
    if option is None:
        return "no-option", ""
    return ("required", _type(option)) if option.required else ("default", f"{_shown(option.default, lang)}, {_type(option)}")


def _type(option: Option) -> str:
    """The option's type, and the words that it takes if there are only some."""
    choices = ", ".join(map(str, option.choices or ()))
    return f"`{option.type}`: {choices}" if choices else f"`{option.type}`"


def _shown(found: object, lang: str) -> str:
    """A value as files write it; of an unknown one what would tell it."""
    if isinstance(found, Unknown):
        return say("unknown", lang, missing=_facts(found.missing, lang))
    if found is None or isinstance(found, bool):
        return f"`{'null' if found is None else str(found).lower()}`"
    text = ", ".join(map(str, found)) if isinstance(found, tuple) else str(found)
    return f"`{text or repr(text)}`"


def _facts(missing: Iterable[str], lang: str) -> str:
    return joined(lang, [fact_name(lang, fact) for fact in sorted(missing)])


# -- memory ------------------------------------------------------------------------------------------------------


def _forecast(run: Run, analysis: Analysis) -> Iterator[str]:
    """What each GPU will need, where the hardware is known."""
    fleet, lang = run.inputs.fleet, analysis.lang
    if fleet is None:
        return
    found = interval(run, analysis.session.preferences.entry(run.inputs.document.path).data)
    if isinstance(found, Unknown):
        yield say("no-forecast", lang, fleet=fleet, missing=_facts(found.missing, lang))
        return
    sizes = {name: f"{getattr(found, name) / GIB:.1f}" for name in ("low", "likely", "high", "usable")}
    yield say("forecast", lang, fleet=fleet, verdict=f"**{say(found.verdict, lang)}**", **sizes)
