"""Gate files under damage: gates that can be evaluated, or a refusal; a gate never changes another."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.cytometry import evaluate, read_fcs, read_gates
from remnant.errors import RemnantError

SCRIPT = Path(__file__).with_name("fuzz_xml.py")
SECONDS = 60
SEED = st.sampled_from(["gates.xml", "workspace.wsp"])
BYTES = st.binary(min_size=1, max_size=8) | st.sampled_from(
    [
        b'"',
        b"<",
        b"/>",
        b"&#0;",
        b"&amp;",
        b"NaN",
        b"-1e999",
        b"1_0",
        b"<!--",
        b"]]>",
        b"xmlns=''",
        b"\xff",
        b" ",
    ]
)


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fuzz_xml", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@pytest.fixture(scope="module")
def seeds(folder) -> dict[str, bytes]:
    script().write_seeds(folder)
    return {name: (folder / name).read_bytes() for name in ("gates.xml", "workspace.wsp")}


@pytest.fixture(scope="module")
def read(folder):
    return script().reader(folder)


def test_the_seeds_are_sound_and_hold_every_kind_of_gate(seeds, folder, read):
    tube = read_fcs(folder / "e.fcs")
    for name, wanted in (("gates.xml", "RPEBNq"), ("workspace.wsp", "RPEJ")):
        read(seeds[name])
        tree = read_gates(folder / name, tube=tube)
        assert tree.broken == ()
        assert {gate[:1] for gate in tree.ids} == set(wanted)
        assert [count.reason for count in evaluate(tree, tube)[0] if count.reason] == []


@given(name=SEED, spot=st.integers(0, 20_000), new=BYTES)
@settings(max_examples=200)
def test_bytes_put_in_are_read_or_refused(seeds, read, name, spot, new):
    raw = seeds[name]
    spot %= len(raw)
    read(raw[:spot] + new + raw[spot:])


@given(name=SEED, spot=st.integers(0, 20_000), new=BYTES)
@settings(max_examples=200)
def test_bytes_written_over_are_read_or_refused(seeds, read, name, spot, new):
    raw = seeds[name]
    spot %= len(raw)
    read(raw[:spot] + new + raw[spot + len(new) :])


@given(name=SEED, spot=st.integers(0, 20_000), length=st.integers(1, 300))
@settings(max_examples=200)
def test_bytes_left_out_are_read_or_refused(seeds, read, name, spot, length):
    raw = seeds[name]
    spot %= len(raw)
    read(raw[:spot] + raw[spot + length :])


@given(name=SEED, data=st.data())
@settings(max_examples=200)
def test_elements_and_values_taken_away_or_doubled_are_read_or_refused(seeds, read, name, data):
    text = seeds[name].decode()
    found = data.draw(st.sampled_from(list(re.finditer(r"<[\w:]+[^<>]*/>|[\w:-]+=\"[^\"]*\"", text))))
    new = data.draw(st.sampled_from(["", found[0] * 2, found[0].replace('="', '="9'), found[0].upper()]))
    read((text[: found.start()] + new + text[found.end() :]).encode())


@given(spot=st.integers(0, 20_000), new=BYTES, length=st.integers(0, 5))
@settings(max_examples=300)
def test_damage_inside_one_gate_leaves_the_other_gates_as_they_were(seeds, folder, spot, new, length):
    raw = seeds["gates.xml"]
    before = {gate.id: gate for gate in read_gates(folder / "gates.xml").gates}
    start, end = raw.index(b"<gating:EllipsoidGate"), raw.index(b"</gating:EllipsoidGate>")
    at = start + spot % (end - start)
    path = folder / "damaged.xml"
    path.write_bytes(raw[:at] + new + raw[at + length :])
    try:
        tree = read_gates(path)
    except RemnantError:
        return
    after = {gate.id: gate for gate in tree.gates}
    assert {name: after.get(name) for name in before if name != "E"} == {
        n: g for n, g in before.items() if n != "E"
    }


@given(raw=st.binary(max_size=200) | st.text("<>/=\"' &;abg:x!-[]?", max_size=200).map(str.encode))
@settings(max_examples=200)
def test_any_bytes_at_all_are_read_or_refused(read, raw):
    read(raw)


@pytest.mark.slow
def test_a_minute_of_guided_fuzzing_finds_nothing_but_refusals(tmp_path):
    pytest.importorskip("atheris", reason="needs atheris, which has wheels for Linux on x86-64")
    command = [sys.executable, str(SCRIPT), f"-max_total_time={SECONDS}"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=10 * SECONDS)
    assert run.returncode == 0, run.stderr[-4000:]
    executed = re.search(r"number_of_executed_units: (\d+)", run.stderr)
    assert executed
    assert int(executed[1]) > 1000
