"""The report as files: one page that holds everything, or a page of the study and one of each patient.

Each needs nothing else, now or in ten years: no network, and no server.
"""

from __future__ import annotations

from pathlib import Path

from remnant.analysis.findings import Findings
from remnant.report.charts import together
from remnant.report.frame import Link, framed
from remnant.report.offline import alone
from remnant.report.overview import standings
from remnant.report.parts import Part, methods_part, packed_drawers, patient_part, study_part

STUDY = (Link("Verdict", "#verdict"), Link("Cohort", "#cohort"), Link("Statements tested", "#statements"))
HOW = (Link("Methods", "#methods"), Link("Words used", "#words"), Link("Where it comes from", "#origin"))


def write_report(findings: Findings, destination: Path) -> None:
    """Write everything that was found as one offline HTML page.

    The page asks nothing of any network, and says so to the browser. What the study's files hold is shown
    as text whatever it looks like.

    Parameters
    ----------
    findings : Findings
        Everything that was found.
    destination : Path
        The file to write; its folder is made.
    """
    destination.parent.mkdir(parents=True, exist_ok=True)
    destination.write_text(render(findings), encoding="utf-8")


def render(findings: Findings) -> str:
    """Return the page of everything as text."""
    patients = [patient_part(findings, n, alone=False) for n in range(1, len(findings.timelines) + 1)]
    parts = [study_part(findings), *patients, methods_part(findings)]
    links = tuple(
        Link(one.name, f"#patient-{number}", one.state, one.letter, find=True)
        for number, one in enumerate(standings(findings), 1)
    )
    contents = [("Study", STUDY), *([("Patients", links)] if links else []), ("How", HOW)]
    return _page(parts, findings.plan.study.title, contents)


def _page(parts: list[Part], title: str, contents: list[tuple[str, tuple[Link, ...]]]) -> str:
    return framed(
        "page.html.j2",
        outfit=alone(),
        title=title,
        skip=("verdict", "verdict"),
        packages=[*together(part.album for part in parts), *packed_drawers(parts)],
        contents=contents,
        bodies=[part.html for part in parts],
    )
