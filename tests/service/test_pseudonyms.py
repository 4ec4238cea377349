"""A pseudonymised study names nobody in any byte, and says the same of everybody."""

import csv
import io
import json
import re
import shutil
import stat
import zipfile
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from remnant.cytometry.fcs.bare import write_bare
from remnant.cytometry.fcs.file import read_fcs
from remnant.cytometry.fcs.write import ChannelSpec, write_fcs
from remnant.errors import Refused, SettingError, StoreError, StudyError
from remnant.service.exporting import pseudonymised_zip
from remnant.service.privacy.pseudonym_tables import YEAR, moved_year
from remnant.service.privacy.pseudonymised import export_pseudonymised
from remnant.service.privacy.pseudonyms import Cipher, cipher_of, pseudonyms_of
from remnant.service.texts.settings_text import as_toml
from remnant.service.viewer import LOCAL, Viewer
from remnant.store.database.tables import pseudonyms
from remnant.store.files.trees import put_folder
from remnant.store.house import open_store
from remnant.store.studies.studies import create_study
from remnant.store.trail import audit
from remnant.store.trail.audit import entries
from remnant.study import read_study

NAMES = {"P1": "Meierhofer-Wanda", "P2": "Öztürk 4711"}
SPECIAL = {
    "$FIL": "Meierhofer.fcs", "$OP": "Dr. Okonkwo", "$SRC": "Meierhofer", "$SMNO": "4711-0815",
    "$CYTSN": "V0815", "$DATE": "17-MAR-2007", "$BTIM": "10:11:12", "PATIENT NAME": "Wanda Meierhofer",
    "EXPORT USER NAME": "Okonkwo", "$CYT": "LSR II", "$INST": "St. Okonkwo",
}  # fmt: skip
SECRETS = [
    "Meierhofer", "Wanda", "Öztürk", "Ozturk", "4711", "Okonkwo", "0815", "2007-03-17", "17-MAR-2007",
    "Kontrolle",
]  # fmt: skip


@pytest.fixture(scope="module")
def named(study_folder, tmp_path_factory) -> Path:
    """The synthetic study as a lab would keep it: names and dates wherever such stand."""
    folder = tmp_path_factory.mktemp("named") / "Meierhofer"
    (folder / "fcs").mkdir(parents=True)
    for path in study_folder.glob("*.csv"):
        text = path.read_text()
        for plain, name in NAMES.items():
            text = re.sub(rf"\b{plain}\b(?!/)", name, text)
        text = re.sub(r"\bC(\d\d)\b", r"Kontrolle \1", text)
        (folder / path.name).write_text(text)
    anchors = dict.fromkeys(NAMES.values(), date(2007, 3, 17))
    _dated(folder / "samples.csv", anchors)
    _anchored(folder / "patients.csv", "2007-03-17")
    rows = list(csv.DictReader(_lines(folder / "events.csv")))
    rng = np.random.default_rng(1)
    for row in rows:
        channels = [ChannelSpec(n, s) for n, s in (("FSC-A", ""), ("APC-A", "CD34"), ("Time", ""))]
        events = rng.normal(1000, 300, (200, 3)).astype(np.float32)
        spill = (["FSC-A", "APC-A"], np.array([[1, 0.1], [0.0, 1]]))
        write_fcs(folder / row["file"], events, channels, spillover=spill, keywords=SPECIAL)
    (folder / "notes.txt").write_text("Wanda Meierhofer, born 1946")
    settings = (
        (study_folder / "study.toml").read_text().replace("Synthetic study of 2 patients", "Wanda Meierhofer")
    )
    (folder / "study.toml").write_text("# asked by Dr. Okonkwo\n" + settings)
    return folder


def _lines(path):
    return [line for line in path.read_text().splitlines(keepends=True) if not line.startswith("#")]


def _rewrite(path, change):
    rows = list(csv.DictReader(_lines(path)))
    rows = [change(row) for row in rows]
    with path.open("w", newline="") as file:
        file.write("# Wanda Meierhofer and others\n")
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def _dated(path, anchors):
    def change(row):
        day = anchors[row["patient_id"]] + timedelta(days=int(row.pop("day")))
        return row | {"date": day.isoformat()}

    _rewrite(path, change)


def _anchored(path, day):
    _rewrite(path, lambda row: row | {"anchor_date": day})


@pytest.fixture
def kept(tmp_path, named):
    store = open_store(tmp_path / "home")
    yield store, create_study(store, who="local", title="MDS", tree=put_folder(store, named))
    store.close()


@pytest.fixture
def handed_out(kept, tmp_path):
    store, record = kept
    return export_pseudonymised(store, LOCAL, record, tmp_path / "out", why="for Lund"), tmp_path / "out"


def test_no_name_number_or_day_of_a_patient_is_left_in_any_byte(handed_out, named):
    _, out = handed_out
    secrets = [secret.casefold() for secret in SECRETS]
    before = b"".join(path.read_bytes() for path in named.rglob("*") if path.is_file())
    assert all(
        secret in before.decode("utf-8", "replace").casefold() for secret in secrets if secret != "ozturk"
    )
    paths = [path for path in out.rglob("*") if path.is_file()]
    assert len(paths) > 20
    for path in paths:
        held = path.relative_to(out).as_posix().casefold() + path.read_bytes().decode("latin-1").casefold()
        held += path.read_bytes().decode("utf-8", "replace").casefold()
        assert not [secret for secret in secrets if secret in held], path.name


def test_every_measurement_and_interval_is_as_it_was(handed_out, named, kept):
    _, out = handed_out
    old, new = read_study(named), read_study(out)
    cipher = cipher_of(*kept)
    words = cipher.words("sample", "S", old["samples"]["sample_id"])
    patients = cipher.words("patient", "P", old["patients"]["patient_id"])
    changed = {"line", "file", "birth_year", "anchor_date", "control_id"}
    assert new["samples"].height > 4
    for name in old.tables:
        was = old[name]
        if "patient_id" in was.columns:
            was = was.with_columns(pl.col("patient_id").replace(patients))
        if "sample_id" in was.columns:
            was = was.with_columns(pl.col("sample_id").replace(words))
        kept_columns = [column for column in was.columns if column not in changed]
        assert was.select(kept_columns).equals(new[name].select(kept_columns)), name


def test_dates_of_a_patient_move_by_the_same_days_and_never_into_the_future(handed_out, named, kept):
    _, out = handed_out
    old, new = read_study(named)["patients"], read_study(out)["patients"]
    shifts = (new["anchor_date"] - old["anchor_date"]).dt.total_days().to_list()
    made = pseudonyms_of(cipher_of(*kept), old["patient_id"])
    assert shifts == [one.shift_days for one in made]
    assert all(-365 <= shift <= -1 for shift in shifts)
    assert len(set(shifts)) == 2
    then = [(a - date(b, 7, 2)).days / YEAR for a, b in old.select("anchor_date", "birth_year").iter_rows()]
    now = [(a - date(b, 7, 2)).days / YEAR for a, b in new.select("anchor_date", "birth_year").iter_rows()]
    assert all(abs(a - b) <= 0.51 for a, b in zip(then, now, strict=True))


def test_events_are_copied_bit_for_bit_and_read_on_the_same_scale(handed_out, named):
    _, out = handed_out
    old, new = read_study(named)["events"], read_study(out)["events"]
    for was, now in zip(old["file"], new["file"], strict=True):
        first, second = read_fcs(named / was), read_fcs(out / now)
        assert np.array_equal(first.plain(), second.plain())
        assert (first.channels, first.timestep) == (second.channels, second.timestep)
        assert first.keywords["$SPILLOVER"] == second.keywords["$SPILLOVER"]
        assert "$DATE" in second.keywords
        assert set(SPECIAL) & set(second.keywords) == {"$DATE", "$CYT"}


def test_what_was_handed_out_is_recorded_and_the_key_is_in_no_database(handed_out, kept):
    exported, _ = handed_out
    store, record = kept
    entry = next(entry for entry in entries(store, study=record.id) if entry.action == "export pseudonymised")
    assert (entry.why, entry.who) == ("for Lund", "local")
    assert exported.key_id in entry.new
    with store.reading() as connection:
        rows = connection.execute(select(pseudonyms)).all()
    assert {row.patient_id for row in rows} == set(NAMES.values())
    key = store.home / "keys" / "pseudonyms.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
    secret = key.read_bytes()
    others = [path for path in store.home.rglob("*") if path.is_file() and path != key]
    assert not [
        path for path in others if secret in path.read_bytes() or secret.hex().encode() in path.read_bytes()
    ]


def test_the_same_key_gives_the_same_folder_and_another_home_another(kept, tmp_path, named):
    store, record = kept
    for name in ("one", "two"):
        export_pseudonymised(store, LOCAL, record, tmp_path / name)
    other = open_store(tmp_path / "elsewhere")
    again = create_study(other, who="local", title="MDS", tree=put_folder(other, named))
    export_pseudonymised(other, LOCAL, again, tmp_path / "three")
    other.close()
    one, two, three = ((tmp_path / name / "patients.csv").read_bytes() for name in ("one", "two", "three"))
    assert one == two != three


def test_what_a_person_typed_is_counted_and_what_was_left_out_is_named(handed_out):
    exported, _ = handed_out
    assert ("patients.csv diagnosis", 1) in exported.texts
    assert "notes.txt" in exported.left_out
    assert {"$OP", "PATIENT NAME", "$SMNO"} <= set(exported.dropped)


@pytest.mark.parametrize(
    ("file", "old", "new", "place"),
    [
        ("patients.csv", "MDS with isolated", "Frau MEIERHOFER-WANDA: MDS with isolated", "diagnosis"),
        ("study.toml", 'anchor = "', 'anchor = "öztürk 4711, ', "a text"),
    ],
)
def test_a_name_in_a_text_stops_the_export_and_is_not_repeated(kept, named, tmp_path, file, old, new, place):
    store, _ = kept
    copy = tmp_path / "copy"
    shutil.copytree(named, copy)
    text = (copy / file).read_text()
    assert old in text
    (copy / file).write_text(text.replace(old, new))
    record = create_study(store, who="local", title="other", tree=put_folder(store, copy))
    with pytest.raises(StudyError) as caught:
        export_pseudonymised(store, LOCAL, record, tmp_path / "out2")
    assert {fault.column for fault in caught.value.faults} == {place}
    assert "Meierhofer" not in str(caught.value)
    assert not (tmp_path / "out2").exists()


def test_a_name_in_a_channel_stops_the_export(kept, named, tmp_path):
    store, _ = kept
    copy = tmp_path / "copy"
    shutil.copytree(named, copy)
    first = sorted((copy / "fcs").iterdir())[0]
    events = read_fcs(first).plain()
    write_fcs(
        first,
        events,
        [ChannelSpec("FSC-A"), ChannelSpec("APC-A", "CD34 Meierhofer-Wanda"), ChannelSpec("Time")],
    )
    record = create_study(store, who="local", title="other", tree=put_folder(store, copy))
    with pytest.raises(StudyError) as caught:
        export_pseudonymised(store, LOCAL, record, tmp_path / "out2")
    assert [fault.column for fault in caught.value.faults] == ["$P2S"]


def test_only_an_admin_hands_out_and_only_into_a_new_folder(kept, tmp_path):
    store, record = kept
    with pytest.raises(Refused):
        export_pseudonymised(store, Viewer("anna", "editor"), record, tmp_path / "out")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.docx").write_text("x")
    with pytest.raises(SettingError):
        export_pseudonymised(store, LOCAL, record, tmp_path / "full")
    assert (tmp_path / "full" / "thesis.docx").exists()


def test_a_key_that_others_read_or_that_was_cut_is_not_used(kept):
    store, record = kept
    cipher_of(store, record)
    path = store.home / "keys" / "pseudonyms.key"
    path.chmod(0o644)
    with pytest.raises(StoreError, match="others may read"):
        cipher_of(store, record)
    path.chmod(0o600)
    path.write_bytes(b"short")
    with pytest.raises(StoreError, match="5 bytes"):
        cipher_of(store, record)


@given(
    st.lists(st.text(min_size=1, max_size=30), unique=True, max_size=30), st.binary(min_size=32, max_size=32)
)
def test_no_two_patients_share_a_pseudonym_whatever_they_are_called(names, key):
    made = pseudonyms_of(Cipher(key, "mds"), names)
    assert len({one.pseudonym for one in made}) == len(names)
    assert all(re.fullmatch(r"P[0-9B-Z]{8,}", one.pseudonym) for one in made)
    assert all(-365 <= one.shift_days <= -1 for one in made)


@given(st.dates(date(1950, 1, 1), date(2030, 12, 31)), st.integers(0, 89), st.integers(-365, -1))
def test_an_age_moves_by_half_a_year_at_most(anchor, age, shift):
    year = anchor.year - age
    new = moved_year(year, anchor, shift)
    was, now = (anchor - date(year, 7, 2)).days, (anchor + timedelta(days=shift) - date(new, 7, 2)).days
    assert abs(was - now) <= 184


def test_shifts_are_spread_over_the_year():
    shifts = [one.shift_days for one in pseudonyms_of(Cipher(b"k" * 32, "mds"), map(str, range(4000)))]
    assert len(set(shifts)) == 365
    assert abs(np.mean(shifts) + 183) < 4 * 105.4 / 4000**0.5  # sd of 365 equal chances


def test_an_age_above_89_years_has_no_year(kept, named, tmp_path):
    store, _ = kept
    copy = tmp_path / "copy"
    shutil.copytree(named, copy)
    _rewrite(copy / "patients.csv", lambda row: row | {"birth_year": "1916"})
    record = create_study(store, who="local", title="old", tree=put_folder(store, copy))
    exported = export_pseudonymised(store, LOCAL, record, tmp_path / "out2")
    assert exported.old == 2
    assert read_study(tmp_path / "out2")["patients"]["birth_year"].null_count() == 2


@pytest.mark.parametrize("datatype", ["F", "D", "I"])
def test_a_bare_copy_reads_as_its_original_whatever_it_stores(tmp_path, datatype):
    rng = np.random.default_rng(3)
    events = rng.integers(0, 1000, (50, 2)) if datatype == "I" else rng.normal(0, 1e4, (50, 2))
    channels = [ChannelSpec("A", range=1024), ChannelSpec("B", "CD38", range=1024)]
    write_fcs(
        tmp_path / "a.fcs", events, channels, datatype=datatype, keywords={"$DATE": "1.3.2008", "X": "Wanda"}
    )
    bare = write_bare(tmp_path / "a.fcs", tmp_path / "b.fcs", shift_days=-3)
    first, second = read_fcs(tmp_path / "a.fcs"), read_fcs(tmp_path / "b.fcs")
    assert first.channels == second.channels
    assert not second.repairs
    assert np.array_equal(first.matrix(["A", "B"]), second.matrix(["A", "B"]))
    assert "$DATE" in bare.dropped
    assert b"Wanda" not in (tmp_path / "b.fcs").read_bytes()


PLAIN = (
    st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"))
)


@given(st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=4), max_leaves=6))
def test_settings_written_anew_say_the_same(value):
    import tomllib

    settings = {"study": {"a": value, "b.c d": {"e": value}}, "top": value}
    assert tomllib.loads(as_toml(settings)) == settings


@pytest.mark.slow
def test_the_analysis_of_both_finds_the_same_numbers(findings, study_folder, tmp_path):
    """But for ages, and intervals of thresholds, drawn anew for each name of a file: they move a burden's."""
    from remnant.analysis import analyse
    from remnant.store.records import to_json

    store = open_store(tmp_path / "home")
    record = create_study(store, who="local", title="MDS", tree=put_folder(store, study_folder))
    export_pseudonymised(store, LOCAL, record, tmp_path / "out")
    again = analyse(read_study(tmp_path / "out"))
    for part in (
        "clones",
        "frequencies",
        "selective",
        "pooled",
        "joint",
        "courses",
        "relapses",
        "burdens",
        "colonies",
    ):
        old, new = (json.loads(to_json(getattr(one, part))) for one in (findings, again))
        drawn = ("lower", "upper") if part == "burdens" else ()
        assert _numbers(old, *drawn) == pytest.approx(_numbers(new, *drawn), rel=1e-9), part
        assert _numbers(old) == pytest.approx(_numbers(new), rel=0.02 if drawn else 1e-9), part
    store.close()


def _numbers(value, *without):
    if isinstance(value, dict):
        left = [one for key, one in value.items() if key not in ("line", *without)]
        return [number for one in left for number in _numbers(one, *without)]
    if isinstance(value, list):
        return [number for one in value for number in _numbers(one, *without)]
    return [value] if isinstance(value, int | float) and not isinstance(value, bool) else []


def test_no_name_of_a_file_that_stays_behind_is_in_the_zip(kept, named, tmp_path):
    store, _ = kept
    copy = tmp_path / "copy"
    shutil.copytree(named, copy)
    (copy / "Meierhofer-Wanda 1946.pdf").write_bytes(b"%PDF")
    record = create_study(store, who="local", title="other", tree=put_folder(store, copy))
    whole = b"".join(pseudonymised_zip(store, LOCAL, record, why=""))
    with zipfile.ZipFile(io.BytesIO(whole)) as opened:
        texts = "\n".join(opened.namelist()) + opened.read("READ_FIRST.txt").decode()
    assert "2 other files of the study" in texts
    assert not [secret for secret in SECRETS if secret in texts]


def test_nothing_is_handed_out_of_which_the_trail_says_nothing(kept, tmp_path, monkeypatch):
    def broken(*_, **__):
        raise StoreError([])

    store, record = kept
    monkeypatch.setattr(audit, "record", broken)
    with pytest.raises(StoreError):
        export_pseudonymised(store, LOCAL, record, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_key_that_was_lost_is_said_where_earlier_copies_have_other_names(kept, tmp_path):
    store, record = kept
    first = export_pseudonymised(store, LOCAL, record, tmp_path / "one")
    (store.home / "keys" / "pseudonyms.key").unlink()
    second = export_pseudonymised(store, LOCAL, record, tmp_path / "two")
    assert (first.other_keys, second.other_keys) == ((), (first.key_id,))


@pytest.mark.parametrize("said", ["seen 2007-03-17", "17.3.2007", "17-MAR-2007", "on 17. März 2007"])
def test_a_date_in_a_text_stops_the_export_for_it_tells_the_shift(kept, named, tmp_path, said):
    store, _ = kept
    copy = tmp_path / "copy"
    shutil.copytree(named, copy)
    text = (copy / "patients.csv").read_text()
    (copy / "patients.csv").write_text(text.replace("MDS with isolated", f"MDS ({said}) with isolated"))
    record = create_study(store, who="local", title="other", tree=put_folder(store, copy))
    with pytest.raises(StudyError) as caught:
        export_pseudonymised(store, LOCAL, record, tmp_path / "out2")
    assert {(fault.source, fault.column, fault.found) for fault in caught.value.faults} == {
        ("patients.csv", "diagnosis", "a date")
    }
    assert said not in str(caught.value)
