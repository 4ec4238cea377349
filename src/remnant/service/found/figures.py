"""Figures as files: SVG, PNG and PDF without a browser, and the data behind each as CSV; made once.

A file of a figure has a name without any patient's: an address lands in logs. `course_3` is the course of the
third patient of patients.csv, `gates_3_2` the gates of that patient's second tube.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from remnant.analysis.findings import Findings
from remnant.errors import Fault, NotHere
from remnant.service.found import slices
from remnant.service.found.findings import Standing
from remnant.service.found.pages import kept
from remnant.service.texts.spreadsheet import csv_bytes
from remnant.store.house import Store
from remnant.study.faults import suggest

Kind = Literal["svg", "png", "pdf", "csv"]
MEDIA: dict[str, str] = {
    "svg": "image/svg+xml",
    "png": "image/png",
    "pdf": "application/pdf",
    "csv": "text/csv; charset=utf-8",
}
OF_PATIENT = ("course", "forecast", "clone", "karyotypes", "functional", "plates", "quiescence", "gates")
TITLES = {
    "cohort": "All patients",
    "paired": "Clone fraction, stem cells and progenitors",
    "pooled": "Odds ratio, stem against progenitor",
    "swimmer": "Events and the visits that frame them",
    "forecasts": "Forecast of relapse",
    "course": "Course",
    "forecast": "Course and forecast",
    "clone": "The clone over time",
    "karyotypes": "Karyotypes",
    "functional": "Stem cells that work",
    "plates": "Plates",
    "quiescence": "Quiescence",
    "gates": "Gates",
}
LIST = "list"


@dataclass(frozen=True)
class FigureName:
    """A figure that there is.

    Parameters
    ----------
    name, title : str
        In an address; on a page.
    patient : int or None
        Number of the patient; None of a figure of the study.
    """

    name: str
    title: str
    patient: int | None = None


def name_on_page(key: str, group: str, number: int | None, tubes: list[str]) -> str:
    """Return the name of the files of a chart that a page of the report shows; nothing where it has none.

    Parameters
    ----------
    key, group : str
        The chart, as the page's album has it.
    number : int or None
        Of the patient whose page it is.
    tubes : list of str
        Keys of the gates on the page, in order.
    """
    if number is None:
        return safe({"forest": "pooled"}.get(key, key.replace("-", "_", 1)))
    if key in tubes:
        return f"gates_{number}_{tubes.index(key) + 1}"
    kind = "forecast" if group == "forecasts" else key
    return f"{kind}_{number}" if kind in OF_PATIENT else ""


def safe(name: str) -> str:
    """Return a name as an address can hold it.

    Examples
    --------
    >>> safe("interval_stem-cell recurrence")
    'interval_stem-cell_recurrence'
    """
    return re.sub(r"[^A-Za-z0-9-]+", "_", name).strip("_")[:80]


def study_specs(findings: Findings) -> dict[str, str | bytes]:
    """Return the specifications of the figures of a study, by name, and the list of them."""
    from remnant.figures.export import charts

    found: list[tuple[str, Any]] = []
    for name, chart in charts(findings):
        if name.startswith(("course_", "gates_")):
            break  # from here on each is of one patient
        found.append((safe(name), chart))
    return _specs(found)


def patient_specs(findings: Findings, number: int) -> dict[str, str | bytes]:
    """Return the same of the one patient of these findings."""
    return _specs(list(_own(findings, number)))


def _own(findings: Findings, number: int) -> Iterator[tuple[str, Any]]:
    from remnant.figures.export import charts

    who, tube, reached = findings.timelines[0].patient_id, 0, False
    for name, chart in charts(findings):
        kind = name.partition("_")[0]
        reached = reached or kind in ("course", "gates")
        if kind == "gates":
            tube += 1
            yield f"gates_{number}_{tube}", chart
        elif reached and kind in OF_PATIENT and name == f"{kind}_{who}":
            yield f"{kind}_{number}", chart


def _specs(found: list[tuple[str, Any]]) -> dict[str, str | bytes]:
    from remnant.figures.export import on_paper
    from remnant.figures.theme import specification

    texts: dict[str, str | bytes] = {
        name: json.dumps(on_paper(specification(chart))) for name, chart in found
    }
    return texts | {LIST: json.dumps([name for name, _ in found])}


def names(store: Store, at: Standing, number: int | None = None) -> tuple[FigureName, ...]:
    """List the figures of a study, or of one patient; NotHere if there is no such patient."""
    listed = _spec(store, at, number, LIST)
    return tuple(FigureName(name, _title(name), number) for name in json.loads(listed or b"[]"))


def _title(name: str) -> str:
    kind, _, rest = name.partition("_")
    if kind in TITLES:
        tube = rest.partition("_")[2]
        return f"{TITLES[kind]}, tube {tube}" if kind == "gates" else TITLES[kind]
    what = {"freedom": "Freedom from return", "interval": "Time to", "incidence": "Cumulative incidence"}
    return f"{what.get(kind, kind)}: {rest.replace('_', ' ')}"


def figure_file(store: Store, at: Standing, name: str, kind: Kind) -> bytes:
    """Return a figure as a file.

    Parameters
    ----------
    store, at : Store, Standing
        The study, analysed and cut (`slices.prepared`).
    name : str
        As `names` lists it.
    kind : {"svg", "png", "pdf", "csv"}
        The file; a CSV holds every table behind the figure, each row with the name of its table.

    Raises
    ------
    NotHere
        If there is no such figure, with the nearest name.
    """
    number = _number(name)
    spec = _spec(store, at, number, name) if name != LIST else None
    if spec is None:
        known = [one.name for one in names(store, at, number)]
        hint = suggest(name, known, "the page of results lists them")
        raise NotHere([Fault(at.record.slug, None, "figure", name[:80], "a figure of this study", hint)])
    piece = kept(store, f"{_key(at, number)}\0{name}\0{kind}", "file", lambda: {"file": _made(spec, kind)})
    assert piece is not None, "it was just made"
    return piece.text


def _number(name: str) -> int | None:
    found = re.fullmatch(rf"(?:{'|'.join(OF_PATIENT)})_(\d{{1,8}})(?:_\d{{1,6}})?", name)
    return None if found is None else int(found.group(1))


def _spec(store: Store, at: Standing, number: int | None, name: str) -> bytes | None:
    if number is None:
        piece = kept(store, _key(at, None), name, lambda: study_specs(slices.whole_of(store, at)))
    else:
        slices.check_number(store, at, number)
        own = number
        piece = kept(
            store, _key(at, own), name, lambda: patient_specs(slices.findings_of_patient(store, at, own), own)
        )
    return None if piece is None else piece.text


def _key(at: Standing, number: int | None) -> str:
    return study_key(at) if number is None else f"{at.key}\0figures\0{number}"


def study_key(at: Standing) -> str:
    """Name all that the figures of a study depend on but the program."""
    return f"{at.key}\0figures\0study"


def _made(spec: bytes, kind: Kind) -> bytes:
    import vl_convert

    from remnant.figures.export import PIXELS_PER_INCH, still

    whole = json.loads(spec)
    if kind == "csv":
        return _csv(whole["datasets"])
    drawing: str = vl_convert.vegalite_to_svg(still(whole))
    if kind == "svg":
        return drawing.encode()
    if kind == "png":
        return bytes(vl_convert.svg_to_png(drawing, ppi=PIXELS_PER_INCH))
    return bytes(vl_convert.svg_to_pdf(drawing))


def _csv(tables: dict[str, list[dict[str, Any]]]) -> bytes:
    full = {name: rows for name, rows in tables.items() if rows}
    fields = list(dict.fromkeys(key for rows in full.values() for row in rows for key in row))
    lines = [[name, *(row.get(key) for key in fields)] for name, rows in full.items() for row in rows]
    return csv_bytes(["table", *fields], lines)
