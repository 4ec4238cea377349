"""A gate review counts what the analysis would count, and is saved whole, with who and why, or not at all."""

from dataclasses import replace

import numpy as np
import pytest

from remnant.analysis.plan import Plan
from remnant.analysis.tube_tasks import tube_tasks
from remnant.cytometry import gate_with_codes, read_fcs, read_gates
from remnant.cytometry.gates.evaluate import evaluate
from remnant.errors import ConflictError, FcsError, NotHere, Refused, SettingError
from remnant.service.gating import bench as gates_bench
from remnant.service.gating import review as gates
from remnant.service.gating.save import drop_review, gate_name, save_review
from remnant.service.privacy.pseudonymised import export_pseudonymised
from remnant.service.standing import study_of
from remnant.service.studies import bring_in_folder
from remnant.service.viewer import LOCAL, Viewer
from remnant.store.files.blobs import read_blob
from remnant.store.files.trees import checkout, replaced_file, tree_files
from remnant.store.house import open_store
from remnant.store.studies.studies import revise, study_called
from remnant.store.trail.audit import entries
from remnant.study import read_study

ANNA = Viewer("anna", "editor")
WHY = "the automatic cut lies inside the progenitors"


@pytest.fixture(scope="module")
def base(study_folder, tmp_path_factory):
    """A store with the synthetic study; no test of this module writes to this record."""
    store = open_store(tmp_path_factory.mktemp("gates") / "home")
    yield store, bring_in_folder(store, LOCAL, study_folder)
    store.close()


@pytest.fixture
def study(base):
    """A study of its own for a test that writes: the same files, and so the same open tubes."""
    from remnant.store.studies.studies import create_study

    store, record = base
    return store, create_study(store, who="anna", title="A copy", tree=record.tree)


def events(proposal):
    return {count.population: count.events for count in proposal.counts}


def test_every_stained_tube_is_listed_with_its_visit(base):
    store, record = base
    lines = gates.tubes(store, record)
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    assert lines[0].file == "fcs/P1-d0.fcs"
    assert lines[0].patient == 1
    assert set(lines[0].controls) == {"CD38", "CD90"}
    assert not any(line.reviewed or line.stale for line in lines)


def test_a_review_shows_the_plots_in_the_order_of_the_gates_with_controls_beneath(base):
    store, record = base
    seen = gates.review(store, record, 1)
    keys = ["cells", "singlets", "viable", "nucleated", "CD34", "CD38-CD34", "CD38-CD90"]
    assert [plot.key for plot in seen.plots] == keys
    assert [[c.marker for c in plot.controls] for plot in seen.plots[-2:]] == [["CD38"], ["CD90"]]
    for plot in seen.plots:
        assert np.all(np.diff(plot.x.values) > 0)
        assert sum(n for _, _, n in plot.view.counts) > 0
        for control in plot.controls:
            assert control.view.x_range == plot.view.x_range
    assert len(seen.stem.values[0]) == seen.stem.total
    assert seen.visits >= 2


def test_a_proposal_counts_as_the_recipe_does_with_those_cuts(base):
    store, record = base
    tube = gates_bench.tube_called(store, record, 2)
    rng = np.random.default_rng(3)
    for _ in range(3):
        cuts = {"CD38": float(rng.uniform(100, 900)), "CD34": float(rng.uniform(700, 2000))}
        proposed = gates.propose(store, record, 2, cuts)
        task = tube.task
        recipe = replace(task.recipe, reviewed=tuple(sorted(cuts.items())))
        asked = replace(task.opening(), path=study_root(store, record) / task.file, recipe=recipe)
        counted = gate_with_codes(asked, rng=task.rng())[0]
        assert events(proposed) == {p.population: p.events for p in counted.populations}
        for count, own in zip(proposed.counts, counted.populations, strict=True):
            assert count.lower == pytest.approx(1e6 * own.interval.fraction_lower)


def study_root(store, record):
    return study_of(store, record.tree).root


def test_a_proposal_says_what_the_recipe_counts_and_where_the_cut_lies_against_its_interval(base):
    store, record = base
    own = gates.propose(store, record, 1, {})
    cut = next(cut for cut in own.cuts if cut.marker == "CD38")
    assert (cut.value, cut.placed, cut.doubt) == (cut.automatic, False, "")
    assert all(count.change == 0 for count in own.counts if count.events is not None)
    moved = gates.propose(store, record, 1, {"CD38": 3 * cut.automatic_upper})
    there = next(cut for cut in moved.cuts if cut.marker == "CD38")
    assert there.placed
    assert there.doubt.startswith("above the interval of the automatic cut")
    stem = next(count for count in moved.counts if count.population == "stem")
    assert stem.change == stem.events - stem.automatic > 0


@pytest.mark.parametrize(
    "cuts", [{"CD38": float("nan")}, {"CD38": float("inf")}, {"CD38": 1e9}, {"CD117": 3.0}, {"lineage": 3.0}]
)
def test_a_cut_that_cannot_be_placed_is_refused_and_nothing_is_written(base, cuts):
    store, record = base
    for ask in (
        lambda: gates.propose(store, record, 1, cuts),
        lambda: save_review(store, ANNA, record, 1, cuts, WHY),
    ):
        with pytest.raises(SettingError) as caught:
            ask()
        assert next(iter(cuts)) in str(caught.value)
    assert study_called(store, record.slug).head == 1


def test_a_saved_review_is_what_the_analysis_and_the_command_line_use(study):
    store, record = study
    proposed = gates.propose(store, record, 1, {"CD38": 333.0})
    after = save_review(store, ANNA, record, 1, {"CD38": 333.0}, f"  {WHY} ")
    folder = checkout(store, after.tree)
    again = read_study(folder)
    (row,) = again["gate_reviews"].to_dicts()
    assert (row["cut"], row["reviewer"], row["reason"]) == (333.0, "anna", WHY)
    assert row["file_sha256"] == tree_files(store, after.tree)["fcs/P1-d0.fcs"]
    task = tube_tasks(again, Plan.of(again.config))[0]
    counted = gate_with_codes(task.opening(), rng=task.rng())[0]
    assert events(proposed) == {p.population: p.events for p in counted.populations}
    tree = read_gates(folder / "gates" / "P1-d0.xml")
    by_gate = {c.gate: c.events for c in evaluate(tree, read_fcs(folder / task.file))[0]}
    assert by_gate["stem"] == events(proposed)["stem"]
    assert tree.notes[0].startswith("CD38 cut moved by anna on ")
    assert tree.notes[0].endswith(WHY)
    changes = [(entry.what, entry.new) for entry in entries(store, study=record.id) if entry.why == WHY]
    assert ("gate_reviews.csv fcs/P1-d0.fcs CD38", "333") in changes
    assert any(what == "gates/P1-d0.xml" for what, _ in changes)


def test_going_back_to_automatic_takes_the_row_and_the_gates_away(study):
    store, record = study
    first = save_review(store, ANNA, record, 1, {"CD38": 333.0, "CD90": 200.0}, WHY)
    second = drop_review(store, ANNA, first, 1, "CD90", "back")
    assert [cut.marker for cut in gates.review(store, second, 1).saved] == ["CD38"]
    third = drop_review(store, ANNA, second, 1, "", "back")
    assert third.tree == record.tree
    assert events(gates.review(store, third, 1).proposal) == events(gates.propose(store, record, 1, {}))


def test_the_same_cuts_again_make_no_revision(study):
    store, record = study
    first = save_review(store, ANNA, record, 1, {"CD38": 333.0}, WHY)
    assert save_review(store, ANNA, first, 1, {"CD38": 333.0}, "again").head == first.head


def test_cuts_for_all_visits_of_a_patient_are_a_row_for_each_tube(study):
    store, record = study
    after = save_review(store, ANNA, record, 1, {"CD38": 333.0}, WHY, everywhere=True)
    lines = gates.tubes(store, after)
    patients = {line.patient for line in lines if line.reviewed}
    assert patients == {1}
    assert all(line.reviewed == ("CD38",) for line in lines if line.patient == 1)
    assert after.head == record.head + 1
    visits = gates.other_visits(store, after, 1)
    assert len(visits) == sum(line.patient == 1 for line in lines) - 1
    assert all(next(c for c in v.proposal.cuts if c.marker == "CD38").placed for v in visits)


def test_a_save_needs_a_reason_a_role_and_the_newest_revision(study):
    store, record = study
    with pytest.raises(SettingError):
        save_review(store, ANNA, record, 1, {"CD38": 333.0}, "  ")
    with pytest.raises(Refused):
        save_review(store, Viewer("eve", "viewer"), record, 1, {"CD38": 333.0}, WHY)
    save_review(store, ANNA, record, 1, {"CD38": 333.0}, WHY)
    with pytest.raises(ConflictError) as caught:
        save_review(store, Viewer("ben", "editor"), record, 1, {"CD38": 400.0}, WHY, expected=record.head)
    assert "by anna" in str(caught.value)
    assert study_called(store, record.slug).head == record.head + 1
    with pytest.raises(NotHere):
        gates.review(store, record, 99)


def test_a_review_of_a_file_that_was_exchanged_is_called_stale_until_it_is_saved_again(study):
    store, record = study
    first = save_review(store, ANNA, record, 1, {"CD38": 333.0}, WHY)
    other = read_blob(store, tree_files(store, record.tree)["fcs/P1-d0-fmo-CD38.fcs"])
    tree = replaced_file(store, first.tree, "fcs/P1-d0.fcs", other)
    exchanged = revise(store, first, who="anna", tree=tree, expected=first.head, changes=(), why="new export")
    assert gates.tubes(store, exchanged)[0].stale
    assert gates.review(store, exchanged, 1).saved[0].stale
    again = save_review(store, ANNA, exchanged, 1, {"CD38": 333.0}, "looked again")
    assert not gates.tubes(store, again)[0].stale


def test_a_damaged_file_says_so_and_the_other_visits_are_shown(study):
    store, record = study
    tree = replaced_file(store, record.tree, "fcs/P1-d0.fcs", b"FCS3.1 but no more")
    broken = revise(store, record, who="anna", tree=tree, expected=record.head, changes=(), why="broken")
    with pytest.raises(FcsError):
        gates.review(store, broken, 1)
    visits = gates.other_visits(store, broken, 2)
    assert "P1-d0.fcs" in visits[0].trouble
    assert visits[1].proposal is not None


def test_a_pseudonymised_copy_keeps_the_cuts_and_not_the_name_of_the_reviewer(study, tmp_path):
    store, record = study
    after = save_review(store, ANNA, record, 1, {"CD38": 333.0}, WHY)
    export_pseudonymised(store, LOCAL, after, tmp_path / "copy")
    copy = read_study(tmp_path / "copy")
    (row,) = copy["gate_reviews"].to_dicts()
    assert (row["cut"], row["reviewer"], row["reason"]) == (333.0, "reviewer", WHY)
    assert tube_tasks(copy, Plan.of(copy.config))[0].recipe.reviewed == (("CD38", 333.0),)


def test_a_cut_is_not_said_of_bytes_that_nobody_looked_at(study):
    store, record = study
    tube = gates_bench.tube_called(store, record, 1)
    other = gates_bench.tube_called(store, record, 2)
    bytes_ = read_blob(store, tree_files(store, record.tree)[other.line.file])
    tree = replaced_file(store, record.tree, tube.line.file, bytes_)
    revise(store, record, who="ben", tree=tree, expected=record.head, changes=(), why="another export")
    with pytest.raises(ConflictError, match="another export"):
        save_review(store, ANNA, record, 1, {"CD38": 300.0}, WHY, expected=record.head)
    assert save_review(store, ANNA, record, 2, {"CD38": 300.0}, WHY, expected=record.head).head == 3


def test_two_tubes_whose_names_differ_in_folder_or_ending_alone_have_gates_of_their_own(base):
    store, record = base
    tube = gates_bench.tube_called(store, record, 1)
    files = ("fcs/a.fcs", "a.fcs", "fcs/a.LMD", "fcs/b.fcs", "./fcs/c/b.fcs")
    tubes = [replace(tube, line=replace(tube.line, file=file)) for file in files]
    names = [gate_name(one, tubes) for one in tubes]
    assert len(set(names)) == len(names)
    assert names[3:] == ["gates/b.xml", "gates/c/b.xml"]


def test_the_trail_tells_two_cuts_apart_that_differ_in_the_last_digit(study):
    store, record = study
    save_review(store, ANNA, record, 1, {"CD38": 300.12345678}, WHY)
    save_review(store, ANNA, record, 1, {"CD38": 300.12345679}, WHY)
    moved = next(entry for entry in entries(store, study=record.id) if entry.what.startswith("gate_reviews"))
    assert (moved.old, moved.new) == ("300.12345678", "300.12345679")
