"""Gated events as AnnData, the table that single-cell programs share.

The reference is Virshup et al. (2024) J Open Source Softw 9:4371, doi:10.21105/joss.04371.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from remnant.cytometry.export.gated_events import GatedEvents, collect_events
from remnant.cytometry.fcs.file import EventFile
from remnant.cytometry.gates.gate import GateTree
from remnant.cytometry.gates.membership import IN, NOT_EVALUABLE
from remnant.cytometry.signal.compensate import SpilloverMatrix
from remnant.cytometry.signal.transform import Transform
from remnant.errors import ChannelError, Fault, SettingError

if TYPE_CHECKING:
    from anndata import AnnData  # type: ignore[import-untyped]

    from remnant.cytometry.export.gated_events import Codes, Floats


def to_anndata(
    file: EventFile,
    tree: GateTree | None = None,
    codes: Mapping[str, Codes] | None = None,
    *,
    within: str | None = None,
    compensated: bool = True,
    spillover: SpilloverMatrix | None = None,
    transforms: Mapping[str, Transform] | None = None,
    dtype: DTypeLike = np.float32,
) -> AnnData:
    """Turn the events of a tube into AnnData.

    Parameters
    ----------
    file, tree, codes, within, compensated, spillover
        As in `collect_events`.
    transforms : mapping of str to Transform, optional
        Scale per channel, by `$PnN`; makes the layer `transformed`, other channels as in `X`.
    dtype : dtype, default float32
        Of `X` and the layers; float64 keeps every digit of large stored integers.

    Returns
    -------
    AnnData
        `X` of shape (events, channels), compensated if asked and if there is a matrix, NaN where an event
        has no value; layer `stored` without compensation. `obs` has the number of the event in its file
        and one nullable Boolean column per gate: in, out, or missing for not evaluable. `var` has number,
        stain, range, gain and whether the channel is compensated. `uns["remnant"]` has file, fingerprint,
        repairs, gates, matrix and version; keywords stay out, for they may name the patient.

    Raises
    ------
    SettingError
        If anndata is not installed.
    ChannelError
        If a transform is for a channel that is not there.
    GatingError, CompensationError
        As `collect_events`.
    """
    anndata, pandas = _libraries()
    events = collect_events(file, tree, codes, within=within, compensated=compensated, spillover=spillover)
    values = events.values.astype(dtype)
    made = anndata.AnnData(X=values, obs=_obs(events, pandas), var=_var(events, pandas))
    if events.spillover is not None:
        made.layers["stored"] = events.stored.astype(dtype)
    if transforms:
        made.layers["transformed"] = _transformed(events, transforms).astype(dtype)
    made.uns["remnant"] = describe_origin(events) | {
        "transforms": {name: repr(transform) for name, transform in (transforms or {}).items()}
    }
    found: AnnData = made
    return found


def _libraries() -> tuple[Any, Any]:
    """Import what only this needs."""
    try:
        anndata, pandas = import_module("anndata"), import_module("pandas")
    except ImportError:
        hint = 'install it: pip install "remnant[interop]", or export .csv or .parquet'
        raise SettingError([Fault("export", None, "anndata", "not installed", "anndata", hint)]) from None
    return anndata, pandas


def _obs(events: GatedEvents, pandas: Any) -> Any:
    names = [str(number) for number in events.numbers]
    columns: dict[str, Any] = {"event": events.numbers}
    for gate, code in zip(events.gates, events.codes, strict=True):
        columns[gate.column] = pandas.arrays.BooleanArray(code == IN, code == NOT_EVALUABLE)
    return pandas.DataFrame(columns, index=pandas.Index(names, dtype=object))


def _var(events: GatedEvents, pandas: Any) -> Any:
    channels = events.file.channels
    columns = {
        "number": [channel.number for channel in channels],
        "stain": [channel.stain for channel in channels],
        "range": [np.nan if channel.range is None else float(channel.range) for channel in channels],
        "gain": [float(channel.gain) for channel in channels],
        "time": [channel.is_time for channel in channels],
        "compensated": [events.is_compensated(channel) for channel in channels],
    }
    return pandas.DataFrame(columns, index=pandas.Index(events.columns, dtype=object))


def _transformed(events: GatedEvents, transforms: Mapping[str, Transform]) -> Floats:
    """Return the values with some channels on another scale."""
    values = events.values.copy()
    places = {channel.name: channel.number - 1 for channel in events.file.channels}
    if unknown := [name for name in transforms if name not in places]:
        known, hint = ", ".join(places), "name it as in $PnN"
        raise ChannelError(
            [Fault(events.file.path.name, None, "transforms", name, known, hint) for name in unknown]
        )
    for name, transform in transforms.items():
        values[:, places[name]] = transform.forward(values[:, places[name]])
    return values


def describe_origin(events: GatedEvents) -> dict[str, Any]:
    """Say where events come from, in arrays and text that any file format can hold."""
    gates, matrix = events.gates, events.spillover
    return {
        "version": events.version,
        "file": events.file.path.name,
        "sha256": events.sha256,
        "fcs_version": events.file.version,
        "events_in_file": events.file.events,
        "within": events.within,
        "values": "as stored" if matrix is None else "compensated",
        "repairs": _texts(
            f"{r.keyword}: {r.found} read as {r.read_as}; {r.reason}" for r in events.file.repairs
        ),
        "gates": {
            "id": _texts(gate.id for gate in gates),
            "parent": _texts(gate.parent for gate in gates),
            "column": _texts(gate.column for gate in gates),
            "events": np.array([gate.events for gate in gates], dtype=np.int64),
            "not_evaluable": np.array([gate.not_evaluable for gate in gates], dtype=np.int64),
            "reason": _texts(gate.reason for gate in gates),
        },
        "spillover": {}
        if matrix is None
        else {
            "dyes": _texts(matrix.dyes),
            "detectors": _texts(matrix.detectors),
            "matrix": np.array(matrix.rows),
        },
    }


def _texts(texts: Iterable[str]) -> NDArray[np.object_]:
    return np.array(list(texts), dtype=object)
