"""The kinds of work that can be asked for, with their choices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from remnant.service.work.fields import Field

SEED = Field(
    "seed",
    "Seed",
    "Of every stream of chance: the same seed gives the same bytes. Empty: the study's own.",
    "whole",
)
NEW_SEED = Field(
    "seed", "Seed", "Of every stream of chance: the same seed gives the same bytes.", "whole", "20100909"
)


@dataclass(frozen=True)
class Kind:
    """A kind of work.

    Parameters
    ----------
    name, title, says : str
        In a request, on a page, and what it does.
    fields : tuple of Field
        What can be chosen.
    of_study : bool
        Whether it is about a study that is there.
    """

    name: str
    title: str
    says: str
    fields: tuple[Field, ...]
    of_study: bool = True


ANALYSE = Kind(
    "analyse",
    "Analyse",
    "Counts the cells of every tube, joins them with nuclei, plates and karyotypes, and says who still "
    "carries malignant stem cells, and for how long.",
    (
        SEED,
        Field(
            "forecast",
            "Forecast",
            "When the clone is expected back: by a fast fit made now, or by the latest fit of this revision.",
            "choice",
            "no",
            choices=(
                ("no", "none"),
                ("yes", "fit each patient alone"),
                ("fit", "take the latest fit"),
            ),
        ),
    ),
)

FIT = Kind(
    "fit",
    "Fit",
    "Fits the mechanisms of treatment to the raw counts, and forecasts relapse under the planned calendar.",
    (
        Field(
            "setting",
            "Setting",
            "Full takes minutes to hours and lets patients inform each other; fast takes seconds for each.",
            "choice",
            "full",
            choices=(
                ("full", "full: all together"),
                ("fast", "fast: each alone"),
            ),
        ),
        Field(
            "mechanism",
            "Mechanism",
            "What may explain a remission in which stem cells stay behind.",
            "choice",
            "full",
            choices=(
                ("full", "all of them at once"),
                ("stem-spared", "stem cells spared"),
                ("uniformly-sensitive", "every cell equally sensitive"),
                ("quiescence-only", "only quiescence protects"),
                ("pre-existing-resistance", "resistant cells from the start"),
                ("acquired-resistance", "resistance acquired under treatment"),
            ),
        ),
        Field("compare", "Compare mechanisms", "Fits each mechanism in turn; full setting.", "yes", "no"),
        Field("chains", "Chains", "Chains that agree are the proof of a fit.", "whole", "4", 2, 64),
        Field("warmup", "Warm-up", "Steps of each chain that are not kept.", "whole", "200", 50, 100_000),
        Field("draws", "Draws", "Steps of each chain that are kept.", "whole", "500", 50, 100_000),
        Field(
            "horizon_years",
            "Horizon, years",
            "How far the forecast goes beyond the last observation.",
            "number",
            "5",
            0.1,
            50,
        ),
        SEED,
    ),
)

REPORT = Kind(
    "report",
    "Report",
    "Writes the latest analysis of this revision as offline pages, to keep and to send.",
    (
        Field(
            "figures", "Figures", "Also writes each figure as SVG, PNG and PDF, with its data.", "yes", "yes"
        ),
    ),
)

SIMULATE_STUDY = Kind(
    "simulate-study",
    "Simulate a study",
    "Invents patients from a known truth, to try the whole journey on. It is labelled synthetic everywhere.",
    (
        Field("title", "Title", "What the study is called in the list.", "text", "Synthetic study"),
        Field(
            "patients",
            "Patients",
            "The outlines of seven patients are repeated beyond.",
            "whole",
            "7",
            1,
            500,
        ),
        NEW_SEED,
        Field(
            "events",
            "Event files",
            "With FCS files of every tube; without, only whole clinical courses.",
            "yes",
            "yes",
        ),
    ),
    of_study=False,
)

SIMULATE_COHORT = Kind(
    "simulate-cohort",
    "Simulate a cohort",
    "Follows virtual patients under a scenario: who responds, what stays behind, who relapses, who is cured.",
    (
        Field("patients", "Patients", "Virtual patients.", "whole", "1000", 1, 1_000_000),
        Field("years", "Years", "How long each is followed. Empty: as the scenario says, else 10.", "number",
              "", 0.1, 100),
        Field(
            "method",
            "Method",
            "Small clones cell by cell and the rest by equations; all by cells; all by equations.",
            "choice",
            "hybrid",
            choices=(("hybrid", "hybrid"), ("exact", "exact"), ("deterministic", "deterministic")),
        ),
        NEW_SEED,
        Field("scenario", "Scenario", "What is done, as TOML; lenalidomide's label to begin with.", "lines"),
    ),
)  # fmt: skip

KINDS: Mapping[str, Kind] = {
    kind.name: kind for kind in (ANALYSE, FIT, REPORT, SIMULATE_COHORT, SIMULATE_STUDY)
}
