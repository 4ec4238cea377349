"""What a slide, a plate or a karyotype says while it is typed, by the functions that the analysis uses.

Nothing is written. What cannot be judged yet says so: a preview has the four kinds of answer of a result.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from remnant.culture import Frequency, analyse_dilution, estimate_frequencies
from remnant.cytogenetics import ScoredClone, score_clones
from remnant.cytogenetics.fish.score import control_slides
from remnant.errors import Fault, RemnantError
from remnant.report import numbers, phrases
from remnant.service.iscn.answer import ReadLine, read_line
from remnant.service.iscn.lines import arguments
from remnant.stats.fractions.proportion import upper_bound
from remnant.study.cultures import DILUTION_PLATES
from remnant.study.cytogenetics import FISH
from remnant.study.estimate import Estimate, Evidence
from remnant.study.schema import LINE, TableSchema
from remnant.study.study import Study

CONFIDENCE = 0.95  # of the bound on a clone that no metaphase shows
WINDOW = 64  # letters of a karyotype shown around the place of an error


@dataclass(frozen=True)
class Said:
    """One answer of a preview.

    Parameters
    ----------
    name : str
        What it is about.
    answer : str
        In words.
    evidence : str
        Which of the four kinds of knowledge, or nothing for what is none.
    """

    name: str
    answer: str
    evidence: str = ""


@dataclass(frozen=True)
class Preview:
    """What is known of a row before it is saved.

    Parameters
    ----------
    answers : tuple of Said
        The most important first.
    remarks : tuple of str
        What a reader should know.
    faults : tuple of Fault
        Why it cannot be read, if it cannot.
    before, at, after : str
        Of a string that cannot be read: the letters before the place, at it, and behind it.
    """

    answers: tuple[Said, ...] = ()
    remarks: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    before: str = ""
    at: str = ""
    after: str = ""


def preview_slide(study: Study, values: Mapping[str, str], *, line: int | None = None) -> Preview:
    """Say what a slide shows of the clone, against the cut-off of the study's own controls for its nuclei.

    Parameters
    ----------
    study : Study
        With the controls, the other slides of the sample, and the choices of its analysis.
    values : Mapping of str to str
        The row as typed, by column of table fish; a nuc ish string in `iscn` stands for both counts.
    line : int, optional
        Line of the row that is being changed, which is then not counted beside itself.
    """
    typed, faults = _typed(FISH, [{"compartment": "?", "sample_id": "?"} | dict(values)])
    if faults:
        return Preview(faults=faults)
    row = typed.row(0, named=True)
    if row["probe"] is None or (
        row["iscn"] is None and None in (row["nuclei_scored"], row["nuclei_abnormal"])
    ):
        reason = "name the probe, and type both counts or a nuc ish string"
        return Preview((_said("Clone", Estimate.not_done(reason)),))
    others = study["fish"].filter(pl.col("sample_id") == row["sample_id"], pl.col("probe") == row["probe"])
    others = others.filter(pl.col(LINE) != (line or 0))
    own = pl.col("compartment") == row["compartment"]
    try:
        found = _scored(study, pl.concat([typed, others.filter(~own)]))
        together = _scored(study, pl.concat([typed, others])) if others.filter(own).height else None
    except RemnantError as error:
        return _marked(row["iscn"] or "", error.faults[0])
    answers = _slide(study, found)
    if together is not None:
        name = f"With {phrases.counted(together.estimate.slides - 1, 'slide')} saved before"
        answers.append(_said(name, together.estimate.fraction))
    return Preview(tuple(answers), (*found.estimate.remarks, f"assumed: {found.estimate.prior}"))


def _scored(study: Study, slides: pl.DataFrame) -> ScoredClone:
    choices = study.config.analysis
    return score_clones(
        slides,
        study["fish_controls"],
        cutoff=choices.cutoff,
        alpha=choices.cutoff_alpha,
        confidence=choices.confidence,
        priors=study.config.probe,
        roles={name: item.role for name, item in study.config.compartments.items()},
        file="form",
    )[0]


def _slide(study: Study, found: ScoredClone) -> list[Said]:
    clone = found.estimate
    counts = f"{clone.nuclei_abnormal:,} of {clone.nuclei_scored:,} nuclei abnormal"
    answers = [_said("Clone", clone.fraction), _said("As counted", clone.observed, counts)]
    if clone.cutoff_count is not None:
        controls = len(control_slides(study["fish_controls"], clone.probe, "normal"))
        slides = (
            f"{phrases.counted(controls, 'control slide')} of {clone.probe}"
            if controls
            else "no control slide"
        )
        reached = "reached" if clone.above_cutoff else "not reached"
        limit = f"{clone.cutoff_count:,} abnormal of {clone.nuclei_scored:,}: {reached}"
        answers.append(Said("Cut-off for so many nuclei", f"{limit} ({slides}; {clone.cutoff_method})"))
    if clone.purity is not None:
        answers.append(Said("Purity of the sort", numbers.percent(clone.purity)))
    if clone.worst_case_lower:
        name = f"If all impurity were {clone.contaminant or 'of the clone'}"
        answers.append(Said(name, f"at least {numbers.percent(clone.worst_case_lower)}"))
    return answers


def preview_plate(study: Study, rows: Sequence[Mapping[str, str]]) -> Preview:
    """Say the frequency that the doses of one plate give, and whether they fit single-hit kinetics.

    Parameters
    ----------
    study : Study
        For the confidence of its analysis.
    rows : sequence of Mapping of str to str
        One for each dose, as typed, by column of table dilution_plates; rows without a dose are passed over.
    """
    same = {"sample_id": "plate", "compartment": "stem", "assay": "LTC-IC"}
    doses = [dict(row) | same for row in rows if any(row.get(name, "").strip() for name in DOSE)]
    if not doses:
        return Preview((_said("Frequency", Estimate.not_done("type the wells of a dose")),))
    plate, faults = _typed(DILUTION_PLATES, doses)
    if faults or plate.select(DOSE).null_count().sum_horizontal().item():
        reason = "each dose needs its cells, wells tested and wells positive"
        return Preview((_said("Frequency", Estimate.not_evaluable(reason)),), faults=faults)
    confidence = study.config.analysis.confidence
    try:
        found = estimate_frequencies(plate, confidence=confidence, file="form")[0]
        assay = analyse_dilution(plate.with_columns(group=pl.lit("plate")), confidence=confidence)
    except RemnantError as error:
        return Preview(faults=error.faults)
    return Preview((*_frequencies(found), *_fit(found, assay.fit.p if assay.fit else None)), found.remarks)


DOSE = ("cells_per_well", "wells_tested", "wells_positive")


def _frequencies(found: Frequency) -> list[Said]:
    doses = phrases.counted(found.doses, "dose")
    wells = f"{found.wells_positive:,} of {found.wells_tested:,} wells positive, {doses}"
    answers = [_said("Frequency", found.all_cells, write=numbers.one_in), Said("Wells", wells)]
    if found.wells_typed:
        answers.append(_said("Normal", found.normal, write=numbers.one_in))
        answers.append(_said("Of the clone", found.clone, write=numbers.one_in))
        answers.append(_said("Clone among the units", found.clone_fraction))
    return answers


def _fit(found: Frequency, p: float | None) -> list[Said]:
    tests = found.single_hit
    if tests is None or (tests.slope is None and p is None):
        reason = "it takes two doses or more, not all alike"
        return [_said("Single-hit fit", Estimate.not_evaluable(reason))]
    said = []
    if tests.slope is not None and tests.lower is not None and tests.upper is not None:
        said.append(f"slope {tests.slope:.2f} ({tests.lower:.2f} to {tests.upper:.2f}; single-hit is 1)")
    if p is not None:
        said.append(f"goodness of fit {numbers.p_equals(p)}")
    return [Said("Single-hit fit", "; ".join(said))]


def read_iscn(study: Study | None, text: str) -> ReadLine:
    """Read a karyotype or an in situ result, for the clone of a study or for del(5q)."""
    marker, probe = (
        ("del(5q)", "EGR1") if study is None else (study.config.clone.marker, study.config.clone.probe)
    )
    return read_line(arguments([text.strip()])[0], abnormality=marker, probe=probe)


def preview_karyotype(study: Study | None, text: str) -> Preview:
    """Say the clones, abnormalities and cells of an ISCN string, its repairs, or the place of its error.

    Parameters
    ----------
    study : Study or None
        Whose clone is counted; the shipped one without it.
    text : str
        As typed.
    """
    if not text.strip():
        return Preview((_said("Karyotype", Estimate.not_done("type it as reported")),))
    try:
        one = read_iscn(study, text)
    except RemnantError as error:
        return Preview(faults=error.faults)
    if one.fault is not None:
        return _marked(one.line.text, one.fault, one.line.start)
    remarks = tuple(
        f"position {r.position}{f' {r.found!r}' if r.found else ''}: {r.reading}" for r in one.remarks
    )
    return Preview((*_cells(one), *_clones(one)), remarks)


def _marked(text: str, fault: Fault, start: int = 0) -> Preview:
    """Show the place of a fault that names a position in `text`."""
    digits = re.search(r"position (\d+)", fault.column)
    if digits is None:
        return Preview(faults=(fault,))
    place = min(int(digits[1]) - 1 + start, len(text))
    found = fault.found[1:-1] if fault.found[:1] in "'\"" else ""
    width = len(found) if found and text.startswith(found, place) else 1
    low, high = max(place - WINDOW // 2, 0), min(place + width, place + WINDOW // 2)
    after = text[high : high + WINDOW // 2] + (" …" if len(text) > high + WINDOW // 2 else "")
    return Preview(
        faults=(fault,), before=("… " if low else "") + text[low:place], at=text[place:high], after=after
    )


def _cells(one: ReadLine) -> list[Said]:
    counted = ((one.abnormality, one.cells, "cells"), (f"{one.probe} changed", one.nuclei, "nuclei"))
    answers = []
    for name, cells, of in counted:
        if cells is None:
            continue
        if cells.abnormal is None or cells.scored is None:
            answers.append(_said(name, Estimate.not_evaluable(f"no number of {of} is given")))
            continue
        sure = ", not certain" if cells.uncertain else ""
        counts = f"{cells.abnormal:,} of {cells.scored:,} {of}{sure}"
        if cells.abnormal == 0 and cells.scored:
            bound = float(upper_bound(0, cells.scored, confidence=CONFIDENCE))
            answers.append(_said(name, Estimate.not_detected(bound, confidence=CONFIDENCE), counts))
        else:
            answers.append(Said(name, counts, str(Evidence.DETECTED)))
    return answers


def _clones(one: ReadLine) -> list[Said]:
    answers = []
    for number, clone in enumerate(one.karyotype.clones if one.karyotype else (), 1):
        what = ", ".join(a.text for a in clone.abnormalities) or ("in words" if clone.nonclonal else "normal")
        cells = "cells not counted" if clone.cells is None else phrases.counted(clone.cells, "cell")
        answers.append(Said(f"Clone {number}", f"{what} · {cells}"))
    for pattern in one.in_situ.nuclei.patterns if one.in_situ and one.in_situ.nuclei else ():
        signals = ", ".join(str(signal) for signal in pattern.signals)
        cells = "" if pattern.cells is None else f" · {pattern.cells:,} of {pattern.scored or 0:,} nuclei"
        answers.append(Said("Pattern", f"{signals}{cells}"))
    if one.strict and one.strict != one.line.content:
        answers.append(Said("In strict spelling", one.strict))
    return answers


def _said(name: str, found: Estimate, counts: str = "", *, write: object = numbers.percent) -> Said:
    said = phrases.estimate(found, write)  # type: ignore[arg-type]
    return Said(name, f"{counts}, {said}" if counts else said, str(found.evidence))


def _typed(schema: TableSchema, rows: Sequence[Mapping[str, str]]) -> tuple[pl.DataFrame, tuple[Fault, ...]]:
    """Read rows as typed; what is missing is null and no fault, for more may follow."""
    names = [column.name for column in schema.columns]
    cells = {name: [row.get(name, "").strip() or None for row in rows] for name in names}
    text = pl.DataFrame(
        {LINE: range(1, len(rows) + 1)} | cells, schema={LINE: pl.Int64} | dict.fromkeys(names, pl.String)
    )
    table, faults = schema.check_rows(text, f"{schema.name}.csv")
    return table, tuple(fault for fault in faults if fault.found != "nothing")
