import numpy as np
import pytest

from remnant.cytogenetics.fish.compartment_table import read_compartments
from remnant.cytogenetics.fish.slides import read_slides
from remnant.cytogenetics.fish.two_slides import changes_from_baseline, compare_counts
from remnant.stats.tables.multiplicity import holm


def test_p_is_adjusted_for_the_comparisons_that_could_say_something():
    counts = [(5, 20, 1, 50), (0, 10, 0, 30), (3, 20, 2, 50)]
    first, silent, last = compare_counts(counts)
    p = [first.exact.p_two_sided, last.exact.p_two_sided]
    assert silent.p_holm is None
    assert [first.p_holm, last.p_holm] == pytest.approx(holm(p).tolist())


def test_a_fall_of_the_clone_is_a_ratio_below_one(tmp_path):
    path = tmp_path / "table.csv"
    rows = ["A,d0,stem,50,40", "A,d90,stem,50,10", "A,d180,stem,0,0", "A,d365,stem,50,5"]
    path.write_text("\n".join(["patient,visit,compartment,nuclei_scored,nuclei_abnormal", *rows]))
    table = read_compartments(path)
    slides = [(*table.people[item.sample_id], item) for item in read_slides(table.fish)]
    found = changes_from_baseline(slides)
    assert [item.visit for item in found] == ["d90", "d365"]
    assert all(item.baseline == "d0" and item.found.exact.upper < 1 for item in found)
    log_odds, error = found[0].found.haldane
    assert log_odds == pytest.approx(np.log(10.5 * 10.5 / (40.5 * 40.5)))
    assert error > 0


def test_visits_whose_names_hold_commas_stay_apart(tmp_path):
    path = tmp_path / "table.csv"
    header = "patient,visit,compartment,nuclei_scored,nuclei_abnormal"
    path.write_text(f'{header}\n"A, b",c,stem,5,1\nA,"b, c",stem,7,2\n')
    table = read_compartments(path)
    assert sorted(table.people.values()) == [("A", "b, c"), ("A, b", "c")]
    assert [item.scored for item in read_slides(table.fish)] == [5, 7]
