"""What a fit starts from: the study's counts, laid out for its preset and its mechanism."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from remnant.dynamics.model.preset import Preset
from remnant.dynamics.model.presets import preset
from remnant.dynamics.treatment import Therapy
from remnant.inference.evidence.evidence import Evidence, Gathered
from remnant.inference.evidence.gather import gather, narrowed
from remnant.inference.evidence.gather_cells import Counts
from remnant.inference.fitting.choices import Choices
from remnant.inference.problem.mechanisms import mechanism_of
from remnant.inference.problem.problem import Problem, make_problem
from remnant.observation.likelihood.number import Number
from remnant.study.study import Study

QUICK = ("slides", "metaphases", "variants", "transcripts")  # what the fast setting fits
PREFIX = {"slides": "fish"}  # of an assay's numbers, where it is not its name


@dataclass(frozen=True)
class Ready:
    """A study ready to be fitted.

    Parameters
    ----------
    study : Study
        As read.
    choices : Choices
        Of the fit.
    preset : Preset
        As [mechanism] of study.toml names it.
    gathered : Gathered
        Its counts; nobody where no patient has any.
    """

    study: Study
    choices: Choices
    preset: Preset
    gathered: Gathered

    @property
    def transcript(self) -> bool:
        """Whether the clone is followed by transcripts."""
        return bool(self.study.config.mechanism.transcript)

    def problem(self, mechanism: str | None = None) -> Problem:
        """Return the posterior under the mechanism of the choices, or under another."""
        return make_problem(self.gathered, self.preset, mechanism_of(mechanism or self.choices.mechanism))

    def quick_problem(self) -> Problem:
        """Return what the fast setting fits: the counts of `QUICK`, and what all share at its median.

        A patient has a dozen numbers of his own, which importance sampling can find; haemoglobin, plates and
        numbers that only many patients can tell are for the full setting.
        """
        kept = tuple(
            narrowed(one, QUICK, self.therapy(patient), self.gathered.drugs, self.start_day(patient))
            for patient, one in enumerate(self.gathered.evidence)
        )
        gathered = replace(self.gathered, evidence=kept, numbers=self._numbers_of(kept))
        problem = make_problem(gathered, self.preset, mechanism_of(self.choices.mechanism))
        still = (
            replace(n, scope="fixed") if n.scope == "shared" and "slides" in problem.evidence.assays else n
            for n in problem.numbers
        )
        return replace(problem, numbers=tuple(still))

    def _numbers_of(self, evidence: Sequence[Evidence]) -> tuple[Number, ...]:
        """Return the numbers of the assays that are there; without one, its numbers are nobody's."""
        there = {PREFIX.get(name, name) for one in evidence for name in one.assays}
        return tuple(n for n in self.gathered.numbers if n.name.partition(".")[0] in there)

    def start_day(self, patient: int) -> int:
        """Return the first day of a patient's course: of observation or of treatment."""
        therapy = self.gathered.therapies[patient]
        first = [one.switches[0] for one in therapy.calendars if one.switches]
        return int(np.floor(min([float(self.gathered.evidence[patient].days[0]), *first])))

    def therapy(self, patient: int) -> Therapy:
        """Return what a patient was given, and what is planned."""
        return self.gathered.therapies[patient]


def make_ready(study: Study, choices: Choices, *, counted: Counts | None = None) -> Ready:
    """Lay out a study.

    Parameters
    ----------
    study : Study
        As read.
    choices : Choices
        Of the fit.
    counted : mapping, optional
        Compartments gated from the study's own tubes, as `gather` takes them.

    Raises
    ------
    RemnantError
        With everything that cannot be read, all at once.
    """
    chosen = preset(study.config.mechanism.preset)
    return Ready(study, choices, chosen, gather(study, chosen, until=choices.until, counted=counted))
