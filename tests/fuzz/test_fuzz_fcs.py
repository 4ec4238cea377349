"""The FCS reader under damage: the values of the file, or a refusal; never a crash and never other values."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.cytometry import EventFile
from remnant.cytometry.fcs.file import read_all
from remnant.errors import RemnantError

SCRIPT = Path(__file__).with_name("fuzz_fcs.py")
SECONDS = 60
# Keywords that decide on values: where none of these changed, nor a byte of DATA, no value may change.
DECIDES = re.compile(r"\$(PAR|TOT|DATATYPE|BYTEORD|MODE|TIMESTEP|NEXTDATA|BEGINDATA|ENDDATA|P\d+[NBREG])")


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fuzz_fcs", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def seeds(tmp_path_factory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("seeds")
    script().write_seeds(folder)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("fuzz") / "fuzzed.fcs"


def opened(place: Path, raw: bytes) -> list[EventFile]:
    """Read every data set that can be read; anything but a `RemnantError` fails the test."""
    place.write_bytes(raw)
    try:
        found = read_all(place)
    except RemnantError:
        return []
    return [one for one in found if not isinstance(one, RemnantError)]


def everything(file: EventFile) -> np.ndarray:
    return file.matrix([channel.number for channel in file.channels])


def deciding(file: EventFile) -> dict[str, str]:
    return {key: value for key, value in file.keywords.items() if DECIDES.fullmatch(key)}


def read(place: Path, raw: bytes) -> None:
    """Read all that can be read, and hold it to the bytes."""
    for file in opened(place, raw):
        assert file.events * sum(channel.bits for channel in file.channels) <= 8 * len(raw)
        assert everything(file).shape == (file.events, len(file.channels))


def test_the_seeds_are_sound_and_of_every_kind(seeds, place):
    kinds = {name: [one.channels[0].bits for one in opened(place, raw)] for name, raw in seeds.items()}
    expected = {"D.fcs": [64], "F.fcs": [32], "I.fcs": [16], "other.fcs": [16], "three.fcs": [24]}
    assert kinds == {**expected, "two.fcs": [16, 16]}


SEED = st.sampled_from(["D.fcs", "F.fcs", "I.fcs", "other.fcs", "three.fcs", "two.fcs"])
BYTES = st.binary(min_size=1, max_size=8) | st.sampled_from(
    [b"/", b"//", b"\0", b"-1", b"99999999", b"$PAR", b"$P1B/", b"FCS3.1", b"*", b"1e400", b"\xff", b"\x1c"]
)


@given(name=SEED, spot=st.integers(0, 4000), byte=st.integers(0, 255))
@settings(max_examples=250)
def test_one_other_byte_changes_one_value_or_what_it_decides_or_nothing(seeds, place, name, spot, byte):
    raw = bytearray(seeds[name])
    spot %= len(raw)
    before = opened(place, bytes(raw))
    kept = [(everything(file), deciding(file), [c.name for c in file.channels]) for file in before]
    raw[spot] = byte
    after = opened(place, bytes(raw))
    if len(after) != len(before):
        return
    changed = 0
    for (values, keywords, names), file in zip(kept, after, strict=True):
        if deciding(file) == keywords:
            assert [channel.name for channel in file.channels] == names
            changed += np.count_nonzero(~np.isclose(everything(file), values, rtol=0, atol=0, equal_nan=True))
    assert changed <= 1


@given(name=SEED, spot=st.integers(0, 4000), new=BYTES)
@settings(max_examples=150)
def test_bytes_put_in_are_read_or_refused(seeds, place, name, spot, new):
    raw = seeds[name]
    spot %= len(raw)
    read(place, raw[:spot] + new + raw[spot:])


@given(name=SEED, spot=st.integers(0, 4000), length=st.integers(1, 400))
@settings(max_examples=150)
def test_bytes_left_out_are_read_or_refused(seeds, place, name, spot, length):
    raw = seeds[name]
    spot %= len(raw)
    read(place, raw[:spot] + raw[spot + length :])


@given(name=SEED, spot=st.integers(0, 4000), new=BYTES)
@settings(max_examples=150)
def test_bytes_written_over_are_read_or_refused(seeds, place, name, spot, new):
    raw = seeds[name]
    spot %= len(raw)
    read(place, raw[:spot] + new + raw[spot + len(new) :])


@pytest.mark.parametrize("name", ["F.fcs", "I.fcs"])
def test_a_file_cut_anywhere_is_refused(seeds, place, name):
    raw = seeds[name].removesuffix(b"00000000")  # the checksum is no loss
    assert len(opened(place, raw)) == 1
    assert [length for length in range(len(raw)) if opened(place, raw[:length])] == []


@given(numbers=st.lists(st.integers(-9, 99_999_999) | st.integers(0, 900), min_size=6, max_size=6), name=SEED)
@settings(max_examples=150)
def test_any_offsets_in_header_are_read_or_refused(seeds, place, numbers, name):
    raw = seeds[name]
    read(place, raw[:10] + b"".join(b"%8d" % number for number in numbers) + raw[58:])


@given(text=st.binary(max_size=200) | st.text("/$PARTOBDENFI0123456789,", max_size=200).map(str.encode))
@settings(max_examples=150)
def test_any_text_is_read_or_refused(place, text):
    header = f"FCS3.1    {58:>8}{57 + len(text):>8}{0:>8}{0:>8}{0:>8}{0:>8}".encode()
    read(place, header + text + b"\0" * 64)


@given(
    raw=st.binary(max_size=120), version=st.sampled_from([b"", b"FCS2.0", b"FCS3.0", b"FCS3.1", b"FCS3.2"])
)
@settings(max_examples=100)
def test_any_bytes_at_all_are_read_or_refused(place, raw, version):
    read(place, version + raw)


@pytest.mark.slow
def test_a_minute_of_guided_fuzzing_finds_nothing_but_refusals(tmp_path):
    pytest.importorskip("atheris", reason="needs atheris, which has wheels for Linux on x86-64")
    command = [sys.executable, str(SCRIPT), f"-max_total_time={SECONDS}"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=10 * SECONDS)
    assert run.returncode == 0, run.stderr[-4000:]
    executed = re.search(r"number_of_executed_units: (\d+)", run.stderr)
    assert executed
    assert int(executed[1]) > 1000
