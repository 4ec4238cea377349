"""`remnant culture change`: two plates of each patient compared, and patients pooled."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remnant.cli.console import Json, mendable, print_json, print_table, say
from remnant.cli.culture.words import number, ratio
from remnant.errors import Fault, SettingError

if TYPE_CHECKING:
    import polars as pl


@mendable
def change(
    plates: Annotated[
        Path, typer.Argument(metavar="PLATES.csv", help="Wells with a group or a sample_id for each plate.")
    ],
    pair: Annotated[
        list[str],
        typer.Option(metavar="BEFORE:AFTER", help="Two plates of one patient; once for each patient."),
    ],
    confidence: Annotated[
        float, typer.Option(min=0.5, max=0.9999, help="Coverage of intervals and bounds.")
    ] = 0.95,
    as_json: Json = False,
) -> None:
    """Compare two plates of each patient: the frequency, and the clone's part of it, after over before.

    Example: remnant culture change plates.csv --pair P1-d0:P1-d100 --pair P2-d0:P2-d90
    """
    from remnant.culture import read_plates
    from remnant.culture.change import Quantity, change_of_plates
    from remnant.culture.pooled import pool_changes

    table = read_plates(plates)
    names = [_names(text) for text in pair]
    wells = [(_plate(table, a, plates.name), _plate(table, b, plates.name)) for a, b in names]
    found = [
        change_of_plates(*both, names=name, confidence=confidence)
        for both, name in zip(wells, names, strict=True)
    ]
    pooled = {
        quantity.name.lower(): pool_changes(wells, of=quantity, confidence=confidence)
        if len(wells) > 1
        else None
        for quantity in Quantity
    }
    if as_json:
        print_json({"changes": found, "pooled": pooled})
        return
    kinds = [quantity.name.lower() for quantity in Quantity]
    rows = [(x.before, x.after, *(ratio(vars(getattr(x, kind))) for kind in kinds)) for x in found]
    header = ("before", "after", "frequency", "normal units", "units of the clone", "odds of the clone")
    note = f"Each after over before, with profile-likelihood limits at {100 * confidence:g} %."
    print_table("Change", header, rows, note=note)
    for kind, said in zip(kinds, ("Frequency", *header[3:]), strict=True):
        whole = pooled[kind]
        if whole is not None:
            signs = whole.signs
            say(
                f"{said[:1].upper()}{said[1:]}, {whole.patients} patients: mean ratio {number(whole.ratio)} "
                f"({number(whole.lower)} to {number(whole.upper)}), P(fall) {whole.probability_fall:.3f}; "
                f"sign test p {signs.p_two_sided:.3f}, at least {signs.smallest_p:.3f} with so many. "
                f"Assumed: {whole.prior}."
            )


def _names(text: str) -> tuple[str, str]:
    before, colon, after = text.partition(":")
    if not (before and colon and after):
        hint = "name two groups or samples, the earlier one first"
        raise SettingError([Fault("command line", None, "--pair", repr(text), "BEFORE:AFTER", hint)])
    return before.strip(), after.strip()


def _plate(table: pl.DataFrame, name: str, file: str) -> pl.DataFrame:
    """Return the wells of one plate, named as a group or as the one plate of a sample."""
    import polars as pl

    usable = table.filter((pl.col("wells_tested") > 0) & (pl.col("cells_per_well") > 0))
    found = usable.filter(pl.col("group") == name)
    if found.is_empty():
        found = usable.filter(pl.col("sample_id") == name)
    plates = found["group"].unique(maintain_order=True).to_list()
    if len(plates) != 1:
        known = ", ".join(usable["group"].unique(maintain_order=True).to_list()[:10])
        said = f"{name}, which is {'no plate' if not plates else 'several: ' + '; '.join(plates)}"
        raise SettingError([Fault(file, None, "--pair", said, "one plate", f"name one of: {known}")])
    return found
