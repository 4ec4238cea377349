"""Every estimator against stored answers of R, on data with ties, late entry, few events and none."""

import numpy as np
import pytest

from remnant.stats.survival.cox import cox
from remnant.stats.survival.cumulative_incidence import aalen_johansen
from remnant.stats.survival.fine_gray import fine_gray
from remnant.stats.survival.gray import gray
from remnant.stats.survival.kaplan_meier import kaplan_meier
from remnant.stats.survival.log_rank import log_rank
from remnant.stats.survival.proportional_hazards import proportional_hazards


def steps_of(theirs, ours):
    """Rows of R, which lists times of censoring too, at our steps."""
    return [int(np.argmin(np.abs(np.asarray(theirs, float) - when))) for when in ours]


def test_the_reference_sets_agree_to_their_tolerances(reference, as_numbers):
    (time, event, x, z), expected = reference
    test = log_rank(time, event > 0, x)
    assert test.chi_square == pytest.approx(expected["logrank"]["chisq"], rel=1e-10)
    assert test.p == pytest.approx(expected["logrank"]["p"], rel=1e-10)
    model = cox(time, event == 1, np.c_[x, z])
    assert model.coefficient == pytest.approx(expected["cox_efron"]["coef"], abs=1e-7)
    assert model.standard_error == pytest.approx(expected["cox_efron"]["se"], abs=1e-7)
    likelihoods = [model.log_likelihood_null, model.log_likelihood]
    assert likelihoods == pytest.approx(expected["cox_efron"]["loglik"], abs=1e-9)
    curve, theirs = aalen_johansen(time, event), expected["aalen_johansen"]
    rows = steps_of(theirs["time"], curve.time)
    for place, cause in enumerate((1, 2)):
        assert curve.of(cause) == pytest.approx(as_numbers(theirs[f"cif{cause}"])[rows], rel=1e-10)
        assert curve.error[:, place] == pytest.approx(as_numbers(theirs[f"se{cause}"])[rows], rel=1e-10)
    sub = fine_gray(time, event, np.c_[x, z])
    assert sub.coefficient == pytest.approx(expected["fine_gray"]["coef"], abs=1e-5)
    assert sub.standard_error == pytest.approx(expected["fine_gray"]["se"], abs=1e-5)
    assert sub.log_likelihood == pytest.approx(expected["fine_gray"]["loglik"], abs=1e-8)


def test_freedom_and_its_limits_agree_also_with_late_entry(further, as_numbers):
    (time, event, _, _, entry, _), expected = further
    for name, begun in (("km", None), ("kme", entry)):
        curve, theirs = kaplan_meier(time, event > 0, entry=begun), expected[name]
        rows = steps_of(theirs["time"], curve.time)
        for key, values in (("surv", curve.free), ("lower", curve.lower), ("upper", curve.upper)):
            assert values == pytest.approx(as_numbers(theirs[key])[rows], rel=1e-10, nan_ok=True)
        median = np.nan if curve.median is None else curve.median
        assert median == pytest.approx(as_numbers([theirs["median"]])[0], nan_ok=True)


def test_log_rank_agrees_with_and_without_strata(further):
    (time, event, x, _, _, stratum), expected = further
    for name, group, layer in (("lr", x, None), ("lrs", x, stratum), ("lr3", stratum, None)):
        if expected[name] is not None:
            found = log_rank(time, event > 0, group, stratum=layer)
            assert found.chi_square == pytest.approx(expected[name], rel=1e-10, abs=1e-12)


def test_cox_agrees_with_ties_late_entry_and_strata(further):
    (time, event, x, z, entry, stratum), expected = further
    for name, options in (("cox", {}), ("coxe", {"entry": entry}), ("coxs", {"stratum": stratum})):
        if (theirs := expected[name]) is None:
            continue
        found = cox(time, event == 1, np.c_[x, z], **options)
        assert not found.infinite.any()
        assert found.coefficient == pytest.approx(theirs["coef"], abs=1e-9)
        assert found.standard_error == pytest.approx(theirs["se"], abs=1e-9)
        assert [found.log_likelihood_null, found.log_likelihood] == pytest.approx(theirs["loglik"], abs=1e-9)
        assert found.score.statistic == pytest.approx(theirs["score"], abs=1e-9)
        if theirs["zph"]:
            tests = proportional_hazards(time, event == 1, np.c_[x, z], **options)
            ours = [*(each.statistic for each in tests.each), tests.together.statistic]
            assert ours == pytest.approx(theirs["zph"], abs=1e-7)


def test_cumulative_incidence_agrees_with_its_standard_error(further, as_numbers):
    (time, event, _, _, entry, _), expected = further
    for name, begun in (("aj", None), ("aje", entry)):
        if (theirs := expected[name]) is None:
            continue
        curve = aalen_johansen(time, event, entry=begun, causes=(1, 2))
        rows = steps_of(theirs["time"], curve.time)
        assert curve.incidence == pytest.approx(as_numbers(theirs["p"])[rows][:, 1:3], rel=1e-10)
        assert curve.error == pytest.approx(as_numbers(theirs["se"])[rows][:, 1:3], rel=1e-10, abs=1e-14)


def test_fine_gray_and_gray_agree_with_cmprsk(further):
    (time, event, x, z, _, stratum), expected = further
    if theirs := expected["fg"]:
        found = fine_gray(time, event, np.c_[x, z])
        assert found.coefficient == pytest.approx(theirs["coef"], abs=1e-6)
        assert found.standard_error == pytest.approx(theirs["se"], abs=1e-6)
        assert found.log_likelihood == pytest.approx(theirs["loglik"], abs=1e-8)
    for name, group in (("g2", x), ("g3", stratum)):
        for cause, statistic in (expected[name] or {}).items():
            found = gray(time, event, group, of=int(cause))
            assert found.chi_square == pytest.approx(statistic, rel=1e-9, abs=1e-12)
