"""Spectrum matrices of Gating-ML: dyes by detectors, or the unmixing matrix itself."""

from __future__ import annotations

import numpy as np

from remnant.cytometry.gatefiles import gatingml_fields as fields
from remnant.cytometry.gatefiles.xml_reader import Element
from remnant.cytometry.signal.compensate import SpilloverMatrix, check_spillover

Rows = tuple[tuple[float, ...], ...]


def read_matrix(element: Element) -> SpilloverMatrix:
    """Read a spectrum matrix.

    With `matrix-inverted-already` the file gives the matrix from detectors to dyes, one row per
    detector. Its pseudo-inverse is the spectrum matrix whose own pseudo-inverse it is, so that the
    record is of one kind.

    Raises
    ------
    GatingError
        If a name or a number is missing or odd.
    CompensationError
        If the matrix does not fit its names or cannot be undone.
    """
    fields.known(element, ("fluorochromes", "detectors", "spectrum"))
    fields.no_slips(element, ("id", "matrix-inverted-already"))
    detectors = [
        fields.attribute(c, "name") for c in fields.dimensions_of(fields.child(element, "detectors"))
    ]
    dyes = fields.channels(fields.child(element, "fluorochromes"))
    if not all(dyes):
        dyes = _named_by_detectors(element, dyes, detectors)
    rows = tuple(
        tuple(fields.number(value, "value") for value in row.children if value.name == "coefficient")
        for row in element.children
        if row.name == "spectrum"
    )
    if fields.truth(element, "matrix-inverted-already"):
        rows = _inverted_back(element, rows, len(detectors), len(dyes))
    matrix = SpilloverMatrix(tuple(dyes), tuple(detectors), rows)
    return check_spillover(matrix, element.source, f"spectrumMatrix {fields.identifier(element)}")


def _named_by_detectors(element: Element, dyes: list[str], detectors: list[str]) -> list[str]:
    """Some programs leave the names of the dyes blank; in a square matrix the detectors name them."""
    if len(dyes) != len(detectors):
        expected = "a name for every dye"
        raise fields.fault(element, "fluorochromes", "a blank name", expected, "name the dyes")
    return [dye or detector for dye, detector in zip(dyes, detectors, strict=True)]


def _inverted_back(element: Element, rows: Rows, detectors: int, dyes: int) -> Rows:
    if len(rows) != detectors or any(len(row) != dyes for row in rows):
        found = f"{len(rows)} rows of {', '.join(map(str, sorted({len(row) for row in rows})))}"
        expected = f"{detectors} rows of {dyes}, one row per detector, for it is inverted already"
        raise fields.fault(element, "spectrum", found, expected, "a number is missing")
    matrix = np.array(rows)
    spectra = np.linalg.inv(matrix) if _invertible(matrix) else np.linalg.pinv(matrix)
    return tuple(tuple(float(value) for value in row) for row in spectra)


def _invertible(matrix: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> bool:
    return matrix.shape[0] == matrix.shape[1] and np.linalg.matrix_rank(matrix) == len(matrix)
