import os
from pathlib import Path

import polars as pl
import pytest

from remnant.errors import ResultsError, SettingError
from remnant.store import MANIFEST, Cache, check_free, digest, key, read_manifest, replaced, write_tables
from remnant.study import Source


def write(folder, text):
    with replaced(folder) as fresh:
        (fresh / MANIFEST).write_text(text)


def test_results_appear_whole_and_replace_earlier_ones(tmp_path):
    folder = tmp_path / "deep" / "results"
    write(folder, "first")
    (folder / "old.txt").write_text("x")
    write(folder, "second")
    assert read_manifest(folder) == b"second"
    assert [path.name for path in folder.iterdir()] == [MANIFEST]


def test_an_error_leaves_the_folder_as_it_was(tmp_path):
    folder = tmp_path / "results"

    def fail():
        with replaced(folder) as fresh:
            (fresh / "half.txt").write_text("x")
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        fail()
    assert list(tmp_path.iterdir()) == []
    write(folder, "whole")
    with pytest.raises(RuntimeError):
        fail()
    assert read_manifest(folder) == b"whole"
    assert [path.name for path in tmp_path.iterdir()] == ["results"]


def test_a_folder_with_other_files_is_never_replaced(tmp_path):
    (tmp_path / "thesis.docx").write_text("x")
    for folder in (tmp_path, tmp_path / "thesis.docx"):
        with pytest.raises(SettingError):
            check_free(folder)
        with pytest.raises(SettingError):
            write(folder, "x")
    assert (tmp_path / "thesis.docx").read_text() == "x"


@pytest.mark.parametrize("name", ["absent", "."])
def test_a_folder_without_a_manifest_is_not_results(tmp_path, name):
    with pytest.raises(ResultsError, match=r"manifest"):
        read_manifest(tmp_path / name)


def test_tables_are_written_for_people_and_for_programs(tmp_path):
    table = pl.DataFrame({"a": [1, None], "b": ["x", "y, z"]})
    write_tables(tmp_path / "tables", {"t": table})
    assert pl.read_parquet(tmp_path / "tables/t.parquet").equals(table)
    assert (tmp_path / "tables/t.csv").read_text() == 'a,b\n1,x\n,"y, z"\n'


def test_the_hash_is_of_the_bytes(tmp_path):
    (tmp_path / "f").write_bytes(b"abc")
    # FIPS 180-2, appendix B.1.
    assert digest(tmp_path / "f") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_key_depends_on_where_its_parts_end():
    assert key("a", "bc") != key("ab", "c")
    assert key("a") != key("a", "")


def test_an_answer_is_kept_and_a_broken_one_made_again(tmp_path):
    cache = Cache(tmp_path / "kept")
    assert cache.get(Source, "one") is None
    cache.put("one", Source("fish.csv", 3))
    assert cache.get(Source, "one") == Source("fish.csv", 3)
    (tmp_path / "kept/one.json").write_text("{")
    assert cache.get(Source, "one") is None


def test_answers_of_an_earlier_run_are_used_and_nothing_is_kept_without_a_folder(tmp_path):
    cache = Cache(earlier={"one": Source("a")})
    assert cache.get(Source, "one") == Source("a")
    assert cache.get(str, "one") is None
    cache.put("two", Source("b"))
    assert cache.get(Source, "two") is None
    assert list(tmp_path.iterdir()) == []


def test_results_that_cannot_take_their_place_leave_the_earlier_ones_whole(tmp_path, monkeypatch):
    folder = tmp_path / "results"
    write(folder, "first")
    rename = Path.rename

    def refused(self, target):
        if Path(target) == folder and (self / MANIFEST).read_text() == "second":
            raise OSError("the disk says no")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refused)
    with pytest.raises(OSError, match="the disk says no"):
        write(folder, "second")
    assert read_manifest(folder) == b"first"
    assert [path.name for path in tmp_path.iterdir()] == ["results"]


def test_what_other_threads_write_meanwhile_has_the_mode_that_they_ask_for(tmp_path, monkeypatch):
    def changed(_):
        raise AssertionError("the umask is of the whole process")

    monkeypatch.setattr(os, "umask", changed)
    write(tmp_path / "results", "x")
    beside = tmp_path / "beside"
    beside.mkdir()
    assert (tmp_path / "results").stat().st_mode == beside.stat().st_mode


def test_results_are_written_through_a_link_and_into_the_folder_one_stands_in(tmp_path, monkeypatch):
    (tmp_path / "big disk").mkdir()
    (tmp_path / "results").symlink_to("big disk")
    write(tmp_path / "results", "x")
    assert (tmp_path / "results").is_symlink()
    assert read_manifest(tmp_path / "big disk") == b"x"
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    write(Path(), "y")
    assert read_manifest(tmp_path / "here") == b"y"
    write(tmp_path / ("a" * 250), "z")  # a fresh name of it is no longer than a disk allows
