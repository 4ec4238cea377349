"""Odd and damaged FCS files: exactly the right values, or an error that names the place; nothing else."""

from __future__ import annotations

import signal
import tracemalloc
from contextlib import contextmanager

import numpy as np
import pytest
from fcs_by_hand import ROWS, Broken, sound
from fcs_readable import READABLE
from fcs_refused import REFUSED
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.cytometry import read_fcs
from remnant.cytometry.fcs.file import read_all
from remnant.cytometry.fcs.header import VERSIONS
from remnant.cytometry.fcs.plausible import find_oddities, judge
from remnant.cytometry.fcs.summary import summarise
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
    assert len(REFUSED) >= 110
    assert len(READABLE) >= 95
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


def _exactly(size):
    return st.binary(min_size=size, max_size=size)


KEYS = st.sampled_from(
    [*sound().pairs(330, 377), "$P1G", "$P3G", "$TIMESTEP", "$P1DATATYPE", "$P0B", "$P4N", "$P2S", "$UNICODE"]
)
NUMBERS = [0, -1, 1, 4, 8, 16, 24, 64, 58, 330, 377, 378, 1024, 65536, 99999999, 2**31, 2**32, 2**64]
ODD = [
    "-0",
    "0.5",
    "1e308",
    "1e-320",
    "1e400",
    "0,0",
    "4,1",
    "4,0",
    "400,1",
    "0,1e308",
    "1,2",
    "2,1",
    "4,3,2,1",
]
WORDS = ["", " ", "\0", "*", "NA", "nan", "inf", "I", "F", "D", "A", "L", "//", "a//", "\x1c2", "١", "é"]
NASTY = st.sampled_from([*map(str, NUMBERS), *ODD, *WORDS])
CHANGES = st.dictionaries(KEYS, st.none() | NASTY | st.text("0123456789.,-+eE ", max_size=12), max_size=4)
KINDS = st.sampled_from(
    [("F", (32,) * 3), ("D", (64,) * 3), ("I", (16,) * 3), ("I", (8, 24, 32)), ("I", (64,) * 3)]
)


@given(
    keywords=CHANGES, kind=KINDS, data=st.sampled_from([0, 24, 48, 96]).flatmap(_exactly),
    order=st.sampled_from(["1,2,3,4", "4,3,2,1"]), version=st.sampled_from(VERSIONS),
    shift=st.sampled_from([0, 0, 0, 1, -1, 4]),
)  # fmt: skip
@settings(max_examples=200)
def test_any_value_of_any_keyword_is_read_or_refused(
    tmp_path_factory, keywords, kind, data, order, version, shift
):
    path = tmp_path_factory.getbasetemp() / "keywords.fcs"
    datatype, bits = kind
    broken = Broken(
        data=data, bits=bits, datatype=datatype, byte_order=order, version=version, keywords=keywords,
        shift_begin=shift, shift_end=shift, tail=b"00000000",
    )  # fmt: skip
    path.write_bytes(bytes(broken))
    try:
        found = read_all(path)
    except FcsError:
        return
    for file in found:
        if isinstance(file, FcsError):
            continue
        values = file.matrix([channel.number for channel in file.channels])
        assert values.shape == (file.events, len(file.channels))
        assert not np.isinf(values).any()
        summaries = summarise(file)
        assert all(one.measured <= file.events for one in summaries)
        assert isinstance(find_oddities(file, summaries) + judge(file, summaries), tuple)
