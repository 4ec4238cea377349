"""Synthetic posteriors: draws from the priors of a preset, as of a patient of whom nothing was measured."""

import numpy as np

from remnant.dynamics.model.presets import preset
from remnant.dynamics.treatment import Course, Therapy, calendar
from remnant.inference.forecast import Posterior

DEL5Q, CML = preset("del5q-lenalidomide"), preset("cml-imatinib")
DRUG = "lenalidomide"
NOW = 364  # with a horizon of two years, every course runs the one compiled program of 256 steps


def prior_draws(chosen, count, seed):
    """Every number of a preset, shape (draws,)."""
    uniforms = np.random.default_rng(seed).uniform(size=(count, len(chosen.priors())))
    return {name: prior.quantile(uniforms[:, k]) for k, (name, prior) in enumerate(chosen.priors())}


def unknown_patient(count=256, seed=1, *, now=NOW, chosen=DEL5Q, **values):
    """A posterior that is the prior, some of its numbers replaced."""
    own = prior_draws(chosen, count, seed) | {name.replace("__", "."): x for name, x in values.items()}
    drugs = tuple(drug.name for drug in chosen.drugs)
    return Posterior("P1", own, chosen, drugs, 0, now)


def cycles(last, *, first=0, name=DRUG, dose=10.0, on=21, cycle=28):
    """21 of 28 days from one day to another."""
    return Therapy.single(name, calendar([Course(first, last, dose, on, cycle)]))
