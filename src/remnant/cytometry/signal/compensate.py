"""Compensation: undo the spill of each dye into the other channels.

Measured = dyes @ S, so dyes = measured @ inverse(S). Only the channels that are needed are
computed, and a channel that takes no part is not touched, so that NaN does not spread.

References
----------
Bagwell & Adams (1993) Ann N Y Acad Sci 677:167-184, doi:10.1111/j.1749-6632.1993.tb38775.x.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.fcs.file import EventFile
from remnant.cytometry.fcs.layout import number, whole
from remnant.errors import CompensationError, Fault, RemnantError

Floats = NDArray[np.float64]
KEYWORDS = ("$SPILLOVER", "SPILLOVER", "SPILL", "$SPILL")
WORST_CONDITION = 100.0  # beyond it 1 % of error in the matrix can double a value
_SINGULAR = 1e12


@dataclass(frozen=True)
class SpilloverMatrix:
    """What fraction of each dye is seen in each detector.

    Parameters
    ----------
    dyes : tuple of str
        One per row; for `$SPILLOVER` the same names as `detectors`.
    detectors : tuple of str
        Channels of the file, one per column; at least as many as dyes.
    rows : tuple of tuple of float
        The matrix, dyes by detectors.
    """

    dyes: tuple[str, ...]
    detectors: tuple[str, ...]
    rows: tuple[tuple[float, ...], ...]

    @property
    def condition(self) -> float:
        """Condition number: by how much a relative error can grow."""
        return float(np.linalg.cond(np.array(self.rows)))

    def unmixing(self) -> Floats:
        """Return the matrix from detectors to dyes: inverse, or least squares where they are more."""
        matrix = np.array(self.rows)
        return np.linalg.inv(matrix) if matrix.shape[0] == matrix.shape[1] else np.linalg.pinv(matrix)


def check_spillover(matrix: SpilloverMatrix, source: str, where: str) -> SpilloverMatrix:
    """Return `matrix` if it can be undone.

    Raises
    ------
    CompensationError
        If a name repeats, its shape does not fit its names, a value is not finite, or it is singular.
    """
    shape = (len(matrix.dyes), len(matrix.detectors))
    twice = {n for names in (matrix.dyes, matrix.detectors) for n in names if names.count(n) > 1}
    faults = [Fault(source, None, where, f"{n} twice", "each name once", "remove one") for n in sorted(twice)]
    if (
        any(len(row) != shape[1] for row in matrix.rows)
        or len(matrix.rows) != shape[0]
        or shape[0] > shape[1]
    ):
        found = f"{len(matrix.rows)} rows of {', '.join(map(str, sorted({len(r) for r in matrix.rows})))}"
        faults.append(
            Fault(source, None, where, found, f"{shape[0]} rows of {shape[1]}", "a number is missing")
        )
    else:
        for i, j in np.argwhere(~np.isfinite(np.array(matrix.rows))):
            place = f"{where}, row {matrix.dyes[i]}, column {matrix.detectors[j]}"
            faults.append(
                Fault(source, None, place, "no finite number", "a fraction", "compute the matrix again")
            )
        if not faults and matrix.condition > _SINGULAR:
            found = f"a matrix that cannot be inverted (condition {matrix.condition:.3g})"
            hint = "two dyes with the same spectrum? compute the matrix again"
            faults.append(Fault(source, None, where, found, "a matrix of full rank", hint))
    if faults:
        raise CompensationError(faults)
    return matrix


def read_spillover(file: EventFile) -> SpilloverMatrix | None:
    """Read the spillover matrix that a file carries; None if it has none.

    `$SPILLOVER` (FCS 3.1) or `SPILL` may name some of the channels only; the others stay as stored.
    Channels are named by `$PnN` or by their number.

    Raises
    ------
    CompensationError
        If it is cut short, names a channel that is not there, or cannot be inverted.
    """
    key = next((name for name in KEYWORDS if file.keywords.get(name, "").strip()), None)
    if key is None:
        _refuse_old_forms(file)
        return None
    parts = [part.strip() for part in file.keywords[key].split(",")]
    size = whole(parts[0])
    if size is None or size < 1 or len(parts) != 1 + size + size * size:
        n = size if size and size > 0 else "n"
        found = f"{len(parts) - 1} parts after {parts[0]!r}"
        hint = "a comma in a channel name, or a matrix cut short? compute it again"
        expected = f"{n} names, then {n} x {n} numbers"
        raise CompensationError([Fault(file.path.name, None, key, found, expected, hint)])
    names, faults = [], []
    for place, name in enumerate(parts[1 : size + 1], start=1):
        try:
            known = name in {channel.name for channel in file.channels}
            names.append(file.channel(name if known or whole(name) is None else int(name)).name)
        except RemnantError as error:
            hint = error.faults[0].hint
            found = f"channel {name!r} in row and column {place}"
            expected = "a channel of this file: " + ", ".join(c.name for c in file.channels)
            faults.append(Fault(file.path.name, None, key, found, expected, hint))
    values = [number(part) for part in parts[size + 1 :]]
    for place, value in enumerate(values):
        if value is None:
            row, column = parts[1 + place // size], parts[1 + place % size]
            where = f"{key}, row {row}, column {column}"
            found = repr(parts[size + 1 + place])
            faults.append(Fault(file.path.name, None, where, found, "a fraction", "compute the matrix again"))
    if faults:
        raise CompensationError(faults)
    numbers = np.array(values, dtype=float).reshape(size, size)
    rows = tuple(tuple(float(x) for x in row) for row in numbers)
    return check_spillover(SpilloverMatrix(tuple(names), tuple(names), rows), file.path.name, key)


def _refuse_old_forms(file: EventFile) -> None:
    """`$COMP` and `$DFCiTOj` do not name their channels: taking them as absent would leave spill in."""
    old = [key for key in file.keywords if key == "$COMP" or key.startswith("$DFC")]
    used = [key for key in old if any(number(part) != 0 for part in file.keywords[key].split(",")[-1:])]
    if used:
        hint = "give the matrix as $SPILLOVER: this older form does not name its channels"
        raise CompensationError(
            [Fault(file.path.name, None, used[0], file.keywords[used[0]][:40], "$SPILLOVER", hint)]
        )


def compensate(
    columns: Mapping[str, Floats], matrix: SpilloverMatrix, dyes: Iterable[str] | None = None
) -> dict[str, Floats]:
    """Compensate some channels.

    Parameters
    ----------
    columns : mapping of str to ndarray, shape (events,)
        Values of every detector of `matrix`.
    matrix : SpilloverMatrix
        As `check_spillover` passed it.
    dyes : iterable of str, optional
        Which to compute; all by default.

    Returns
    -------
    dict of str to ndarray, shape (events,)
        NaN only where a channel that takes part is NaN.
    """
    wanted = tuple(matrix.dyes if dyes is None else dyes)
    return {dye: compensate_one(columns.__getitem__, matrix, dye) for dye in wanted}


def weights_of(matrix: SpilloverMatrix, dye: str) -> list[tuple[str, float]]:
    """List the detectors that take part in a dye, each with its weight; the others are not touched."""
    weights = matrix.unmixing()[:, matrix.dyes.index(dye)]
    return [(name, float(weight)) for name, weight in zip(matrix.detectors, weights, strict=True) if weight]


def compensate_one(column: Callable[[str], Floats], matrix: SpilloverMatrix, dye: str) -> Floats:
    """Compensate one channel, reading only the detectors that take part through `column`."""
    first, *others = weights_of(matrix, dye)
    dyed: Floats = first[1] * column(first[0])
    for name, weight in others:
        dyed += weight * column(name)
    return dyed
