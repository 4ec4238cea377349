"""How a fit was made and what it rests on, in paragraphs; the same on the page of a fit and in the report."""

from __future__ import annotations

from remnant.inference.records import Fit


def paragraphs(fit: Fit) -> list[tuple[str, list[str]]]:
    """Return headings with their paragraphs."""
    return [
        ("What is fitted", [_model(fit), _likelihood(), *_compared(fit)]),
        ("How", [_sampler(fit)]),
        ("What a forecast means", _forecast()),
    ]


def short(fit: Fit) -> list[tuple[str, list[str]]]:
    """Return the same under one heading, for the report of a study."""
    return [("Forecast", [text for _, texts in paragraphs(fit) for text in texts])]


def _model(fit: Fit) -> str:
    return (
        "Quiescent and active stem cells, progenitors and mature cells of a normal, a malignant "
        "and a resistant clone, "
        f'under the drugs as they were given: preset "{fit.preset}", mechanism "{fit.mechanism}". '
        "Each patient has own "
        "numbers, which vary around those of a population; the priors are those of the preset, and "
        "every one stands in "
        "the tables beside its posterior. Where the data say next to nothing of a number, it is "
        "marked so: its "
        "posterior is the prior's."
    )


def _likelihood() -> str:
    return (
        "The likelihood is of the raw counts: nuclei by a beta-binomial with the probe's errors and "
        "the purity of the "
        "sort; colonies and wells; events of compartments; metaphases; reads; haemoglobin with the "
        "units that were "
        "given; transcripts, below detection where they were not detected. An assay that was not "
        "done drops out. "
        "Points in the figures are the estimates of each assay alone; the fit does not use them."
    )


def _compared(fit: Fit) -> list[str]:
    if not fit.mechanisms:
        return []
    return ["Mechanisms are weighed against each other by stacking [@yao2018]."]


def _sampler(fit: Fit) -> str:
    one = fit.diagnostics
    if one.setting == "fast":
        return (
            "Each patient alone: importance sampling against the preset's population, with "
            "Pareto-smoothed weights [@vehtari2024]; a "
            f"patient whose Pareto k is above 0.7 is marked, or fitted again by chains. Seed {fit.seed}."
        )
    return (
        f"All patients together: {one.chains} chains of the No-U-Turn sampler [@hoffman2014], "
        f"{one.warmup:,} steps "
        "of warm-up and "
        f"{one.draws:,} draws each. A fit is used only if R-hat [@vehtari2021] stays below 1.01, 400 "
        "draws are "
        "effective in bulk and tails, at most one transition in 1,000 diverged and the energy is explored. "
        f"Seed {fit.seed}."
    )


def _forecast() -> list[str]:
    return [
        "The day of now is the patient's last observation; what lies after it is forecast, under "
        "the calendar as the "
        "study has it. Each draw of the posterior is followed on; a chance of relapse is the share "
        "of draws, with its "
        "Monte Carlo error, and an interval holds the share of the posterior that it names. What is "
        "beyond the horizon "
        "is said to be so, not when it comes.",
        "Fractions are hidden truth; haemoglobin and transcripts are as the next measurement would "
        "show them. Cure "
        "depends on the number of stem cells of a healthy marrow, which is known to an order of "
        "magnitude at best: it "
        "is a curve. Two calendars are compared in the same draws. How often such intervals held in "
        "simulated and "
        "real patients [@talts2018] is published with the software.",
    ]
