"""One door for files of gates: Gating-ML 2.0 or a FlowJo workspace, told apart by what they hold."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from remnant.cytometry.fcs.file import EventFile
from remnant.cytometry.gatefiles.cut_notes import REMNANT
from remnant.cytometry.gatefiles.flowjo import PASSED_OVER, read_workspace
from remnant.cytometry.gatefiles.gatingml import read_gating_ml
from remnant.cytometry.gatefiles.xml_reader import MAXIMUM_BYTES, Element, read_xml
from remnant.cytometry.gates.gate import GateTree
from remnant.errors import Fault, GatingError, SettingError

_KINDS = "<Gating-ML> of version 2.0 or the <Workspace> of FlowJo 10"


def read_gates(path: Path, *, tube: EventFile | None = None, sample: str | None = None) -> GateTree:
    """Read gates from Gating-ML 2.0 or from a FlowJo workspace.

    Parameters
    ----------
    path : Path
        The file. What it names is never opened.
    tube : EventFile, optional
        The tube to gate: a workspace holds gates for each of its samples, and this finds the one.
    sample : str, optional
        Name of the sample in the workspace, where the tube does not tell.

    Returns
    -------
    GateTree
        What could be read; the rest stands in `broken`, with line and reason.

    Raises
    ------
    GatingError
        If the file is not XML, declares a DOCTYPE, is beyond the limits, is of another kind, repeats
        an id, refers to a gate that is not there, or has gates that descend from themselves; or if it
        is not known which sample of a workspace is meant.
    SettingError
        If `sample` is given for a file without samples.
    """
    path = Path(path)
    if (size := path.stat().st_size) > MAXIMUM_BYTES:
        expected = f"{MAXIMUM_BYTES:,} at most"
        raise GatingError(
            [Fault(path.name, None, "size", f"{size:,} bytes", expected, "is this a gate file?")]
        )
    raw = path.read_bytes()
    # What others keep in custom information is not looked at; what remnant keeps there says who moved a cut.
    skip = PASSED_OVER - {"custom_info"} if REMNANT.encode() in raw else PASSED_OVER
    with _no_collection():
        return _read(read_xml(raw, path.name, skip=skip), tube, sample)


def has_samples(path: Path) -> bool:
    """Whether a file of gates is a workspace, whose gates depend on the tube that they are for."""
    with Path(path).open("rb") as stream:
        return b"<Workspace" in stream.read(1 << 16)


def _read(root: Element, tube: EventFile | None, sample: str | None) -> GateTree:
    if root.name == "Workspace":
        return read_workspace(root, tube=tube, sample=sample)
    if root.name != "Gating-ML":
        raise GatingError([_other_kind(root)])
    if sample is not None:
        hint = "leave it out: only a workspace has samples"
        raise SettingError([Fault("command line", None, "--sample", sample, "a FlowJo workspace", hint)])
    return read_gating_ml(root)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Put off the search for cycles: a file makes none, and half the time would go into looking."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _other_kind(root: Element) -> Fault:
    hint = "export the gates as Gating-ML 2.0"
    if root.name == "bdfacs":
        hint = "a FACSDiva experiment: open it in FlowJo and save a workspace, or export Gating-ML 2.0"
    elif root.name.endswith("}Gating-ML"):
        hint = "another version of Gating-ML: export it as 2.0"
    return Fault(root.source, root.line, "", f"<{root.name}>", _KINDS, hint)
