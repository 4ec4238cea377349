"""Pages and figures of what was found: made once, the same as in the report, nobody's name in an address."""

import gzip
import json
import zlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.analysis.results import save
from remnant.errors import NotHere, ResultsError, SettingError
from remnant.report.parts import patient_part, study_part
from remnant.service.found import figures, pages, report_pages, slices
from remnant.service.found.cohort_questions import chosen, measured, rows_of
from remnant.service.found.comparison import compare
from remnant.service.found.findings import changes_since, findings_of, standing
from remnant.service.found.pages import Memory, Piece, gzipped, kept
from remnant.store.files.blobs import blob_path
from remnant.store.files.trees import put_tree, tree_files
from remnant.store.house import open_store
from remnant.store.studies.results import keep
from remnant.store.studies.studies import create_study, revise
from remnant.store.trail.audit import Change


@pytest.fixture(scope="module")
def found(cases):
    """Findings of four patients: two ordinary, one hostile, one with nothing."""
    return cases.example()


@pytest.fixture(scope="module")
def kept_study(found, tmp_path_factory):
    """A store with a study, its analysis, and how it stands."""
    home = tmp_path_factory.mktemp("pages")
    store = open_store(home / "home")
    save(found, home / "results")
    record = create_study(store, who="anna", title="Four patients", tree=put_tree(store, {}), synthetic=True)
    keep(store, who="anna", study=record, revision=1, kind="analysis", folder=home / "results", key="first")
    at = standing(store, record)
    assert slices.ready(store, at)
    yield store, record, at
    store.close()


@given(st.lists(st.binary(max_size=400), min_size=1, max_size=5))
def test_pieces_that_were_deflated_apart_are_one_gzip_stream(texts):
    assert gzip.decompress(gzipped(*map(Piece.of, texts))) == b"".join(texts)


def test_memory_forgets_the_oldest_piece_first():
    memory, piece = Memory(most=400), Piece.of(b"x" * 150)
    for key in "abc":
        memory.put(key, piece)
    memory.get("b")
    memory.put("d", piece)
    assert memory.get("a") is None
    assert memory.get("d") is not None


def test_a_page_is_made_once_and_again_when_what_was_kept_is_broken(tmp_path):
    store = open_store(tmp_path / "home")
    made = []

    def make():
        made.append(1)
        return {"words": "said"}

    for _ in range(3):
        assert kept(store, "key", "words", make).text == b"said"
    assert len(made) == 1
    assert kept(store, "key", "no-such", make) is None
    assert kept(store, "key", "../words", make) is None
    pages._MEMORY = Memory()
    (path,) = (tmp_path / "home" / "cache").rglob("words.z")
    path.write_bytes(b"broken")
    assert kept(store, "key", "words", make).text == b"said"
    assert len(made) == 2
    store.close()


def test_the_page_of_a_patient_is_that_of_the_report_to_the_letter(kept_study, found):
    store, _, at = kept_study
    for number in range(1, len(found.timelines) + 1):
        mine = report_pages.words_of_patient(store, at, number).text.decode()
        theirs = str(patient_part(found, number).html).replace(f"patient-{number}", "patient-1")
        assert mine == theirs


def test_the_page_of_the_study_names_no_patient_in_an_address(kept_study, found):
    store, record, at = kept_study
    text = report_pages.words_of_study(store, at).text.decode()
    assert f'href="/s/{record.slug}/patients/1"' in text
    assert str(study_part(found, links=lambda n: f"/s/{record.slug}/patients/{n}").html) in text
    served = report_pages.contents_of(store, at, report_pages.STUDY).files
    for one in range(1, 5):
        served |= report_pages.contents_of(store, at, str(one)).files
    names = [timeline.patient_id for timeline in found.timelines]
    assert served
    assert not [where for where in served.values() for name in names if name in where]


def test_every_chart_that_a_page_says_has_files_has_them(kept_study, found):
    store, _, at = kept_study
    for page in ("study", "1", "2"):
        number = None if page == "study" else int(page)
        known = {one.name for one in figures.names(store, at, number)}
        said = {where.rsplit("/", 1)[1] for where in report_pages.contents_of(store, at, page).files.values()}
        assert said <= known


def test_packages_of_a_page_are_what_the_report_packs(kept_study, found):
    store, _, at = kept_study
    packed = dict(patient_part(found, 2).packages())
    course = next(name for name in packed if name == "patient-2")
    import base64

    theirs = json.loads(zlib.decompress(base64.b64decode(packed[course])))
    mine = json.loads(report_pages.package(store, at, "2", "patient-1").text)
    assert mine == theirs
    assert report_pages.package(store, at, "2", "nothing") is None
    assert report_pages.package(store, at, "x", "patient-1") is None


def test_a_figure_is_a_file_without_a_browser_and_its_data_are_no_formulas(kept_study):
    store, _, at = kept_study
    assert figures.figure_file(store, at, "cohort", "svg").startswith(b"<svg")
    assert figures.figure_file(store, at, "cohort", "pdf").startswith(b"%PDF")
    assert figures.figure_file(store, at, "course_1", "png").startswith(b"\x89PNG")
    table = figures.figure_file(store, at, "cohort", "csv").decode()
    assert table.startswith("table,")
    assert not [
        line for line in table.splitlines() if any(cell[:1] in "=@" for cell in line.split(",") if cell)
    ]
    with pytest.raises(NotHere, match="cohort"):
        figures.figure_file(store, at, "cohrt", "svg")
    with pytest.raises(NotHere):
        figures.figure_file(store, at, "course_99", "svg")


def test_patients_are_chosen_by_state_and_a_misspelt_word_is_refused_with_the_nearest(found):
    rows = rows_of(found)
    state = rows[0].state
    assert chosen(rows, state=state) == tuple(row for row in rows if row.state == state)
    assert chosen(rows, persistence="spared") == tuple(row for row in rows if row.persistence == "spared")
    with pytest.raises(SettingError) as error:
        chosen(rows, persistence="sparred", state="remision")
    assert {fault.column for fault in error.value.faults} == {"state", "persistence"}
    assert "spared" in error.value.faults[1].hint


def test_what_was_not_measured_is_named_as_what_an_answer_lacks():
    promised = measured({"patients": 3, "samples": 9, "karyotypes": 4, "fish": 0})
    lacks = {promise.answer: promise.lacks for promise in promised.promises}
    assert lacks["Karyotype, clones and their evolution"] == ()
    assert lacks["The clone in stem cells and progenitors, and whether stem cells are spared"] == ("fish",)
    assert promised.rows == (("patients", 3), ("samples", 9), ("karyotypes", 4))


def test_two_analyses_differ_in_what_was_changed_and_in_nothing_else(kept_study, found, tmp_path):
    store, record, at = kept_study
    last = found.courses[0]
    courses = tuple(
        replace(one, state=type(one.state)("acute myeloid leukaemia")) if one is last else one
        for one in (*found.courses[1:], last)
    )
    save(replace(found, courses=courses), tmp_path / "other")
    other = keep(
        store, who="ben", study=record, revision=1, kind="analysis", folder=tmp_path / "other", key="b"
    )
    assert compare(store, record, at.analysis.id, at.analysis.id).same
    moved = compare(store, record, at.analysis.id, other.id)
    assert [row.of for row in moved.states] == [last.patient_id]
    assert moved.states[0].after.startswith("acute myeloid leukaemia")
    assert moved.numbers == ()
    with pytest.raises(NotHere):
        compare(store, record, at.analysis.id, 999)


def test_a_study_that_has_changed_since_its_analysis_says_what_changed(tmp_path, found):
    store = open_store(tmp_path / "home")
    save(found, tmp_path / "results")
    record = create_study(store, who="anna", title="Changed", tree=put_tree(store, {}))
    assert findings_of(store, record) is None
    keep(store, who="anna", study=record, revision=1, kind="analysis", folder=tmp_path / "results", key="k")
    change = Change("fish.csv line 7 nuclei_abnormal", "3", "4")
    tree = tree_files(store, standing(store, record).analysis.tree)
    record = revise(
        store, record, who="ben", tree=put_tree(store, tree), expected=1, changes=[change], why="recounted"
    )
    at = standing(store, record)
    assert [(one.number, one.why) for one in at.later] == [(2, "recounted")]
    assert [(one.what, one.old, one.new) for one in changes_since(store, at)] == [(change.what, "3", "4")]
    store.close()


def test_results_whose_files_are_gone_or_of_another_version_say_what_to_do(tmp_path, found):
    store = open_store(tmp_path / "home")
    save(found, tmp_path / "results")
    record = create_study(store, who="anna", title="Gone", tree=put_tree(store, {}))
    one = keep(
        store, who="anna", study=record, revision=1, kind="analysis", folder=tmp_path / "results", key="k"
    )
    blob = blob_path(store, tree_files(store, one.tree)["findings.json"])
    blob.unlink()
    with pytest.raises((ResultsError, NotHere)) as gone:
        findings_of(store, record)
    assert gone.value.faults
    (tmp_path / "results" / "findings.json").write_text('{"plan": 1}')
    record = create_study(store, who="anna", title="Old", tree=put_tree(store, {}))
    keep(store, who="anna", study=record, revision=1, kind="analysis", folder=tmp_path / "results", key="k")
    with pytest.raises(ResultsError, match="run the analysis again"):
        slices.ready(store, standing(store, record))
    store.close()
