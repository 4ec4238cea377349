from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from types import ModuleType

import pytest

from remnant.analysis.findings import Findings


@pytest.fixture(scope="session")
def findings(cases: ModuleType) -> Findings:
    """Findings of four patients: two ordinary, one hostile, one with nothing."""
    return cases.example()


@pytest.fixture(scope="session")
def nothing(cases: ModuleType) -> Findings:
    """Findings of a study without a patient."""
    return cases.empty()


@pytest.fixture(scope="session")
def names_only(cases: ModuleType) -> Findings:
    """Findings of a study that names two patients and two samples, and nothing was measured."""
    return cases.names_only()


class Words(HTMLParser):
    """Collects what a reader sees: neither programs nor styles."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.hidden = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.hidden = tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.text.append(data)


@pytest.fixture(scope="session")
def words() -> Callable[[str], str]:
    """Return the words of a page, single spaces between them."""

    def of(text: str) -> str:
        parser = Words()
        parser.feed(text)
        return " ".join(" ".join(parser.text).split()).replace("\N{NO-BREAK SPACE}", " ")

    return of
