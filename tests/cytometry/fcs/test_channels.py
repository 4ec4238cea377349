"""Markers and scatter: found by name, never guessed."""

from __future__ import annotations

import numpy as np
import pytest

from remnant.cytometry import ChannelSpec, find_scatter, read_fcs, resolve_panel, write_fcs
from remnant.errors import ChannelError


def file(path, *specs):
    write_fcs(path, np.zeros((1, len(specs))), specs)
    return read_fcs(path)


@pytest.mark.parametrize(
    "names", [("FSC-A", "FSC-H", "SSC-A"), ("fsc_a", "Fsc.H", "SSC A"), ("FSC", "FSC H", "SSC")]
)
def test_scatter_is_found_whatever_its_case_and_dashes(tmp_path, names):
    scatter = find_scatter(file(tmp_path / "a.fcs", *map(ChannelSpec, names)))
    assert scatter.side.name == names[2]
    assert scatter.forward.name in names[:2]
    assert scatter.forward_height.name == names[1]


def test_two_channels_of_one_scatter_name_are_not_guessed_between(tmp_path):
    scatter = find_scatter(
        file(tmp_path / "a.fcs", ChannelSpec("FSC-A"), ChannelSpec("fsc_a"), ChannelSpec("SSC"))
    )
    assert scatter.forward is None
    assert scatter.side.name == "SSC"


def test_a_panel_names_channels_by_detector_or_stain(tmp_path):
    opened = file(tmp_path / "a.fcs", ChannelSpec("APC-A", "CD34"), ChannelSpec("PE-A", "CD38"))
    found = resolve_panel(opened, {"CD34": "cd34", "CD38": "PE-A"})
    assert [channel.number for channel in found.values()] == [1, 2]


def test_a_stain_on_two_channels_is_ambiguous(tmp_path):
    opened = file(tmp_path / "a.fcs", ChannelSpec("APC-A", "CD34"), ChannelSpec("PE-A", "CD34"))
    with pytest.raises(ChannelError, match="numbers 1, 2"):
        resolve_panel(opened, {"CD34": "CD34"})
