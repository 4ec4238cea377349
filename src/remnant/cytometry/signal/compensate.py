"""Compensation: undo the spill of each dye into the other channels.

Measured = dyes @ S, so dyes = measured @ inverse(S), or least squares where detectors are more than dyes.
Only the channels that are needed are computed. A detector that no chain of spill connects with a dye has
weight zero, exactly and not up to rounding, and is not touched: NaN does not spread through it.

References
----------
Bagwell & Adams (1993) Ann N Y Acad Sci 677:167-184, doi:10.1111/j.1749-6632.1993.tb38775.x.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.fcs.file import EventFile
from remnant.cytometry.fcs.layout import number, whole
from remnant.errors import CompensationError, Fault, RemnantError

Floats = NDArray[np.float64]
KEYWORDS = ("$SPILLOVER", "SPILLOVER", "SPILL", "$SPILL")
WORST_CONDITION = 100.0  # beyond it 1 % of error in the matrix can double a value
_SINGULAR = 1e12
_ROUNDING = 1e-14  # of the largest entry: no spill, but what is left where a program inverted a matrix twice


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

    @property
    def inseparable(self) -> tuple[str, ...]:
        """The dyes that the matrix tells apart least: those of its weakest direction, worst first."""
        part = np.abs(np.linalg.svd(np.array(self.rows))[0][:, -1])
        order = [int(i) for i in np.argsort(-part, kind="stable") if part[i] >= part.max() / 2]
        return tuple(self.dyes[i] for i in order)

    @property
    def noise_growth(self) -> tuple[float, ...]:
        """Per dye, the noise after compensation where every detector has noise 1; 1 without spill."""
        return tuple(float(x) for x in np.linalg.norm(self.unmixing(), axis=0))

    def unmixing(self) -> Floats:
        """Return the weights of the detectors in each dye; shape (detectors, dyes)."""
        matrix = np.array(self.rows)
        square = matrix.shape[0] == matrix.shape[1]
        weights = np.linalg.inv(matrix) if square else np.linalg.pinv(matrix)
        return np.where(_connected(np.abs(matrix) > _ROUNDING * np.abs(matrix).max()), weights, 0.0)


def _connected(spills: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Say which detectors can have a weight in which dye; shape (detectors, dyes).

    The inverse of a matrix with a full diagonal has entries only along chains of its entries; those of
    least squares, M' (M M')^-1, run along chains of dyes that share a detector.
    """
    dyes, detectors = spills.shape
    if dyes < detectors:
        return spills.T @ _chains(spills @ spills.T)
    order = np.arange(dyes)
    if not spills.diagonal().all():  # rows in another order than columns
        from scipy.optimize import linear_sum_assignment

        order = linear_sum_assignment(~spills)[1]
    allowed = np.empty_like(spills)
    allowed[order] = _chains(spills[:, order])
    return allowed


def _chains(links: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Close a relation: i to j where a chain of links leads from i to j."""
    closed = links | np.eye(len(links), dtype=bool)
    while not np.array_equal(longer := closed @ closed, closed):
        closed = longer
    return closed


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
    if shape[0] > shape[1]:
        found, hint = (
            f"{shape[0]} dyes in {shape[1]} detectors",
            "leave dyes out, or rows and columns swapped?",
        )
        faults.append(Fault(source, None, where, found, "at most as many dyes as detectors", hint))
    elif any(len(row) != shape[1] for row in matrix.rows) or len(matrix.rows) != shape[0] or not matrix.rows:
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


def require_channels(matrix: SpilloverMatrix, file: EventFile) -> SpilloverMatrix:
    """Return `matrix` if all its dyes and detectors are channels of `file`, by `$PnN`.

    A dye under another name would be compensated under it, and its channel silently stay as stored.

    Raises
    ------
    CompensationError
        With every name that is no channel.
    """
    known = tuple(channel.name for channel in file.channels)
    hint = "name rows and columns by the channels of the file"
    faults = [
        Fault(file.path.name, None, "spillover matrix", name, ", ".join(known), hint)
        for name in dict.fromkeys((*matrix.dyes, *matrix.detectors))
        if name not in known
    ]
    if faults:
        raise CompensationError(faults)
    return matrix


def conditioning_warnings(matrix: SpilloverMatrix) -> tuple[str, ...]:
    """Say what makes a matrix risky to use; empty for a sound one.

    Warned of are a condition number above `WORST_CONDITION`, with the dyes behind it, and a dye of a
    square matrix whose own detector does not have 1, which changes the scale of its channel.
    """
    said = []
    if matrix.condition > WORST_CONDITION:
        blame = " and ".join(matrix.inseparable)
        said.append(
            f"condition number {matrix.condition:.0f} of the spillover matrix (above {WORST_CONDITION:.0f}): "
            f"{blame} are hardly told apart, so a small error of the matrix moves them far"
        )
    if set(matrix.dyes) == set(matrix.detectors):
        own = {
            dye: row[matrix.detectors.index(dye)] for dye, row in zip(matrix.dyes, matrix.rows, strict=True)
        }
        if off := [f"{dye} ({value:g})" for dye, value in own.items() if abs(value - 1) > 1e-6]:
            said.append(
                f"not 1 in its own detector: {', '.join(off)}; the scale of the channel changes by it"
            )
    return tuple(said)


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

    Examples
    --------
    >>> spill = SpilloverMatrix(("FITC-A", "PE-A"), ("FITC-A", "PE-A"), ((1.0, 0.2), (0.0, 1.0)))
    >>> stained = {"FITC-A": np.array([100.0]), "PE-A": np.array([25.0])}
    >>> compensate(stained, spill)["PE-A"].tolist()
    [5.0]
    """
    wanted = tuple(matrix.dyes if dyes is None else dyes)
    return {dye: compensate_one(columns.__getitem__, matrix, dye) for dye in wanted}


@lru_cache(maxsize=1024)
def weights_of(matrix: SpilloverMatrix, dye: str) -> tuple[tuple[str, float], ...]:
    """List the detectors that take part in a dye, each with its weight; the others are not touched."""
    weights = matrix.unmixing()[:, matrix.dyes.index(dye)]
    pairs = zip(matrix.detectors, weights.tolist(), strict=True)
    return tuple((name, weight) for name, weight in pairs if weight)


def compensate_one(column: Callable[[str], Floats], matrix: SpilloverMatrix, dye: str) -> Floats:
    """Compensate one channel, reading only the detectors that take part through `column`."""
    first, *others = weights_of(matrix, dye)
    dyed: Floats = first[1] * column(first[0])
    for name, weight in others:
        dyed += weight * column(name)
    return dyed
