"""Commands on nuclei: a clone fraction, a cut-off, two compartments compared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remnant.cli.console import Json, mendable, print_json, print_table, say
from remnant.errors import Fault, SettingError
from remnant.study.estimate import Estimate, Evidence

if TYPE_CHECKING:
    import polars as pl

    from remnant.cytogenetics import CloneFraction

fish = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Clone fractions, cut-offs and comparisons from nuclei.",
)

COMMAND_LINE = "command line"
Confidence = Annotated[float, typer.Option(min=0.5, max=0.9999, help="Coverage of intervals and bounds.")]
Alpha = Annotated[float, typer.Option(min=0.0001, max=0.2, help="False calls that the cut-off allows.")]
Method = Annotated[
    str,
    typer.Option(
        help="From controls to cut-off: beta-binomial, binomial, pooled-upper-limit, mean-plus-sd, betainv."
    ),
]
Controls = Annotated[
    Path | None,
    typer.Option("--controls", metavar="CONTROLS.csv", help="Control slides (table fish_controls)."),
]


@fish.command()
@mendable
def fraction(
    table: Annotated[
        Path | None,
        typer.Argument(metavar="[FISH.csv]", help="Scored slides (table fish), or give the two counts."),
    ] = None,
    abnormal: Annotated[int | None, typer.Option(min=0, help="Nuclei with the clone's pattern.")] = None,
    scored: Annotated[int | None, typer.Option(min=0, help="Nuclei scored.")] = None,
    control: Annotated[
        list[str] | None, typer.Option(metavar="K/N", help="A control slide; repeat it for each.")
    ] = None,
    controls: Controls = None,
    purity: Annotated[
        str | None, typer.Option(metavar="K/N", help="Re-run of the sort: K of N events inside the gate.")
    ] = None,
    contaminant: Annotated[
        str | None, typer.Option(metavar="K/N", help="Slide of the cells that contaminate the sort.")
    ] = None,
    method: Method = "beta-binomial",
    alpha: Alpha = 0.05,
    confidence: Confidence = 0.95,
    as_json: Json = False,
) -> None:
    """Estimate the clone fraction of a compartment, corrected for probe errors and sort purity.

    Example: remnant fish fraction --abnormal 12 --scored 40 --control 2/200 --control 1/200 --purity 190/200
    """
    from remnant.cytogenetics import score_clones

    slides = _one_slide(abnormal, scored, purity, contaminant) if table is None else _read(table, "fish")
    if table is not None and (abnormal, scored, purity, contaminant) != (None,) * 4:
        raise _setting("FISH.csv", str(table), "a table or the counts, not both", "leave one of them out")
    known = _controls(control, controls, slides)
    scores = score_clones(
        slides,
        known,
        cutoff=_method(method),
        alpha=alpha,
        confidence=confidence,
        roles={"stem": "stem", "progenitor": "progenitor"},
        file=COMMAND_LINE if table is None else table.name,
    )
    clones = [score.estimate for score in scores][: None if table else 1]  # the contaminant is no answer
    if as_json:
        print_json(clones)
        return
    rows = [
        (
            clone.sample_id,
            clone.compartment,
            f"{clone.nuclei_abnormal}/{clone.nuclei_scored}",
            _percent(clone.observed),
            _percent(clone.fraction),
            clone.cutoff_count,
            _worst(clone),
        )
        for clone in clones
    ]
    header = ("sample", "compartment", "abnormal", "observed", "clone", "cut-off", "worst case")
    print_table("Clone fraction", header, rows, note=f"Cut-off: {clones[0].cutoff_method}." if clones else "")
    for line in dict.fromkeys(clone.prior for clone in clones):
        say(f"Assumed: {line}.")


@fish.command()
@mendable
def cutoff(
    controls: Annotated[
        Path, typer.Argument(metavar="CONTROLS.csv", help="Control slides (table fish_controls).")
    ],
    nuclei: Annotated[
        list[int] | None, typer.Option(min=1, help="Nuclei that you scored; repeat it for more.")
    ] = None,
    alpha: Alpha = 0.05,
    as_json: Json = False,
) -> None:
    """Say how many abnormal nuclei call a slide abnormal, by every method, for your own number of nuclei.

    Example: remnant fish cutoff fish_controls.csv --nuclei 20 --nuclei 200
    """
    from remnant.cytogenetics import CutoffMethod, make_cutoff

    slides = _read(controls, "fish_controls")
    numbers = nuclei or [10, 20, 50, 100, 200, 500]
    answers = []
    for (probe,), rows in slides.group_by("probe", maintain_order=True):
        counts = rows.select("nuclei_abnormal", "nuclei_scored").rows()
        for method in CutoffMethod:
            made = make_cutoff(counts, method=method, alpha=alpha)
            fewest = {number: made.count_for(number) for number in numbers}
            answers.append((str(probe), method, len(counts), fewest))
    if as_json:
        names = ("probe", "method", "controls", "counts")
        cutoffs = [dict(zip(names, answer, strict=True)) for answer in answers]
        print_json({"alpha": alpha, "cutoffs": cutoffs})
        return
    header = ("probe", "method", "controls", *(f"of {number}" for number in numbers))
    lines = [(probe, method, count, *fewest.values()) for probe, method, count, fewest in answers]
    note = "Fewest abnormal nuclei called abnormal; beta-binomial holds its error rate at every number."
    print_table(f"Cut-offs at {alpha:.3g} false calls", header, lines, note=note)


@fish.command()
@mendable
def compare(
    table: Annotated[Path, typer.Argument(metavar="FISH.csv", help="Scored slides (table fish).")],
    controls: Controls = None,
    stem: Annotated[str, typer.Option(help="Name of the stem compartment.")] = "stem",
    progenitor: Annotated[str, typer.Option(help="Name of the progenitor compartment.")] = "progenitor",
    alpha: Alpha = 0.05,
    confidence: Confidence = 0.95,
    as_json: Json = False,
) -> None:
    """Compare stem with progenitor compartment of each sample, to see whether stem cells are spared.

    Example: remnant fish compare fish.csv --controls fish_controls.csv
    """
    from remnant.cytogenetics import compare_pair, score_clones

    slides = _read(table, "fish")
    roles = {stem: "stem", progenitor: "progenitor"}
    known = _controls(None, controls, slides)
    scored = score_clones(slides, known, alpha=alpha, confidence=confidence, roles=roles, file=table.name)
    place = {(s.slides.sample_id, s.slides.probe, s.slides.compartment): s for s in scored}
    pairs = [
        compare_pair(item, place[sample, probe, progenitor], confidence=confidence).comparison
        for (sample, probe, compartment), item in place.items()
        if compartment == stem and (sample, probe, progenitor) in place
    ]
    if not pairs:
        named = ", ".join(dict.fromkeys(s.slides.compartment for s in scored))
        raise _setting(
            table.name,
            named or "no slides",
            f"one sample with {stem} and {progenitor}",
            "set --stem and --progenitor",
        )
    if as_json:
        print_json(pairs)
        return
    rows = [
        (
            pair.sample_id,
            pair.probe,
            _log_odds(pair.log_odds),
            None if pair.probability is None else f"{pair.probability:.3f}",
            None if pair.exact_p is None else f"{pair.exact_p:.2g}",
        )
        for pair in pairs
    ]
    header = ("sample", "probe", f"log odds, {stem} against {progenitor}", "P(spared)", "exact p")
    note = (
        "P(spared): posterior probability that the stem fraction is larger, probe errors and purity carried."
    )
    print_table("Stem against progenitor compartment", header, rows, note=note)


def _read(path: Path, name: str) -> pl.DataFrame:
    from remnant.study.read import read_table
    from remnant.study.tables import TABLES

    given = {"sample_id": path.stem} if name == "fish" else {}
    return read_table(path, TABLES[name], given=given)


def _one_slide(
    abnormal: int | None, scored: int | None, purity: str | None, contaminant: str | None
) -> pl.DataFrame:
    import polars as pl

    from remnant.study.tables import FISH

    if abnormal is None or scored is None:
        missing = "--abnormal" if abnormal is None else "--scored"
        raise _setting(missing, "nothing", "a whole number from 0", "give both counts, or a table")
    if abnormal > scored:
        raise _setting("--abnormal", str(abnormal), f"at most --scored {scored}", "are the two swapped?")
    row: dict[str, object] = {"line": None, "sample_id": "given", "compartment": "stem", "probe": "given"}
    rows = [row | {"nuclei_abnormal": abnormal, "nuclei_scored": scored}]
    if purity is not None:
        inside, events = _k_of_n(purity, "--purity")
        rows[0] |= {"purity_in_gate": inside, "purity_events": events}
    if contaminant is not None:
        k, n = _k_of_n(contaminant, "--contaminant")
        rows.append(row | {"compartment": "progenitor", "nuclei_abnormal": k, "nuclei_scored": n})
    return pl.DataFrame(rows, schema={"line": pl.Int64} | {c.name: c.dtype for c in FISH.columns})


def _controls(given: list[str] | None, path: Path | None, slides: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    from remnant.study.tables import FISH_CONTROLS

    if path is not None:
        return _read(path, "fish_controls")
    probe = slides["probe"][0] if slides.height else ""
    rows = []
    for number, text in enumerate(given or []):
        k, n = _k_of_n(text, "--control")
        rows.append({"probe": probe, "control_id": str(number), "nuclei_scored": n, "nuclei_abnormal": k})
    types = {"line": pl.Int64} | {column.name: column.dtype for column in FISH_CONTROLS.columns}
    return pl.DataFrame(rows, schema=types)


def _k_of_n(text: str, option: str) -> tuple[int, int]:
    parts = text.split("/")
    if len(parts) == 2 and all(part.strip().isdecimal() for part in parts):
        k, n = (int(part) for part in parts)
        if k <= n and n > 0:
            return k, n
    raise _setting(option, repr(text), "K/N, whole numbers with K at most N", "write it as 2/200")


def _method(text: str) -> str:
    from remnant.cytogenetics import CutoffMethod

    if text not in list(CutoffMethod):
        raise _setting("--method", repr(text), " or ".join(CutoffMethod), "choose one of them")
    return text


def _setting(option: str, found: str, expected: str, hint: str) -> SettingError:
    return SettingError([Fault(COMMAND_LINE, None, option, found, expected, hint)])


def _percent(estimate: Estimate) -> str:
    if estimate.evidence is Evidence.DETECTED:
        value, low, high = (100 * (x or 0.0) for x in (estimate.value, estimate.lower, estimate.upper))
        return f"{value:.3g} % ({low:.3g} to {high:.3g})"
    if estimate.evidence is Evidence.NOT_DETECTED:
        return f"not detected, below {100 * (estimate.upper or 0.0):.2g} %"
    return f"{estimate.evidence}: {estimate.reason}"


def _log_odds(estimate: Estimate) -> str:
    if estimate.evidence is not Evidence.DETECTED:
        return f"{estimate.evidence}: {estimate.reason}"
    return f"{estimate.value:+.2f} ({estimate.lower:+.2f} to {estimate.upper:+.2f})"


def _worst(clone: CloneFraction) -> str | None:
    return None if clone.worst_case_lower is None else f"at least {100 * clone.worst_case_lower:.2g} %"
