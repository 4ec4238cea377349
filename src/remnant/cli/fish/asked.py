"""What `remnant fish fraction` was asked: read from its options, with everything wrong said at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from remnant.cli.fish.arguments import (
    Reading,
    control_rows,
    known_method,
    nuclei_count,
    rate_or_count,
    read_rows,
    share,
    whole,
)
from remnant.errors import RemnantError
from remnant.service.plans.typed import COMMAND_LINE, k_of_n

if TYPE_CHECKING:
    import polars as pl

    from remnant.cytogenetics import ScoredClone
    from remnant.cytogenetics.fish.estimators import Given

ROLES = {"stem": "stem", "progenitor": "progenitor"}


@dataclass(frozen=True)
class Answered:
    """One compartment: the recommended answer, and every other by name."""

    scored: ScoredClone
    by_name: Mapping[str, object]


@dataclass(frozen=True)
class Question:
    """Slides, controls and rates as given.

    Parameters
    ----------
    slides, controls : DataFrame
        Tables fish and fish_controls.
    fp, fn : float, (int, int) or None
        Of the command line; None where controls or priors serve.
    above : tuple of float
        Fractions of which the probability to exceed them is wanted.
    method, file : str
        Cut-off method; name of the table for its faults.
    """

    slides: pl.DataFrame
    controls: pl.DataFrame
    fp: Given
    fn: Given
    above: tuple[float, ...]
    method: str
    file: str

    def answer(
        self, *, slide_correlation: float | None, alpha: float, confidence: float
    ) -> tuple[Answered, ...]:
        """Score every compartment; a contaminant given beside two counts is no answer of its own."""
        from remnant.cytogenetics import score_clones
        from remnant.study.config import Probe

        probes = self.slides["probe"].unique(maintain_order=True)
        prior = None if slide_correlation is None else Probe(slide_correlation=slide_correlation)
        scored = score_clones(
            self.slides,
            self.controls,
            cutoff=self.method,
            alpha=alpha,
            confidence=confidence,
            priors=None if prior is None else dict.fromkeys(probes, prior),
            roles=ROLES,
            file=self.file,
            false_positive=self.fp,
            false_negative=self.fn,
        )
        wanted = scored[:1] if self.file == COMMAND_LINE else scored
        return tuple(Answered(item, self._by_name(item, confidence)) for item in wanted)

    def _by_name(self, item: ScoredClone, confidence: float) -> dict[str, object]:
        from remnant.cytogenetics.fish.estimators import every_correction, every_interval

        k, n = item.slides.abnormal, item.slides.scored
        if n == 0 or item.posterior is None:
            return {"confidence": confidence, "reasons": {"all": "no nuclei scored"}}
        fp, fn = self._counted(item.slides.probe)
        likely = {f"{x:g}": item.posterior.probability_above(x) for x in self.above}
        corrected = every_correction(k, n, fp=fp, fn=fn, confidence=confidence, above=self.above)
        return every_interval(k, n, confidence=confidence) | corrected | {"prob_above": likely}

    def _counted(self, probe: str) -> tuple[Given, Given]:
        """Both rates: as given, else as the control slides have them, without any prior."""
        from remnant.cytogenetics.fish.score import control_slides

        rates: list[Given] = []
        for given, kind in ((self.fp, "normal"), (self.fn, "clone")):
            counts = control_slides(self.controls, probe, kind)
            n = sum(n for _, n in counts)
            k = sum(k for k, _ in counts)
            pooled = (k if kind == "normal" else n - k, n) if n else None
            rates.append(pooled if given is None else given)
        if all(rate is not None for rate in rates) and sum(map(_value, rates)) >= 1:
            reading = Reading()
            _refuse_rates(reading, *rates)
            reading.finish()
        return rates[0], rates[1]


def read_question(
    table: Path | None,
    *,
    counts: Mapping[str, str | None],
    rates: Mapping[str, str | None],
    control: list[str] | None,
    controls: Path | None,
    above: list[str] | None,
    method: str,
) -> Question:
    """Read every option.

    Raises
    ------
    SettingError
        With all that is wrong with them.
    """
    reading = Reading()
    readers = {"--abnormal": whole, "--nuclei": nuclei_count, "--purity": k_of_n, "--contaminant": k_of_n}
    numbers = {name: reading.of(readers[name], text, name) for name, text in counts.items()}
    fp, fn = (reading.of(rate_or_count, text, name) for name, text in rates.items())
    normal = [reading.of(k_of_n, text, "--control") for text in control or []]
    levels = [reading.of(share, text, "--above") for text in above or ["0.05"]]
    reading.of(known_method, method)
    if table is not None and any(text is not None for text in counts.values()):
        reading.refuse("FISH.csv", str(table), "a table or the counts, not both", "leave one of them out")
    if table is None:
        _check_counts(reading, counts, numbers)
    if fp is not None and (control or controls is not None):
        found = "--control" if control else "--controls"
        reading.refuse("--false-positive", found, "one source of the rate", f"leave out it or {found}")
    if control and controls is not None:
        reading.refuse("--control", str(controls), "slides or a table of them", "leave one of them out")
    if fp is not None and fn is not None and _value(fp) + _value(fn) >= 1:
        _refuse_rates(reading, fp, fn)
    slides, known = _tables(reading, table, controls, numbers)
    reading.finish()
    assert slides is not None, "refused above"
    if known is None:
        known = control_rows([slide for slide in normal if slide is not None], [], slides)
    file = COMMAND_LINE if table is None else table.name
    return Question(slides, known, fp, fn, tuple(x for x in levels if x is not None), method, file)


def _check_counts(reading: Reading, typed: Mapping[str, str | None], numbers: Mapping[str, object]) -> None:
    for name in ("--abnormal", "--nuclei"):
        if typed[name] is None:
            reading.refuse(name, "nothing", "a whole number", "give both counts, or a table")
    k, n = numbers["--abnormal"], numbers["--nuclei"]
    if isinstance(k, int) and isinstance(n, int) and k > n:
        reading.refuse("--abnormal", str(k), f"at most --nuclei {n}", "are the two swapped?")


def _refuse_rates(reading: Reading, fp: Given, fn: Given) -> None:
    reading.refuse(
        "--false-positive",
        f"{_value(fp):g} beside a false-negative rate of {_value(fn):g}",
        "two rates that add to less than 1",
        "a probe that errs so often says nothing of the clone: is one of them its complement?",
    )


def _value(rate: Given) -> float:
    return rate[0] / rate[1] if isinstance(rate, tuple) else rate or 0.0


def _tables(
    reading: Reading, table: Path | None, controls: Path | None, numbers: Mapping[str, object]
) -> tuple[pl.DataFrame | None, pl.DataFrame | None]:
    """Slides and, where they are in a file, controls; what is wrong with either file joins the rest."""
    slides = known = None
    try:
        slides = read_rows(table, "fish") if table is not None else _typed_slides(numbers)
    except RemnantError as error:
        reading.faults += error.faults
    if controls is not None:
        known = reading.of(read_rows, controls, "fish_controls")
    return slides, known


def _typed_slides(numbers: Mapping[str, object]) -> pl.DataFrame | None:
    import polars as pl

    from remnant.study.tables import FISH

    abnormal, scored = numbers["--abnormal"], numbers["--nuclei"]
    purity, contaminant = numbers["--purity"], numbers["--contaminant"]
    if abnormal is None or scored is None:
        return None
    row: dict[str, object] = {"line": None, "sample_id": "given", "compartment": "stem", "probe": "given"}
    rows = [row | {"nuclei_abnormal": abnormal, "nuclei_scored": scored}]
    if isinstance(purity, tuple):
        rows[0] |= {"purity_in_gate": purity[0], "purity_events": purity[1]}
    if isinstance(contaminant, tuple):
        k, n = contaminant
        rows.append(row | {"compartment": "progenitor", "nuclei_abnormal": k, "nuclei_scored": n})
    return pl.DataFrame(rows, schema={"line": pl.Int64} | {c.name: c.dtype for c in FISH.columns})
