"""The decision of a planned trial by the study's joint model: every slide of the trial in one posterior.

Its levels are shared by the patients, so it draws more from a slide of few nuclei than patients pooled one by
one. It is a sampler, a quarter of a second for a trial: fewer numbers of patients and fewer trials are looked
at, with chains that are short beside those of a study.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from remnant.planning.decision import Assay, IntArray, Verdicts
from remnant.scale import stream
from remnant.stats.fractions.error_rates import Beta
from remnant.stats.joint.fit import fit
from remnant.stats.joint.model import DIFFERENCE, NOTHING, PROGENITOR, STEM, Prior, Slides

NUMBERS = (4, 6, 8, 10, 12, 16, 24, 40)  # of patients
TRIALS = 60
_RERUN = 10_000  # events that make a purity as good as known
_CHAINS = {"chains": 2, "warm_up": 150, "draws": 400, "rounds": 1}


def joint(stem: IntArray, progenitor: IntArray, sizes: Sequence[int], assay: Assay) -> Verdicts:
    """Weigh abnormal nuclei by the joint model; the chains' own chance is keyed by the counts."""
    spared = []
    for size in sizes:
        slides = lay_out(stem[:size], progenitor[:size], assay)
        assert isinstance(assay.fp, Beta), "control slides, or a prior, say what is known of false positives"
        assert isinstance(assay.fn, Beta), "a prior says what is known of false negatives"
        shared = assay.count(0, assay.stem_nuclei).correlation
        rng = stream(0, "joint decision", size, *slides.abnormal.tolist())
        draws = fit(slides, Prior(assay.fp, assay.fn, shared), rng=rng, **_CHAINS)
        spared.append(float(np.mean(draws.mean[:, :, DIFFERENCE, 0] > 0)))
    return Verdicts(tuple(spared))


def lay_out(stem: IntArray, progenitor: IntArray, assay: Assay) -> Slides:
    """Lay a trial out as the joint model takes it: one visit of each patient, two slides."""
    patients = len(stem)
    inside, events = np.zeros((2, patients, 3), int)
    contaminant = np.full((patients, 3), NOTHING)
    if assay.purity < 1:
        events[:, STEM], contaminant[:, STEM] = _RERUN, PROGENITOR
        inside[:, STEM] = round(assay.purity * _RERUN)
    return Slides(
        np.arange(patients),
        np.zeros(patients),
        np.zeros(patients, int),
        np.repeat(np.arange(patients), 2),
        np.tile([STEM, PROGENITOR], patients),
        np.column_stack([stem, progenitor]).ravel(),
        np.tile([assay.stem_nuclei, assay.progenitor_nuclei], patients),
        inside,
        events,
        contaminant,
    )
