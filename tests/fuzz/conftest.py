"""The fixture that runs a target, and what all of them came to at the end of the output, passed or not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .campaign import Campaign, from_environment


@pytest.fixture
def campaign(request: pytest.FixtureRequest) -> Iterator[Campaign]:
    """The campaign of a test, named after it: ``test_yaml_values`` is "yaml values"."""
    name = request.node.name.removeprefix("test_").replace("_", " ")
    it = from_environment(name)
    yield it
    request.node.user_properties.append(("fuzz", str(it)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    lines = [
        text
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "teardown"
        for key, text in report.user_properties
        if key == "fuzz"
    ]
    if lines:
        terminalreporter.section("fuzz")
    for line in sorted(lines):
        terminalreporter.write_line(line)
