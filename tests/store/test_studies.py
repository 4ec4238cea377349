"""Nobody's work is written over: studies, their revisions, drafts and results."""

import threading

import pytest

from remnant.errors import ConflictError, NotHere, StoreError
from remnant.store.files.blobs import put_bytes
from remnant.store.files.trees import put_tree, replaced_file, tree_files
from remnant.store.studies.drafts import change_draft, draft, drafts, drop_draft, put_draft
from remnant.store.studies.results import keep, kept, kept_called, latest
from remnant.store.studies.studies import (
    all_studies,
    archive_study,
    create_study,
    restore_study,
    revise,
    revision_called,
    revisions,
    study_called,
)
from remnant.store.trail.audit import Change, entries, verify_chain


@pytest.fixture
def tree(store):
    """A small folder, invented."""
    return put_tree(store, {"study.toml": put_bytes(store, b"[study]\n")})


@pytest.fixture
def study(store, tree):
    """A study of that folder."""
    return create_study(store, who="anna", title="Invented", tree=tree, why="a test", synthetic=True)


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Lenalidomide in del(5q)", "lenalidomide-in-del-5q"),
        ("Zürich  \u2014 Größe\n", "zurich-groe"),
        ("神経", "study"),
        ("../../etc/passwd", "etc-passwd"),
        ("x" * 300, "x" * 40),
        ("a word " * 30, "a-word-a-word-a-word-a-word-a-word-a"),
        ("t\u200be\tst", "t-e-st"),
    ],
)
def test_a_slug_can_stand_in_any_address(store, tree, title, slug):
    first, second = (create_study(store, who="a", title=title, tree=tree) for _ in range(2))
    assert (first.slug, second.slug) == (slug, f"{slug}-2")
    assert study_called(store, slug) == first


@pytest.mark.parametrize("title", ["", " \n\t ", "\u200b"])
def test_a_title_that_says_nothing_is_refused(store, tree, title):
    with pytest.raises(StoreError, match="a word"):
        create_study(store, who="a", title=title, tree=tree)
    assert all_studies(store) == entries(store) == ()


def test_a_revision_is_added_and_the_old_one_stays(store, study, tree):
    newer = replaced_file(store, tree, "fish.csv", b"a\n")
    change = Change("fish.csv", "", "a")
    again = revise(store, study, who="ben", tree=newer, expected=1, changes=[change], why="slides came")
    assert (again.head, again.tree, again.by, study.head) == (2, newer, "anna", 1)
    second, first = revisions(store, again)
    assert (first.tree, first.parent, first.why) == (tree, None, "a test")
    assert (second.tree, second.parent, second.by, second.why) == (newer, 1, "ben", "slides came")
    assert revision_called(store, again, 1) == first
    assert study_called(store, study.slug) == again
    newest = entries(store)[0]
    assert (newest.what, newest.new, newest.why) == ("fish.csv", "a", "slides came")
    assert verify_chain(store) == ()


def test_an_overtaken_change_is_refused_and_leaves_no_trace(store, study, tree):
    newer = replaced_file(store, tree, "a", b"a")
    revise(store, study, who="ben", tree=newer, expected=1, changes=[], why="first")
    before = entries(store)
    with pytest.raises(ConflictError, match="revision 2 by ben"):
        revise(store, study, who="cara", tree=tree, expected=1, changes=[Change("a", "b", "c")], why="late")
    assert entries(store) == before
    assert study_called(store, study.slug).tree == newer


def test_of_many_who_change_one_revision_at_once_one_wins(store, study):
    trees = [replaced_file(store, study.tree, f"{n}", b"x") for n in range(6)]
    outcomes, gate = [], threading.Barrier(len(trees))

    def change(tree):
        gate.wait()
        try:
            outcomes.append(revise(store, study, who=tree, tree=tree, expected=1, changes=[], why="").head)
        except ConflictError:
            outcomes.append("conflict")

    threads = [threading.Thread(target=change, args=(tree,)) for tree in trees]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes, key=str) == [2, *["conflict"] * 5]
    assert len(revisions(store, study)) == 2
    assert verify_chain(store) == ()


def test_what_is_not_there_is_said(store, study):
    for call in (
        lambda: study_called(store, "nothing"),
        lambda: study_called(store, "'; DROP TABLE studies; --"),
        lambda: revision_called(store, study, 2),
        lambda: create_study(store, who="a", title="b", tree="0" * 64),
        lambda: revise(store, study, who="a", tree="0" * 64, expected=1, changes=[], why=""),
        lambda: put_draft(store, who="a", title="b", tree="0" * 64),
        lambda: tree_files(store, "0" * 64),
        lambda: draft(store, 99),
        lambda: kept_called(store, 99),
    ):
        with pytest.raises(NotHere) as error:
            call()
        assert error.value.faults[0].hint
    assert all_studies(store) == (study,)


def test_a_study_that_is_put_away_is_kept(store, study):
    archive_study(store, study, who="ben", why="finished")
    assert all_studies(store) == ()
    (away,) = all_studies(store, archived=True)
    assert away.archived
    assert study_called(store, study.slug) == away
    assert restore_study(store, away, who="ben") == study
    assert [entry.action for entry in entries(store, study=study.id)] == [
        "restore study",
        "archive study",
        "create study",
    ]


def test_a_draft_is_changed_by_one_at_a_time(store, tree):
    first = put_draft(store, who="anna", title="upload", tree=tree)
    mended, other = (replaced_file(store, tree, "a", data) for data in (b"a", b"b"))
    second = change_draft(store, first, who="ben", tree=mended, expected=tree)
    assert (second.id, second.tree, second.by) == (first.id, mended, "ben")
    with pytest.raises(ConflictError, match="by ben"):
        change_draft(store, first, who="anna", tree=other, expected=tree)
    assert drafts(store) == (second,) == (draft(store, first.id),)
    drop_draft(store, second, who="anna")
    assert drafts(store) == ()
    with pytest.raises(NotHere, match="accepted or dropped"):
        drop_draft(store, second, who="anna")
    with pytest.raises(NotHere):
        change_draft(store, second, who="anna", tree=other, expected=mended)
    assert put_draft(store, who="anna", title="next", tree=tree).id > first.id, (
        "a number is never given twice"
    )
    assert [entry.action for entry in reversed(entries(store))] == [
        "put draft",
        "change draft",
        "drop draft",
        "put draft",
    ]


def test_the_same_results_are_kept_once(store, study, tmp_path):
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "manifest.json").write_text("{}")
    given = {"who": "anna", "study": study, "revision": 1, "folder": tmp_path / "results", "job": None}
    first = keep(store, kind="analysis", key="k", **given)
    assert keep(store, kind="analysis", key="k", **given) == first
    other = keep(store, kind="analysis", key="other choices", **given)
    fit = keep(store, kind="fit", key="k", **given)
    assert kept(store, study) == (fit, other, first)
    assert kept(store, study, "analysis") == (other, first)
    assert latest(store, study, "analysis") == other == kept_called(store, other.id)
    assert latest(store, study, "cohort") is None
    assert tree_files(store, fit.tree).keys() == {"manifest.json"}
    with pytest.raises(NotHere, match="a revision of this study"):
        keep(store, kind="fit", key="k", **given | {"revision": 7})


def test_a_reason_that_one_database_could_not_hold_is_written_out_on_both(store):
    tree = put_tree(store, {})
    study = create_study(store, who="anna", title="t", tree=tree, why="a\0b \udcff")
    assert revisions(store, study)[0].why == "a\\x00b \\udcff"
    assert put_draft(store, who="anna", title="a\0b", tree=tree).title == "a\\x00b"
