"""The report as files: one page that holds everything, or a page of the study and one of each patient.

Each needs nothing else, now or in ten years: no network, and no server. Split, it is

    report.html                     the study
    report/patient-001.html         each patient, by number: a name belongs in no path
    report/report.css, report.js, charts.js    what they share
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Literal

from remnant.analysis.findings import Findings
from remnant.analysis.one_patient import of_patients
from remnant.errors import Fault, SettingError
from remnant.report.charts import together
from remnant.report.frame import Link, framed
from remnant.report.offline import Outfit, alone, beside, shared_files
from remnant.report.overview import standings
from remnant.report.parts import Part, methods_part, packed_drawers, patient_part, study_part
from remnant.scale import Executor, Serial

Pages = Literal["one", "split", "auto"]
MANY = 8  # patients that one page holds unless asked: each adds 120 KB to what must be read at once
STUDY = (Link("Verdict", "#verdict"), Link("Cohort", "#cohort"), Link("Statements tested", "#statements"))
HOW = (Link("Methods", "#methods"), Link("Words used", "#words"), Link("Where it comes from", "#origin"))
OURS = re.compile(r"patient-\d+\.html")


def write_report(
    findings: Findings, destination: Path, *, pages: Pages = "auto", executor: Executor | None = None
) -> list[Path]:
    """Write everything that was found as offline HTML.

    A page asks nothing of any network, and says so to the browser. What the study's files hold is shown
    as text whatever it looks like.

    Parameters
    ----------
    findings : Findings
        Everything that was found.
    destination : Path
        The file to write; its folder is made. Pages of patients go into a folder of its name beside it.
    pages : {"auto", "one", "split"}
        One page that holds everything, or one of the study and one of each patient; by default the latter
        from nine patients on.
    executor : Executor or None
        Who writes the pages of the patients; by default this process.

    Returns
    -------
    list of Path
        The files written, `destination` first.
    """
    destination.parent.mkdir(parents=True, exist_ok=True)
    folder = (
        destination.with_suffix("")
        if destination.suffix
        else destination.with_name(f"{destination.name}.pages")
    )
    _clear(folder)
    if pages == "one" or (pages == "auto" and len(findings.timelines) <= MANY):
        destination.write_text(render(findings), encoding="utf-8")
        return [destination]
    return _split(findings, destination, folder, executor or Serial())


def render(findings: Findings) -> str:
    """Return the page that holds everything as text."""
    each = of_patients(findings)
    patients = [patient_part(mine, number, alone=False) for number, mine in enumerate(each, 1)]
    parts = [study_part(findings), *patients, methods_part(findings)]
    links = tuple(
        Link(one.name, f"#patient-{number}", one.state, one.letter, find=True)
        for number, one in enumerate(standings(findings), 1)
    )
    contents = [("Study", STUDY), *([("Patients", links)] if links else []), ("How", HOW)]
    return _page(parts, findings.plan.study.title, contents, alone())


def write_patient(findings: Findings, name: str, destination: Path) -> Path:
    """Write a page of one patient that needs nothing else.

    Parameters
    ----------
    findings : Findings
        Everything that was found.
    name : str
        As the study calls the patient.
    destination : Path
        The file to write; its folder is made.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    SettingError
        If the study has no such patient.
    """
    names = [timeline.patient_id for timeline in findings.timelines]
    if name not in names:
        near = get_close_matches(name, names, 1)
        hint = f"did you mean {near[0]}?" if near else f"the study has {len(names)}"
        raise SettingError([Fault("--patient", None, "", name, "a patient of the study", hint)])
    destination.parent.mkdir(parents=True, exist_ok=True)
    destination.write_text(render_patient(findings, names.index(name) + 1), encoding="utf-8")
    return destination


def render_patient(findings: Findings, number: int) -> str:
    """Return a page of one patient that needs nothing else.

    Parameters
    ----------
    findings : Findings
        Everything that was found.
    number : int
        From 1 on, in the order of the study's patients.
    """
    return _patient_page(of_patients(findings)[number - 1], number, alone())


def _split(findings: Findings, destination: Path, folder: Path, executor: Executor) -> list[Path]:
    folder.mkdir(exist_ok=True)
    shared = [folder / name for name in shared_files()]
    for path, text in zip(shared, shared_files().values(), strict=True):
        path.write_text(text, encoding="utf-8")
    everybody = standings(findings)
    names = [f"patient-{n:0{max(3, len(str(len(everybody))))}d}.html" for n in range(1, len(everybody) + 1)]
    around = [(names[n - 1] if n else "", "".join(names[n + 1 : n + 2])) for n in range(len(names))]
    jobs = list(zip(of_patients(findings), range(1, len(names) + 1), around, names, strict=True))
    write = partial(_write_patient, folder=folder, home=f"../{destination.name}")
    parts = [study_part(findings, links=lambda n: f"{folder.name}/{names[n - 1]}"), methods_part(findings)]
    page = _page(
        parts, findings.plan.study.title, [("Study", STUDY), ("How", HOW)], beside(f"{folder.name}/")
    )
    destination.write_text(page, encoding="utf-8")
    return [destination, *shared, *executor.map(write, jobs)]


def _write_patient(job: tuple[Findings, int, tuple[str, str], str], *, folder: Path, home: str) -> Path:
    findings, number, (before, after), name = job
    ways = [Link("The study", home)]
    ways += [Link("Patient before", before)] if before else []
    ways += [Link("Patient after", after)] if after else []
    path = folder / name
    path.write_text(_patient_page(findings, number, beside(""), ways), encoding="utf-8")
    return path


def _patient_page(findings: Findings, number: int, outfit: Outfit, ways: list[Link] | None = None) -> str:
    part = patient_part(findings, number)
    name, slug = findings.timelines[number - 1].patient_id, f"patient-{number}"
    headings = re.findall(r'<h2 id="([^"]+)" class="part">([^<]+)</h2>', part.html)
    links = (Link("Verdict", f"#{slug}"), *(Link(words, f"#{place}") for place, words in headings))
    contents = [*([("Study", tuple(ways))] if ways else []), ("On this page", links)]
    return _page([part], f"Patient {name}", contents, outfit, slug)


def _page(
    parts: list[Part],
    title: str,
    contents: list[tuple[str, tuple[Link, ...]]],
    outfit: Outfit,
    start: str = "verdict",
) -> str:
    return framed(
        "page.html.j2",
        outfit=outfit,
        title=title,
        skip=(start, "verdict"),
        packages=[*together(part.album for part in parts), *packed_drawers(parts)],
        contents=contents,
        bodies=[part.html for part in parts],
    )


def _clear(folder: Path) -> None:
    """Remove the pages of an earlier report: they may be of patients who are no longer there."""
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        if OURS.fullmatch(path.name) or path.name in shared_files():
            path.unlink()
    if not any(folder.iterdir()):
        folder.rmdir()
