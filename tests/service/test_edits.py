"""Rows typed in: the whole study is checked first, then all of it is kept, or none."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remnant.errors import ConflictError, NotHere, Refused, TableError
from remnant.service.entry.edits import add_row, add_rows, change_row_of, remove_row_of
from remnant.service.entry.pasting import read_pasted
from remnant.service.entry.row_faults import RowError, row_faults, row_now
from remnant.service.entry.table_files import columns_of, names_for, page_of, table_file
from remnant.service.standing import study_of
from remnant.service.viewer import Viewer
from remnant.store.files.sweep import sweep
from remnant.store.files.trees import put_folder, replaced_file
from remnant.store.house import open_store
from remnant.store.studies.drafts import drop_draft, put_draft
from remnant.store.studies.studies import create_study, revisions, study_called
from remnant.store.trail.audit import entries

SMALL = Path(__file__).parent / "small"
ANNA, BERT, LOOKER = Viewer("anna", "editor"), Viewer("bert", "editor"), Viewer("carl", "viewer")
SLIDE = {"sample_id": "P1-d90", "compartment": "stem", "probe": "EGR1"}
COUNTED = SLIDE | {"nuclei_scored": "50", "nuclei_abnormal": "37"}
COUNT = {"patient_id": "P1", "date": "2020-03-01", "haemoglobin_g_per_dl": "9.5"}


@pytest.fixture
def store(tmp_path):
    opened = open_store(tmp_path / "home")
    yield opened
    opened.close()


@pytest.fixture
def record(store):
    return create_study(store, who="anna", title="Small", tree=put_folder(store, SMALL), synthetic=True)


def told(store, record):
    return [entry for entry in entries(store, study=record.id) if ".csv" in entry.what]


def test_a_slide_is_added_with_every_value_in_the_history(store, record):
    before = table_file(store, record.tree, "fish").data
    after = add_row(store, ANNA, record, "fish", COUNTED, "scored  today")
    assert after.head == 2
    assert table_file(store, after.tree, "fish").data == before + b"P1-d90,stem,EGR1,50,37,\r\n"
    news = {entry.what: (entry.old, entry.new, entry.who, entry.why) for entry in told(store, record)}
    what = "fish.csv line 7 (P1-d90, stem, EGR1) nuclei_abnormal"
    assert news[what] == ("", "37", "anna", "scored today")
    assert len(news) == 5


def test_a_cell_is_changed_and_every_other_byte_stays(store, record):
    before = table_file(store, record.tree, "fish").data
    after = change_row_of(store, BERT, record, "fish", 5, {"nuclei_abnormal": "191"}, "second reader")
    assert table_file(store, after.tree, "fish").data == before.replace(b"200,190", b"200,191")
    (entry,) = told(store, record)
    assert (entry.what, entry.old, entry.new) == (
        "fish.csv line 5 (P1-d0, progenitor, EGR1) nuclei_abnormal", "190", "191",
    )  # fmt: skip


def test_a_row_is_taken_out_and_its_values_stay_in_the_history(store, record):
    after = remove_row_of(store, ANNA, record, "fish", 6, "another patient's slide")
    assert b"P1-d90" not in table_file(store, after.tree, "fish").data
    assert {entry.old for entry in told(store, record)} == {"P1-d90", "progenitor", "EGR1", "200", "4"}


def test_a_table_is_made_by_its_first_row_and_goes_with_its_last(store, record):
    row = {"patient_id": "P1", "date": "2020-01-20", "product": "red_cells", "units": "2"}
    after = add_row(store, ANNA, record, "transfusions", row)
    held = table_file(store, after.tree, "transfusions")
    assert held.header[:2] == ("patient_id", "date")  # as the other tables of this study have it, or as typed
    gone = remove_row_of(store, ANNA, after, "transfusions", held.lines[0], "none was given")
    assert table_file(store, gone.tree, "transfusions").blob == ""
    assert gone.tree == record.tree


def test_a_new_table_is_offered_in_days_where_the_samples_are(store, record):
    held = table_file(store, record.tree, "transfusions")
    assert [column.name for column in columns_of(held)][1] == "day"


def test_what_the_file_has_no_column_for_is_added_to_it_when_it_is_measured(store, record):
    after = change_row_of(
        store, ANNA, record, "blood_counts", 2, {"blasts_fraction": "0.01"}, "from the film"
    )
    lines = table_file(store, after.tree, "blood_counts").data.decode().splitlines()
    assert lines[0].endswith(",blasts_fraction")
    assert [line.rsplit(",", 1)[1] for line in lines[1:]] == ["0.01", ""]


@pytest.mark.parametrize(
    ("table", "row", "at", "elsewhere"),
    [
        ("fish", COUNTED | {"nuclei_abnormal": "51"}, {"nuclei_abnormal"}, 0),
        ("fish", COUNTED | {"nuclei_scored": ""}, {"nuclei_scored"}, 0),
        ("fish", COUNTED | {"sample_id": "P1-d9"}, {"sample_id"}, 0),
        ("fish", COUNTED | {"compartment": ""}, {"compartment"}, 0),
        ("fish", {}, set(), 1),
        ("fish", COUNTED | {"scorer": "me"}, set(), 1),
        ("fish", COUNTED | {"probe": "a\0b"}, {"probe"}, 0),
        ("blood_counts", COUNT | {"date": "2020-02-01"}, {"day"}, 0),
        ("blood_counts", COUNT | {"date": "1.3.2020"}, {"date"}, 0),
        ("blood_counts", COUNT | {"patient_id": "P2"}, {"date"}, 0),
        ("blood_counts", COUNT | {"haemoglobin_g_per_dl": "95"}, {"haemoglobin_g_per_dl"}, 0),
        ("blood_counts", COUNT | {"date": "", "day": "50"}, set(), 1),
        ("karyotypes", {"sample_id": "P1-d0", "iscn": "46,XX[20]"}, {"sample_id"}, 0),
    ],
)
def test_a_row_that_breaks_the_study_is_refused_at_its_cells_and_nothing_is_written(
    store, record, table, row, at, elsewhere
):
    with pytest.raises(RowError) as refused:
        add_row(store, ANNA, record, table, row)
    assert set(refused.value.at()) == at
    assert len(refused.value.elsewhere) == elsewhere
    assert study_called(store, record.slug) == record
    assert told(store, record) == []


def test_a_change_that_breaks_another_table_is_said_there(store, record):
    with pytest.raises(RowError) as refused:
        change_row_of(store, ANNA, record, "samples", 2, {"sample_id": "P1-day0"}, "renamed")
    assert {fault.source for fault in refused.value.elsewhere} == {
        "fish.csv", "karyotypes.csv", "dilution_plates.csv",
    }  # fmt: skip
    assert study_called(store, record.slug).head == 1


@pytest.mark.parametrize("why", ["", "   ", "x" * 501])
def test_what_goes_needs_a_reason(store, record, why):
    for refuse in (
        lambda: change_row_of(store, ANNA, record, "fish", 3, {"nuclei_abnormal": "90"}, why),
        lambda: remove_row_of(store, ANNA, record, "fish", 3, why),
    ):
        with pytest.raises(RowError) as refused:
            refuse()
        assert set(refused.value.at()) == {"why"}
    assert study_called(store, record.slug).head == 1


def test_the_same_values_again_make_no_revision(store, record):
    held = table_file(store, record.tree, "fish")
    assert change_row_of(store, ANNA, record, "fish", 3, held.row(3), "looked again") == record


def test_a_viewer_changes_nothing(store, record):
    with pytest.raises(Refused):
        add_row(store, LOOKER, record, "fish", COUNTED)
    assert study_called(store, record.slug).head == 1


def test_rows_and_tables_that_are_not_there_are_named(store, record):
    for refuse in (
        lambda: change_row_of(store, ANNA, record, "fish", 2, {"probe": "CSF1R"}, "x"),  # the header
        lambda: remove_row_of(store, ANNA, record, "fish", 99, "x"),
        lambda: add_row(store, ANNA, record, "../study", {"title": "x"}),
    ):
        with pytest.raises(NotHere):
            refuse()


def test_nobody_writes_over_what_another_changed_meanwhile(store, record):
    theirs = change_row_of(store, BERT, record, "fish", 3, {"nuclei_abnormal": "94"}, "recounted")
    with pytest.raises(ConflictError, match="bert"):
        change_row_of(store, ANNA, record, "fish", 3, {"nuclei_abnormal": "93"}, "recounted", expected=1)
    assert study_called(store, record.slug) == theirs
    mine = change_row_of(
        store, ANNA, record, "karyotypes", 2, {"iscn": "46,XX[20]"}, "report corrected", expected=1
    )
    assert mine.head == 3  # another table: both changes stand


def test_a_row_is_found_again_after_others_moved_it(store, record):
    remove_row_of(store, BERT, record, "fish", 3, "not ours")
    assert row_now(store, record, "fish", 5, 1) == (4, table_file(store, record.tree, "fish").row(5))
    assert row_now(store, record, "karyotypes", 2, 1)[0] == 2
    change_row_of(store, BERT, record, "karyotypes", 2, {"iscn": "46,XX[20]"}, "corrected")
    assert row_now(store, record, "karyotypes", 2, 1) == (2, {"sample_id": "P1-d0", "iscn": "46,XX[20]"})


def test_two_people_who_add_at_once_both_do(store, record):
    days = [f"2020-04-{day:02}" for day in range(1, 9)]
    work = [
        threading.Thread(target=add_row, args=(store, ANNA, record, "blood_counts", COUNT | {"date": day}))
        for day in days
    ]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    head = study_called(store, record.slug)
    assert head.head == 1 + len(days)
    assert {row[1] for row in table_file(store, head.tree, "blood_counts").rows} >= set(days)


def test_many_rows_are_added_all_or_none(store, record):
    rows = [COUNT | {"date": f"2020-05-{day:02}"} for day in range(1, 13)]
    with pytest.raises(RowError) as refused:
        add_rows(store, ANNA, record, "blood_counts", [*rows, COUNT | {"date": "2020-05-01"}])
    assert refused.value.at(refused.value.lines[-1])
    assert study_called(store, record.slug).head == 1
    after = add_rows(store, ANNA, record, "blood_counts", rows, only_check=True)
    assert after.head == 1
    assert len(revisions(store, record)) == 1
    assert add_rows(store, ANNA, record, "blood_counts", rows).head == 2


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.dictionaries(st.sampled_from([*COUNTED, "iscn", "purity_events"]), st.text(max_size=8)))
def test_whatever_is_typed_is_saved_whole_or_refused_in_words(store, record, values):
    head = study_called(store, record.slug)
    typed = COUNTED | values
    try:
        after = add_row(store, ANNA, record, "fish", typed)
    except RowError:
        assert study_called(store, record.slug) == head
        return
    held = table_file(store, after.tree, "fish")
    last = held.row(held.lines[-1])
    assert {name: text for name, text in last.items() if text} == {
        name: text.strip() for name, text in typed.items() if text.strip()
    }


def test_a_field_is_checked_while_the_row_is_typed(store, record):
    study, held = study_of(store, record.tree), table_file(store, record.tree, "fish")
    assert row_faults(study, held, COUNTED) == ()
    faults = row_faults(study, held, COUNTED | {"sample_id": "P1-d99", "nuclei_abnormal": "x"})
    assert {fault.column for fault in faults} == {"sample_id", "nuclei_abnormal"}
    assert "P1-d90" in next(fault.hint for fault in faults if fault.column == "sample_id")
    counts = table_file(store, record.tree, "blood_counts")
    late = row_faults(study, counts, COUNT | {"date": "2190-01-01"})
    assert [fault.column for fault in late] == ["date"]


def test_a_form_offers_the_names_of_the_study(store, record):
    names = names_for(store, record, table_file(store, record.tree, "fish"))
    assert names["sample_id"] == ("P1-d0", "P1-d90", "P2-d0")
    assert names["compartment"] == ("stem", "progenitor")
    assert names["probe"] == ("EGR1",)
    assert "patient_id" not in names_for(store, record, table_file(store, record.tree, "patients"))


def test_rows_are_chosen_by_patient_and_sorted_as_numbers(store, record):
    study, held = study_of(store, record.tree), table_file(store, record.tree, "fish")
    part = page_of(study, held, patient=1, sort="nuclei_abnormal", down=True, size=2)
    assert [cells[4] for _, cells in part.rows] == ["190", "95"]
    assert (part.total, part.pages) == (3, 2)
    assert page_of(study, held, patient=2).rows == ()
    assert page_of(study, held, patient=77).rows == ()
    assert page_of(study, held, number=10**6).number == 1


def test_rows_of_a_spreadsheet_find_their_columns(store, record):
    held = table_file(store, record.tree, "blood_counts")
    named = read_pasted("Platelets\tpatient_id\tdate\n88\tP1\t2020-06-01\n", held)
    assert named.values == [{"platelets_1e9_per_l": "88", "patient_id": "P1", "date": "2020-06-01"}]
    bare = read_pasted("P1;2020-06-01;9.9\n\nP1;2020-06-08;9.8;90\n", held)
    assert bare.values[0] == {
        "patient_id": "P1", "date": "2020-06-01", "haemoglobin_g_per_dl": "9.9", "platelets_1e9_per_l": "",
    }  # fmt: skip
    assert add_rows(store, ANNA, record, "blood_counts", bare.values).head == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "nothing"),
        ("patient_id\tdate\n", "no rows"),
        ("patient_id\tdat\nP1\t1", "did you mean date"),
        ("patient_id\tpatient_id\nP1\tP1", "twice"),
        ("P1\t2020-06-01\t9\t90\t1\t2\t3", "7 cells"),
        ('P1\t"2020', "no table"),
        ("P1\t2020-06-01\n" * 5001, "5,001 rows"),
    ],
)
def test_what_cannot_be_rows_is_refused_in_words(store, record, text, said):
    with pytest.raises(Exception, match=said):
        read_pasted(text, table_file(store, record.tree, "blood_counts"))


def test_a_study_is_read_though_the_draft_that_had_its_files_first_was_dropped_and_swept(store):
    other = replaced_file(store, put_folder(store, SMALL), "notes.txt", b"beside the tables")
    draft = put_draft(store, who="a", title="", tree=replaced_file(store, other, "fish.csv", None))
    study_of(store, draft.tree)
    record = create_study(store, who="a", title="t", tree=other)
    drop_draft(store, draft, who="a")
    sweep(store, older_than=timedelta(0))
    assert study_of(store, record.tree).patients


def test_a_fault_of_a_pasted_row_names_its_line_beneath_header_and_empty_lines(store, record):
    held = table_file(store, record.tree, "blood_counts")
    with pytest.raises(TableError) as caught:
        read_pasted("patient_id\tdate\n\nP1\t2020-06-01\n\nP1\t2020-06-08\t9\t1\n", held)
    assert [fault.line for fault in caught.value.faults] == [5]
