"""Write events as FCS 3.1 list mode, float32, little-endian; the same events give the same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from remnant.errors import Fault, SettingError

HEADER_LIMIT = 99_999_999  # eight digits: beyond it HEADER says 0 and TEXT alone places DATA
_DELIMITERS = "/|\\!^~\f"


@dataclass(frozen=True)
class ChannelSpec:
    """A channel to write: `$PnN`, `$PnS` and `$PnR`."""

    name: str
    stain: str = ""
    range: float = 262144.0


def write_fcs(
    path: Path,
    events: NDArray[np.floating],
    channels: Sequence[ChannelSpec],
    *,
    spillover: tuple[Sequence[str], NDArray[np.floating]] | None = None,
    keywords: Mapping[str, str] | None = None,
    timestep: float = 0.01,
) -> None:
    """Write one FCS 3.1 file.

    Parameters
    ----------
    path : Path
        File to write; an old one is replaced.
    events : ndarray, shape (events, channels)
        Values on the scale of the channels; stored as float32. Time in ticks of `timestep`.
    channels : sequence of ChannelSpec
        One per column.
    spillover : (names, matrix), optional
        `$SPILLOVER`: row i says what fraction of the dye of channel i is seen in each channel.
    keywords : mapping, optional
        Further keywords, such as `$CYT`; those that describe the layout cannot be given.
    timestep : float, default 0.01
        Seconds per tick of the Time channel.

    Raises
    ------
    SettingError
        If names repeat or are empty, a shape does not fit, or a keyword is reserved.
    """
    values = np.ascontiguousarray(events, dtype="<f4")
    described = _describe(values, channels, spillover, timestep)
    given = {key.upper(): str(value) for key, value in (keywords or {}).items()}
    if clash := sorted(given.keys() & (described.keys() | {"$BEGINDATA", "$ENDDATA"})):
        raise SettingError(
            [Fault("write_fcs", None, "keywords", ", ".join(clash), "other keywords", "leave out")]
        )
    pairs = described | given
    delimiter = next((c for c in _DELIMITERS if c not in "".join([*pairs, *pairs.values()])), "/")
    text, begin, end = _place(pairs, delimiter, values.nbytes)
    header = f"FCS3.1    {58:>8}{58 + len(text) - 1:>8}"
    fits = end <= HEADER_LIMIT
    header += f"{begin if fits else 0:>8}{end if fits else 0:>8}{0:>8}{0:>8}"
    with Path(path).open("wb") as stream:
        stream.write(header.encode("ascii") + text)
        stream.write(values.tobytes())
        stream.write(b"0" * 8)  # no checksum


def _describe(
    values: NDArray[np.floating],
    channels: Sequence[ChannelSpec],
    spillover: tuple[Sequence[str], NDArray[np.floating]] | None,
    timestep: float,
) -> dict[str, str]:
    """Return every keyword except the two that place DATA."""
    names = [channel.name for channel in channels]
    faults = []
    if values.ndim != 2 or values.shape[1] != len(channels):
        expected = f"(events, {len(channels)})"
        faults.append(
            Fault("write_fcs", None, "events", str(values.shape), expected, "one column per channel")
        )
    if len(set(names)) < len(names) or any(not name.strip() or "," in name for name in names):
        hint = "rename the channels"
        faults.append(
            Fault("write_fcs", None, "channels", ", ".join(names), "different names, no comma", hint)
        )
    pairs = {
        "$BEGINANALYSIS": "0", "$ENDANALYSIS": "0", "$BEGINSTEXT": "0", "$ENDSTEXT": "0", "$NEXTDATA": "0",
        "$BYTEORD": "1,2,3,4", "$DATATYPE": "F", "$MODE": "L", "$PAR": str(len(channels)),
        "$TOT": str(len(values)), "$TIMESTEP": f"{timestep:.12g}",
    }  # fmt: skip
    for n, channel in enumerate(channels, start=1):
        pairs |= {
            f"$P{n}N": channel.name,
            f"$P{n}B": "32",
            f"$P{n}E": "0,0",
            f"$P{n}R": f"{channel.range:.12g}",
        }
        if channel.stain:
            pairs[f"$P{n}S"] = channel.stain
    if spillover is not None:
        listed, matrix = list(spillover[0]), np.asarray(spillover[1], dtype=float)
        if matrix.shape != (len(listed), len(listed)) or not set(listed) <= set(names):
            expected = "a square matrix over channels of this file"
            found = f"{matrix.shape} over {', '.join(listed)}"
            faults.append(Fault("write_fcs", None, "spillover", found, expected, "check the names"))
        numbers = (repr(float(value)) for value in matrix.ravel())
        pairs["$SPILLOVER"] = ",".join([str(len(listed)), *listed, *numbers])
    if faults:
        raise SettingError(faults)
    return pairs


def _place(pairs: Mapping[str, str], delimiter: str, data_bytes: int) -> tuple[bytes, int, int]:
    """Write TEXT; its own length decides where DATA begins, so it is sized with padded offsets."""

    def render(begin: int, end: int) -> bytes:
        offsets = {"$BEGINDATA": f"{begin:020d}", "$ENDDATA": f"{end:020d}"}
        parts = [part for pair in (offsets | dict(pairs)).items() for part in pair]
        # The standard allows no empty value, so a blank stands in for one.
        escaped = [(part or " ").replace(delimiter, delimiter * 2) for part in parts]
        return (delimiter + delimiter.join(escaped) + delimiter).encode("utf-8")

    begin = 58 + len(render(0, 0))
    end = begin + data_bytes - 1
    return render(begin, end), begin, end
