"""The documents say what the code says."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
from scipy.stats import binom, poisson

from remnant.cli.app import COMMANDS
from remnant.dynamics.model.presets import PRESETS, preset
from remnant.dynamics.model.priors import Prior
from remnant.study.config import StudyConfig

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
assert len(PAGES) > 8, "the pages are not where this test looks: it would pass by testing nothing"
CODE = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src" / "remnant").rglob("*.py"))


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _committed(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def test_the_data_dictionary_is_that_of_the_schemas(generator):
    path = "docs/data-dictionary.md"
    assert _committed(path) == generator.data_dictionary(), "run: make docs"


def test_the_commands_page_is_their_help(generator):
    assert _committed("docs/commands.md") == generator.commands(), "run: make docs"


def test_the_page_of_presets_is_their_priors(generator):
    page = _committed("docs/presets.md")
    assert page == generator.presets(), "run: make docs"
    for name in PRESETS:
        one = preset(name)
        assert f"## {name}\n" in page
        assert all(f"\n| `{place}` | " in page for place, _ in one.priors())
        assert all(drug.title in page for drug in one.drugs)


def test_a_law_is_said_in_the_words_that_a_scenario_takes(generator):
    law = generator._law(Prior("division", "per month", "lognormal", 0.11, 0.35))
    assert law == "log-normal: median 0.11, spread of the logarithm 0.35"
    cut = Prior("active", "-", "logit-normal", 0.0, 1.0, upper=0.9)
    assert (
        generator._law(cut)
        == "logit-normal: median 0.5, spread of the log odds 1; cut to 0.9, median then 0.496"
    )


def test_quoted_code_is_the_code(generator):
    quoting = dict(generator.quoting_documents())
    assert "CONTRIBUTING.md" in quoting
    for path, text in quoting.items():
        assert text == generator.with_quotes(text), f"{path} quotes code that has changed; run: make docs"


def test_a_quote_of_code_that_is_gone_is_said(generator):
    with pytest.raises(LookupError, match="no such_function"):
        generator.source("errors.py", "such_function")


def _readings() -> dict[str, str]:
    """Every reading of decisions.md by its number, with what its last column says."""
    rows = re.findall(r"^\| (OR\d+) \|.*\| ([^|]+) \|$", _committed("docs/decisions.md"), re.MULTILINE)
    assert len({number for number, _ in rows}) == len(rows), "a reading stands twice"
    return dict(rows)


def test_every_reading_has_its_row():
    readings = _readings()
    numbers = sorted(int(number.removeprefix("OR")) for number in readings)
    assert numbers == list(range(1, 71))  # a later one stands with its criteria
    assert all(re.match(r"(yes|part|later)\b", state) for state in readings.values())


def test_a_reading_that_the_code_names_is_not_called_later():
    named = set(re.findall(r"\bOR\d+\b", CODE))
    assert named, "no reading is named anywhere in the code"
    later = {number for number, state in _readings().items() if state.startswith("later")}
    assert not named & later
    assert named <= set(_readings()), "the code names a reading that decisions.md does not explain"


def _cells(page: str, first: str) -> list[str]:
    """The cells of the table row whose first cell is `first`."""
    rows = [line.strip("| ").split(" | ") for line in _committed(page).splitlines() if line.startswith("| ")]
    found = [row[1:] for row in rows if row[0] == first]
    assert len(found) == 1, f"{page} has {len(found)} rows {first}"
    return found[0]


def test_smallest_positive_counts_are_binomial_quantiles():
    nuclei = [int(cell.removeprefix("n = ")) for cell in _cells("docs/decisions.md", "false positives")]
    for rate in ("0.4 %", "1 %", "2 %", "3 %"):
        chance = float(rate.removesuffix(" %")) / 100
        for n, cell in zip(nuclei, _cells("docs/decisions.md", rate), strict=True):
            for count, alpha in zip(map(int, cell.split("/")), (0.05, 0.01), strict=True):
                assert binom.sf(count - 1, n, chance) <= alpha < binom.sf(count - 2, n, chance)


def test_limits_of_rare_events_are_poisson():
    page, label = "docs/parameters.md", "blank mean 0, 0.5, 1, 2, 5, 10, 20: limit of blank"
    means = [float(number) for number in re.findall(r"[\d.]+", label)]
    blanks = [float(number) for number in re.findall(r"[\d.]+", _cells(page, label)[0])]
    signals = re.findall(r"[\d.]+", _cells(page, "the same: smallest detectable signal")[0])
    for mean, blank, signal in zip(means, blanks, map(float, signals), strict=True):
        assert poisson.ppf(0.95, mean) == blank
        assert poisson.sf(blank, mean + signal) == pytest.approx(0.95, abs=5e-4)


def test_the_defaults_are_those_of_the_settings():
    row = re.compile(r"^\|[^|]+\| ([^|]+) \|[^|]+\| `(analysis|gates)\.(\w+)` \|$", re.MULTILINE)
    rows = row.findall(_committed("docs/parameters.md"))
    assert len(rows) > 8
    for shown, section, key in rows:
        assert re.split("[ :]", shown)[0] == str(getattr(getattr(StudyConfig(), section), key)), key


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return slugs | set(re.findall(r'<a id="([^"]+)">', text))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        there = page.parent / file if file else page
        assert there.exists(), f"{page.name} links to {target}"
        if anchor:
            assert anchor in _anchors(there.read_text(encoding="utf-8")), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_that_a_page_shows_exist(page):
    shown = re.findall(
        r"^\$ (?:\.venv/bin/)?remnant ([a-z]+)", page.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert set(shown) <= set(COMMANDS)


def test_the_version_is_the_same_everywhere():
    version = tomllib.loads(_committed("pyproject.toml"))["project"]["version"]
    assert f"\nversion: {version}\n" in _committed("CITATION.cff")
    assert re.search(
        rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$", _committed("CHANGELOG.md"), re.MULTILINE
    )
