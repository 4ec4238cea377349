"""The spillover matrix of one sample of a FlowJo workspace, and the names of compensated channels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from remnant.cytometry.gatefiles import gatingml_fields as fields
from remnant.cytometry.gatefiles.xml_reader import Element
from remnant.cytometry.gates.gate import FROM_FILE, UNCOMPENSATED
from remnant.cytometry.signal.compensate import SpilloverMatrix, check_spillover


@dataclass(frozen=True)
class Spillover:
    """The matrix of a sample, with what FlowJo adds to the names of compensated parameters."""

    name: str
    prefix: str
    suffix: str
    matrix: SpilloverMatrix

    def stripped(self, parameter: str) -> str | None:
        """Return the channel of a compensated parameter; None if it is not one."""
        if not (parameter.startswith(self.prefix) and parameter.endswith(self.suffix)):
            return None
        name = parameter[len(self.prefix) : len(parameter) - len(self.suffix)]
        return name if name in self.matrix.dyes else None

    def renamed(self, names: Mapping[str, str]) -> Spillover:
        """Return the matrix over the channels as the file names them."""
        dyes, detectors = (
            tuple(names.get(n, n) for n in group) for group in (self.matrix.dyes, self.matrix.detectors)
        )
        return replace(self, matrix=replace(self.matrix, dyes=dyes, detectors=detectors))


def read_spillover_matrix(sample: Element) -> Spillover | None:
    """Read the matrix of a sample; None if it has none.

    Raises
    ------
    GatingError
        If there are several, or a number or name is missing.
    CompensationError
        If it cannot be undone.
    """
    found = [child for child in sample.children if child.name == "spilloverMatrix"]
    if not found:
        return None
    if len(found) > 1:
        raise fields.fault(
            found[1], "spilloverMatrix", f"{len(found)} matrices", "one per sample", "remove one"
        )
    element = found[0]
    method = element.attributes.get("weightOptAlgorithmType", "OLS")
    if element.attributes.get("spectral") == "1" and method != "OLS":
        raise fields.fault(
            element, "weightOptAlgorithmType", method, "OLS", "unmix by least squares in FlowJo"
        )
    rows = [_read_row(row) for row in element.children if row.name == "spillover"]
    detectors = tuple(rows[0]) if rows else ()
    for row, line in zip(rows, (c for c in element.children if c.name == "spillover"), strict=True):
        if set(row) != set(detectors):
            raise fields.fault(
                line, "spillover", f"{len(row)} detectors", ", ".join(detectors), "one is missing"
            )
    parameters = [c for c in element.children if c.name == "parameters"]
    dyes = [
        fields.attribute(p, "name") for group in parameters for p in group.children if p.name == "parameter"
    ]
    named = [row.attributes.get("parameter", "") for row in element.children if row.name == "spillover"]
    names = named if all(named) else dyes
    values = tuple(tuple(row[detector] for detector in detectors) for row in rows)
    matrix = SpilloverMatrix(tuple(names), detectors, values)
    name = element.attributes.get("name", "").strip() or "spillover"
    check_spillover(matrix, element.source, f"spilloverMatrix {name}")
    own = name if name not in (FROM_FILE, UNCOMPENSATED) else f"{name} of the workspace"
    prefix, suffix = (element.attributes.get(key, "") for key in ("prefix", "suffix"))
    return Spillover(own, prefix, suffix, matrix)


def _read_row(row: Element) -> dict[str, float]:
    values: dict[str, float] = {}
    for coefficient in (c for c in row.children if c.name == "coefficient"):
        detector = fields.attribute(coefficient, "parameter")
        if detector in values:
            raise fields.fault(
                coefficient, "coefficient", f"{detector} twice", "each detector once", "remove one"
            )
        values[detector] = fields.number(coefficient, "value")
    return values
