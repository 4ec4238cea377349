"""Stem against progenitor compartment in all patients of a study, by every test that readers ask for.

Counts are taken as they stand: probe errors and sort purity are for `remnant.cytogenetics.compare`. The
tests over patients take the differences of observed fractions; those of log odds, which lean where numbers of
nuclei are unequal, stand beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from remnant.cytogenetics.fish.paired_slides import SlidePair
from remnant.cytogenetics.fish.two_slides import TwoSlides, compare_counts
from remnant.stats.numerics.arrays import FloatArray
from remnant.stats.tables.exact import OddsRatio, stratified_odds_ratio
from remnant.stats.tables.firth import FirthTest, firth_test
from remnant.stats.tables.fixed_patient import FixedPatientFit, fixed_patient_logistic
from remnant.stats.tables.large_sample import haldane_log_odds
from remnant.stats.tables.log_odds_pooling import PooledLogOdds, pool_log_odds
from remnant.stats.tables.mixed_logistic import MixedLogistic, mixed_logistic, mixed_separation
from remnant.stats.tables.paired import SignFlipTest, SignTest, sign_flip, sign_test, wilcoxon_signed_rank
from remnant.stats.tables.pooled import MantelHaenszel, Peto, mantel_haenszel, peto
from remnant.stats.tables.strata import Separation, Strata, strata


@dataclass(frozen=True)
class PairedTests:
    """Exact tests over patients.

    Parameters
    ----------
    sign : SignTest
        Of the differences of fractions.
    wilcoxon, permutation : SignFlipTest; the second None above 40 patients
        Of the differences of fractions.
    wilcoxon_log_odds, permutation_log_odds : SignFlipTest; the second None above 40 patients
        Of the log odds ratios with half a nucleus added to each cell, patients without a choice left out.
    """

    sign: SignTest
    wilcoxon: SignFlipTest
    permutation: SignFlipTest | None
    wilcoxon_log_odds: SignFlipTest
    permutation_log_odds: SignFlipTest | None


@dataclass(frozen=True)
class PatientsComparison:
    """All patients together; None where an answer does not exist.

    Parameters
    ----------
    patients, visits : int
        Patients, and patients times visits: the strata.
    by_patient : tuple of TwoSlides
        In the order of the pairs.
    separation, mixed_separation : Separation
        Whether the log odds ratio that fits best is finite, with free and with random intercepts.
    exact, mantel_haenszel, peto, fixed, firth, mixed, random_effects
        One odds ratio for all.
    paired : PairedTests
        Tests over patients.
    """

    patients: int
    visits: int
    by_patient: tuple[TwoSlides, ...]
    separation: Separation
    mixed_separation: Separation
    exact: OddsRatio
    mantel_haenszel: MantelHaenszel | None
    peto: Peto | None
    fixed: FixedPatientFit | None
    firth: FirthTest | None
    mixed: MixedLogistic | None
    random_effects: PooledLogOdds | None
    paired: PairedTests


def compare_patients(pairs: Sequence[SlidePair], *, confidence: float = 0.95) -> PatientsComparison:
    """Compare the two compartments of several patients, scored with one probe.

    Parameters
    ----------
    pairs : sequence of SlidePair
        From `pair_slides`; at least one.
    confidence : float, default 0.95
        Coverage of all intervals, in (0, 1).
    """
    assert pairs, "a comparison needs a pair"
    counts = [pair.counts for pair in pairs]
    tables = strata(*np.array(counts).T)
    patients = [pair.patient for pair in pairs]
    mixed = mixed_logistic(tables, confidence=confidence) if len(set(patients)) > 1 else None
    return PatientsComparison(
        len(set(patients)),
        len(pairs),
        compare_counts(counts, confidence=confidence),
        tables.separation,
        mixed_separation(tables),
        stratified_odds_ratio(*np.array(counts).T, confidence=confidence),
        mantel_haenszel(tables, confidence=confidence),
        peto(tables),
        fixed_patient_logistic(tables),
        fixed_patient_firth(tables, confidence=confidence),
        mixed,
        pool_log_odds(*haldane_log_odds(*np.array(counts).T), confidence=confidence),
        paired_tests(tables, patients),
    )


def fixed_patient_firth(tables: Strata, *, confidence: float = 0.95) -> FirthTest:
    """Firth's log odds ratio with an intercept for each patient; finite whatever was counted."""
    ones, patients = np.ones((len(tables.k1), 1)), np.eye(len(tables.k1))
    design = np.block([[patients, ones], [patients, 0 * ones]])
    successes, trials = np.append(tables.k1, tables.k2), np.append(tables.n1, tables.n2)
    return firth_test(design, successes, trials, column=len(patients), confidence=confidence)


def paired_tests(tables: Strata, patients: Sequence[str]) -> PairedTests:
    """Test over patients; one with several visits counts once, by the mean of the visits."""
    differences = _by_patient(tables.k1 / tables.n1 - tables.k2 / tables.n2, patients)
    told = tables.informative
    log_odds, _ = haldane_log_odds(*(x[told] for x in (tables.k1, tables.n1, tables.k2, tables.n2)))
    logs = _by_patient(log_odds, [name for name, here in zip(patients, told, strict=True) if here])
    sign = np.sign(np.round(differences, 12))
    return PairedTests(
        sign_test(int((sign > 0).sum()), int((sign < 0).sum())),
        wilcoxon_signed_rank(differences),
        sign_flip(differences),
        wilcoxon_signed_rank(logs),
        sign_flip(logs),
    )


def _by_patient(values: FloatArray, patients: Sequence[str]) -> FloatArray:
    named: dict[str, list[float]] = {}
    for name, value in zip(patients, values, strict=True):
        named.setdefault(name, []).append(float(value))
    return np.array([np.mean(each) for each in named.values()])
