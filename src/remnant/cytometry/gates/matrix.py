"""Many events on many axes at once, as plots and exports need them: compensated, scaled, to within 1e-7.

Counting never needs this: a gate looks at its own axes and at the events of its parent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remnant.cytometry.fcs.file import EventFile
from remnant.cytometry.gates.engine import Engine, engine_for
from remnant.cytometry.gates.events import EventBlock, TubeEvents, open_tube, scale_values
from remnant.cytometry.gates.gate import Axis
from remnant.cytometry.gates.translate import Columns, build_mixture, build_scale, channels_of, lay_out
from remnant.cytometry.signal.compensate import SpilloverMatrix

Floats = NDArray[np.float64]


def scaled_matrix(
    file: EventFile,
    axes: Sequence[Axis],
    *,
    matrices: Mapping[str, SpilloverMatrix] | None = None,
    spillover: SpilloverMatrix | None = None,
    engine: Engine | None = None,
) -> Floats:
    """Put every event of a file on every axis.

    Parameters
    ----------
    file : EventFile
        The tube.
    axes : sequence of Axis
        Channels with their compensation and transform.
    matrices : mapping of str to SpilloverMatrix, optional
        Spectrum matrices by id.
    spillover : SpilloverMatrix, optional
        Taken in place of the matrix that the file carries.
    engine : Engine, optional
        Kernels that do the work; they agree to 1e-7 of the scale.

    Returns
    -------
    ndarray of float64, shape (events, axes)
        Places on the scale of each axis, to within 1e-7 of the exact transform; NaN where a value is not
        evaluable.
    """
    tube = open_tube(file, matrices, spillover=spillover)
    places = np.empty((file.events, len(axes)))
    stored, columns = lay_out(file, set().union(*(channels_of(axis, tube) for axis in axes)))
    fast = [place for place, axis in enumerate(axes) if build_scale([axis], np.ones(1)) is not None]
    given = _arrays([axes[place] for place in fast], tube, columns)
    engine = engine or engine_for(file.events)
    for begin, end in file.spans(engine.block_events):
        rows = file.matrix(sorted(columns.places), begin, end) if stored is None else stored[begin:end]
        block = EventBlock(np.asarray(rows), columns.places, columns.factors, tube)
        found = places[begin:end]
        looked = found if len(fast) == len(axes) else np.empty((end - begin, len(fast)))
        engine.kernels.scale_rows(block.stored, *given, looked)
        found[:, fast] = looked
        for place, axis in enumerate(axes):
            unsure = np.flatnonzero(np.isnan(found[:, place])) if place in fast else slice(None)
            found[unsure, place] = scale_values(axis, block.values(axis, unsure))
    return places


def _arrays(axes: Sequence[Axis], tube: TubeEvents, columns: Columns) -> tuple[Any, ...]:
    """List what `scale_rows` needs of some axes, in its order."""
    mixture, scale = build_mixture(axes, tube, columns), build_scale(axes, np.ones(len(axes)))
    assert scale is not None, "axes without a table are left out"
    channels = mixture.starts, mixture.firsts, mixture.weights, mixture.positive
    return (*channels, scale.straight, scale.tables, scale.where, scale.bounds)
