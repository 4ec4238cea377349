"""Bytes that are text, and files that cannot be read."""

import os

import pytest

from remnant.errors import Fault
from remnant.study.text import printable, read_bytes, utf8_fault


def test_a_folder_and_a_circle_of_links_are_faults_without_a_path(tmp_path):
    (tmp_path / "fish.csv").mkdir()
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    for name in ("fish.csv", "loop.csv", "absent.csv"):
        fault = read_bytes(tmp_path / name, name)
        assert isinstance(fault, Fault)
        assert str(tmp_path) not in str(fault)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is closed to root")
def test_a_file_that_may_not_be_read_is_a_fault(tmp_path):
    path = tmp_path / "fish.csv"
    path.write_text("a\n1\n")
    path.chmod(0)
    assert "permission" in str(read_bytes(path, "fish.csv"))


def test_a_file_that_the_system_refuses_is_a_fault(tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("pathlib.Path.read_bytes", refuse)
    fault = read_bytes(tmp_path / "fish.csv", "fish.csv")
    assert isinstance(fault, Fault)
    assert fault.found == "permission denied"
    assert str(tmp_path) not in str(fault)


def test_utf_8_has_no_fault():
    assert utf8_fault("Zoë, \u2264 5\n".encode(), "t", "hint") is None
    assert utf8_fault(b"", "t", "hint") is None


def test_a_name_that_is_not_utf_8_can_be_printed():
    assert printable(os.fsdecode(b"f\xe9.csv")) == "f\\udce9.csv"
    assert printable("Zoë.csv") == "Zoë.csv"
