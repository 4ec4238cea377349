from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from remnant.cytogenetics import CloneFraction, compare_pair, estimate_clones, probe_errors, score_clones
from remnant.errors import TableError
from remnant.observation.fish import Probe as Simulated
from remnant.observation.fish import simulate
from remnant.stats.fractions.count import Count
from remnant.stats.fractions.misclassification import fraction_posterior
from remnant.study.config import BetaPrior, Probe
from remnant.study.estimate import Evidence, Source
from remnant.study.tables import FISH, FISH_CONTROLS

ROLES = {"stem": "stem", "progenitor": "progenitor"}


def table(schema, rows):
    types = {"line": pl.Int64} | {column.name: column.dtype for column in schema.columns}
    return pl.DataFrame([{"line": place + 2} | row for place, row in enumerate(rows)], schema=types)


def slide(compartment, abnormal=None, scored=None, sample="P1-d100", **more):
    row = {"sample_id": sample, "compartment": compartment, "probe": "EGR1"}
    return row | {"nuclei_abnormal": abnormal, "nuclei_scored": scored} | more


CONTROLS = table(
    FISH_CONTROLS,
    [
        {"probe": "EGR1", "control_id": f"C{i}", "nuclei_scored": 200, "nuclei_abnormal": k}
        for i, k in enumerate([1, 0, 2, 1, 0, 3, 1, 0, 0, 1])
    ],
)
NONE = CONTROLS.clear()


def one(*rows, controls=CONTROLS, **options):
    return estimate_clones(table(FISH, rows), controls, roles=ROLES, **options)


def test_no_abnormal_nucleus_of_twenty_five_is_not_detected_below_eleven_percent():
    (found,) = one(slide("stem", 0, 25), priors={"EGR1": Probe(slide_correlation=0)})
    assert found.fraction.evidence is Evidence.NOT_DETECTED
    assert found.fraction.upper == pytest.approx(1 - 0.05 ** (1 / 25))
    assert found.observed.upper == pytest.approx(1 - 0.05 ** (1 / 25))


def test_failed_hybridisation_is_not_evaluable_and_not_zero():
    (found,) = one(slide("stem", 0, 0))
    assert found.fraction.evidence is Evidence.NOT_EVALUABLE
    assert found.observed.evidence is Evidence.NOT_EVALUABLE
    assert found.above_cutoff is None


def test_a_count_below_the_cutoff_is_not_detected_and_at_it_is():
    (first,) = one(slide("progenitor", 1, 200))
    count = first.cutoff_count
    below, at = (one(slide("progenitor", k, 200))[0] for k in (count - 1, count))
    assert (below.above_cutoff, below.fraction.evidence) == (False, Evidence.NOT_DETECTED)
    assert (at.above_cutoff, at.fraction.evidence) == (True, Evidence.DETECTED)
    assert at.fraction.lower < at.fraction.value < at.fraction.upper


def test_slides_of_one_compartment_are_one_count():
    (found,) = one(slide("stem", 12, 30), slide("stem", 3, 10), slide("stem", 0, 0))
    assert (found.nuclei_abnormal, found.nuclei_scored, found.slides) == (15, 40, 3)
    assert found.fraction.sources == tuple(Source("fish.csv", line) for line in (2, 3, 4))
    assert "hybridisation failed" in found.remarks[0]


def test_a_rerun_written_beside_each_slide_counts_once():
    rerun = {"purity_events": 200, "purity_in_gate": 190}
    alike = {"priors": {"EGR1": Probe(slide_correlation=0)}}
    twice = one(slide("stem", 12, 30, **rerun), slide("stem", 3, 10, **rerun), **alike)[0]
    once = one(slide("stem", 15, 40, **rerun), **alike)[0]
    assert twice.purity == once.purity == 0.95
    assert twice.fraction.upper == once.fraction.upper


def test_nuc_ish_stands_for_the_counts():
    text = "nuc ish(D5S23x2,EGR1x1)[15/40]/(D5S23x1,EGR1x1)[2/40]"
    (found,) = one(slide("stem", iscn=text))
    assert (found.nuclei_abnormal, found.nuclei_scored) == (15, 40)
    (same,) = one(slide("stem", 15, 40))
    assert found.fraction.value == same.fraction.value


def test_every_wrong_slide_is_said_at_once():
    rows = [
        slide("stem", 14, 40, iscn="nuc ish(D5S23x2,EGR1x1)[15/40]"),
        slide("progenitor", iscn="nuc ish(D5S23x2,EGR1x1)"),
        slide("bulk", iscn="nuc ish(D7S486x1)[3/40]"),
        slide("stem", 1, 10, contaminant="progenitor", sample="P2"),
        slide("stem", 1, 10, contaminant="bulk", sample="P2"),
    ]
    with pytest.raises(TableError) as refusal:
        one(*rows)
    assert [fault.line for fault in refusal.value.faults] == [2, 3, 4, 6]
    assert all(fault.source == "fish.csv" for fault in refusal.value.faults)


def test_a_small_signal_in_an_impure_sort_is_explained_by_its_contaminant():
    rerun = {"purity_events": 200, "purity_in_gate": 170}
    impure, _ = one(slide("stem", 3, 40, **rerun), slide("progenitor", 120, 200))
    pure, _ = one(slide("stem", 3, 40), slide("progenitor", 120, 200))
    assert impure.contaminant == "progenitor"
    assert impure.worst_case_lower == 0
    assert impure.fraction.lower < pure.fraction.lower
    assert impure.fraction.value < pure.fraction.value
    assert pure.worst_case_lower is None


def test_a_clonal_stem_sort_stands_even_in_the_worst_case():
    rerun = {"purity_events": 200, "purity_in_gate": 190}
    stem, _ = one(slide("stem", 36, 40, **rerun), slide("progenitor", 1, 200))
    assert 0.5 < stem.worst_case_lower < stem.observed.lower + 0.1
    assert stem.fraction.value > stem.nuclei_abnormal / stem.nuclei_scored


def test_without_control_slides_the_example_prior_is_named():
    (found,) = one(slide("stem", 0, 25), controls=NONE)
    assert "example prior" in found.prior
    assert "no control slides" in found.cutoff_method
    assert found.fraction.upper >= 1 - 0.05 ** (1 / 25) - 1e-12


def test_a_labs_own_prior_moves_the_answer_and_is_named():
    careless = Probe(
        false_positive=BetaPrior(errors=10, correct=90), false_negative=BetaPrior(errors=1, correct=99)
    )
    usual, own = (one(slide("stem", 8, 40), controls=NONE, priors=p)[0] for p in ({}, {"EGR1": careless}))
    assert "the study's prior" in own.prior
    assert own.cutoff_count > usual.cutoff_count


@pytest.mark.parametrize(
    "method", ["beta-binomial", "binomial", "pooled-upper-limit", "mean-plus-sd", "betainv"]
)
def test_every_method_names_itself(method):
    (found,) = one(slide("stem", 8, 40), cutoff=method)
    assert found.cutoff_method == method


@given(st.integers(1, 300), st.data())
@settings(max_examples=15, deadline=None)
def test_records_survive_json(scored, data):
    rows = slide("stem", data.draw(st.integers(0, scored)), scored), slide("progenitor", 0, 0)
    kind = TypeAdapter(tuple[CloneFraction, ...])
    found = one(*rows)
    assert kind.validate_json(kind.dump_json(found)) == found


def pair(stem, progenitor, **more):
    rows = slide("stem", *stem, **more), slide("progenitor", *progenitor)
    return compare_pair(*score_clones(table(FISH, rows), CONTROLS, roles=ROLES))


def test_spared_stem_cells_are_found_with_their_exact_ratio():
    found = pair((15, 40), (2, 200)).comparison
    assert found.probability > 0.999
    assert found.log_odds.lower > 0
    assert found.odds_ratio_lower < found.odds_ratio < found.odds_ratio_upper
    assert found.exact_p < 1e-6


def test_the_joint_posterior_behind_an_impure_stem_estimate_serves_the_comparison_too():
    rerun = {"purity_events": 200, "purity_in_gate": 190}
    stem, progenitor = score_clones(
        table(FISH, [slide("stem", 15, 40, **rerun), slide("progenitor", 2, 200)]), CONTROLS, roles=ROLES
    )
    assert (stem.contaminant, progenitor.joint) == (progenitor.slides, None)
    shared, afresh = (compare_pair(item, progenitor) for item in (stem, replace(stem, joint=None)))
    assert shared.comparison == afresh.comparison
    other = replace(progenitor, slides=replace(progenitor.slides, abnormal=50, counts=()))
    assert compare_pair(stem, other).comparison.log_odds.value < shared.comparison.log_odds.value


def test_equal_compartments_are_not_told_apart():
    found = pair((20, 40), (100, 200)).comparison
    assert 0.2 < found.probability < 0.8
    assert found.log_odds.lower < 0 < found.log_odds.upper


def test_nothing_abnormal_anywhere_leaves_the_question_open():
    found = pair((0, 25), (0, 200))
    assert (found.comparison.odds_ratio, found.comparison.exact_p) == (None, None)
    assert 0.05 < found.comparison.probability < 0.95
    assert found.posterior is not None


def test_an_unscored_compartment_makes_the_pair_not_evaluable():
    found = pair((0, 0), (10, 200))
    assert found.comparison.log_odds.evidence is Evidence.NOT_EVALUABLE
    assert found.posterior is None


def test_controls_that_all_carry_the_clone_teach_the_false_negatives():
    line = {"probe": "EGR1", "nuclei_scored": 200, "nuclei_abnormal": 180, "kind": "clone"}
    clonal = pl.concat([CONTROLS, table(FISH_CONTROLS, [line | {"control_id": f"K{i}"} for i in range(5)])])
    (usual,), (taught,) = one(slide("stem", 20, 40)), one(slide("stem", 20, 40), controls=clonal)
    assert taught.fraction.value > usual.fraction.value
    assert "100 of 1000 nuclei of clonal controls" in taught.prior
    assert taught.cutoff_count == usual.cutoff_count


def test_a_slide_far_behind_its_siblings_is_remarked():
    (found,) = one(slide("stem", 1, 8), slide("stem", 12, 100))
    assert "8 nuclei beside one with 100" in found.remarks[0]


def test_nuclei_with_another_abnormality_are_named():
    (found,) = one(slide("stem", iscn="nuc ish(D5S23x2,EGR1x1)[15/40]/(D5S23x3,EGR1x3)[4/40]"))
    assert any("4 nuclei with" in remark for remark in found.remarks)


@pytest.mark.slow
@pytest.mark.parametrize("nuclei", [20, 75, 150, 200])
def test_intervals_of_slides_that_vary_as_the_simulator_lets_them_hold_the_truth(nuclei):
    """Dispersion 150: a binomial posterior held it at 200 nuclei in 84 %."""
    rng, held, draws = np.random.default_rng(5), 0, 1000
    real = Simulated(false_positive=0.012, false_negative=0.02, dispersion=150.0)
    for _ in range(draws):
        truth = rng.random()
        controls = [(int(k), 200) for k in simulate(np.zeros(20), 200, real, rng=rng)]
        errors = probe_errors(controls)
        count = Count(int(simulate(truth, nuclei, real, rng=rng)), nuclei, (), errors.slide_correlation)
        lower, upper = fraction_posterior(count, fp=errors.fp, fn=errors.fn).interval()
        held += lower <= truth <= upper
    assert 0.915 < held / draws < 0.985
