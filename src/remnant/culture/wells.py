"""The wells of a plate as they were scored, dose by dose, kept beside what was estimated from them."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from remnant.study.estimate import Source


@dataclass(frozen=True)
class PlateDose:
    """Wells that were seeded alike.

    Parameters
    ----------
    cells_per_well : float
        Dose.
    wells_tested, wells_positive : int
        Wells scored, and those with a colony.
    wells_normal_only, wells_clone_only, wells_both : int or None
        Positive wells by what grew in them; None where colonies were not typed.
    source : Source
        Where they were read.
    """

    cells_per_well: float
    wells_tested: int
    wells_positive: int
    wells_normal_only: int | None
    wells_clone_only: int | None
    wells_both: int | None
    source: Source


def plate_doses(plate: pl.DataFrame, file: str) -> tuple[PlateDose, ...]:
    """Return the rows of one plate of table `dilution_plates`, from the lowest dose up."""
    return tuple(
        PlateDose(
            float(row["cells_per_well"]),
            row["wells_tested"],
            row["wells_positive"],
            row["wells_normal_only"],
            row["wells_clone_only"],
            row["wells_both"],
            Source(file, row["line"]),
        )
        for row in plate.sort("cells_per_well", maintain_order=True).iter_rows(named=True)
    )
