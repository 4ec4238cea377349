"""Odd and damaged FCS files: exactly the right values, or an error that names the place; nothing else."""

from __future__ import annotations

import signal
import tracemalloc
from contextlib import contextmanager

import numpy as np
import pytest
from fcs_by_hand import ROWS
from fcs_readable import READABLE
from fcs_refused import REFUSED

from remnant.cytometry import read_fcs
from remnant.errors import FcsError

SLACK = 3_000_000  # bytes that any reading may take beside twice the file
PATIENCE = 60  # seconds: a hang, not slowness


@contextmanager
def guarded(path):
    """Fail on a hang, and on memory beyond twice the file."""

    def hang(number, frame):
        raise AssertionError(f"no answer within {PATIENCE} s")

    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, hang)
        signal.alarm(PATIENCE)
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] <= 2 * path.stat().st_size + SLACK
    finally:
        tracemalloc.stop()
        if hasattr(signal, "SIGALRM"):
            signal.alarm(0)


def test_there_are_many_odd_files():
    assert len(REFUSED) >= 90
    assert len(READABLE) >= 75
    assert len({bytes(case.file) for case in (*REFUSED.values(), *READABLE.values())}) == len(REFUSED) + len(
        READABLE
    )


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_trusted_is_refused_by_keyword_or_segment(tmp_path, name):
    case, path = REFUSED[name], tmp_path / "refused.fcs"
    path.write_bytes(bytes(case.file))
    with guarded(path), pytest.raises(FcsError) as caught:
        read_fcs(path)
    said = str(caught.value)
    assert said.startswith("refused.fcs, ")
    assert [word for word in case.words if word not in said] == [], said


@pytest.mark.parametrize("name", READABLE)
def test_an_odd_file_gives_exactly_its_values_and_says_what_was_mended(tmp_path, name):
    case, path = READABLE[name], tmp_path / "read.fcs"
    path.write_bytes(bytes(case.file))
    with guarded(path):
        file = read_fcs(path)
        found = file.matrix([channel.number for channel in file.channels])
    expected = np.asarray(ROWS if case.rows is None else case.rows, dtype=float)
    assert found.shape == expected.shape
    assert np.allclose(found, expected, rtol=1e-15, atol=0, equal_nan=True)
    assert [repair.keyword for repair in file.repairs] == list(case.repairs)
    assert all(repair.found and repair.read_as and repair.reason for repair in file.repairs)
