"""Every stained tube with its controls: all that its counts depend on, as one piece of work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import polars as pl

from remnant.analysis.absolute import TubeVolume
from remnant.analysis.controls import beads_apart, dead_of, first_visits, isotypes_of, markers_of, related
from remnant.analysis.plan import Plan
from remnant.analysis.reviews import Cuts, reviewed_cuts
from remnant.cytometry import Recipe, Threshold, parse_phenotype
from remnant.cytometry.rare.rule import RareRule
from remnant.cytometry.recipe.opening import Opening
from remnant.scale import stream
from remnant.store import digest, key
from remnant.study.study import Study


@dataclass(frozen=True)
class TubeTask:
    """Everything that the counts of one stained tube depend on; it travels to whoever does the work.

    Parameters
    ----------
    root : str
        The study folder.
    sample_id, file : str
        The sample, and its file in the study folder.
    first : str
        File of the patient's first visit with this panel; empty where this tube is it.
    first_answer : str
        Name of its answer, from which the thresholds of the first visit follow.
    controls, isotypes : tuple of (str, str, bool)
        Marker, the file of its FMO or isotype, and whether it is borrowed from another visit of the patient.
    dead : str
        Dead-cell control; empty if there is none.
    panel, compartments : tuple of (str, str)
        Marker and channel; compartment and phenotype.
    recipe : Recipe
        Choices of the automatic gates.
    rare : RareRule
        From which count on a compartment is detected and quantified.
    volume : TubeVolume
        What events.csv says of its volume and its beads.
    seed : int
        Seed of the study.
    keep : str or None
        Folder in which the answer is kept as soon as it is there.
    baseline : tuple of Threshold
        Thresholds of the first visit.
    whole : tuple of str
        Compartments without a phenotype: all nucleated cells.
    spillover : str
        The study's own matrix; empty where each tube is compensated by the matrix in it.
    """

    root: str
    sample_id: str
    file: str
    first: str
    first_answer: str
    controls: tuple[tuple[str, str, bool], ...]
    isotypes: tuple[tuple[str, str, bool], ...]
    dead: str
    panel: tuple[tuple[str, str], ...]
    compartments: tuple[tuple[str, str], ...]
    recipe: Recipe
    rare: RareRule
    volume: TubeVolume
    seed: int
    keep: str | None
    baseline: tuple[Threshold, ...] = ()
    whole: tuple[str, ...] = ()
    spillover: str = ""

    @property
    def matrix(self) -> Path | None:
        """The study's own matrix, if it has one."""
        return Path(self.root) / self.spillover if self.spillover else None

    def files(self) -> list[str]:
        """Name every file that is read."""
        lent = [file for _, file, _ in (*self.controls, *self.isotypes)]
        return list(dict.fromkeys([self.file, *lent, *filter(None, (self.dead, self.spillover))]))

    def opening(self) -> Opening:
        """Return what is opened."""
        root = Path(self.root)
        return Opening(
            root / self.file,
            dict(self.panel),
            dict(self.compartments),
            {marker: root / file for marker, file, _ in self.controls},
            {marker: root / file for marker, file, _ in self.isotypes},
            root / self.dead if self.dead else None,
            self.baseline,
            self.matrix,
            self.recipe,
        )

    def rng(self) -> np.random.Generator:
        """Return the stream of chance of its gates, from its start."""
        return stream(self.seed, "gates", self.sample_id, self.file)

    def answer_name(self) -> str:
        """Name its answer: a hash of the bytes of its files and of every choice."""
        contents = [digest(Path(self.root) / file) for file in self.files()]
        choices = (
            self.panel, self.compartments, self.recipe, self.seed, self.sample_id, self.controls,
            self.isotypes, self.dead, self.first_answer, self.rare, self.volume, self.whole, self.spillover,
        )  # fmt: skip
        return key("tube", version("remnant"), self.file, *contents, repr(choices))


def tube_tasks(
    study: Study, plan: Plan, *, keep: Path | None = None, reviewed: Mapping[str, Cuts] | None = None
) -> list[TubeTask]:
    """List the stained tubes with their controls, in the order of events.csv.

    The cuts that persons placed are those of the study, or `reviewed`, by file.

    Raises
    ------
    StudyError
        If a review of a cut cannot be followed.
    """
    recipe = Recipe.of(plan.gates, confidence=plan.analysis.confidence)
    placed = reviewed_cuts(study, plan) if reviewed is None else reviewed
    phenotypes = {name: item.phenotype for name, item in plan.compartments.items() if item.phenotype}
    asked = [rule.marker for text in phenotypes.values() for rule in parse_phenotype(text)]
    rare = RareRule.of(plan.rare, confidence=plan.analysis.confidence)
    events = study["events"].join(study["samples"].select("sample_id", "patient_id", "day"), on="sample_id")
    stained = events.filter(pl.col("tube") == "stained").sort("line")
    first = first_visits(stained)
    tasks = [
        TubeTask(
            str(study.root),
            row["sample_id"],
            row["file"],
            first.get(row["file"], ""),
            "",
            markers_of(related(events, "fmo", row)),
            isotypes_of(related(events, "isotype", row), plan.panel[row["panel"]], asked),
            dead_of(related(events, "dead", row)),
            tuple(plan.panel[row["panel"]].items()),
            tuple(phenotypes.items()),
            replace(recipe, reviewed=placed.get(row["file"], ())),
            rare,
            TubeVolume(row["volume_ul"], row["beads_added"], beads_apart(events, row)),
            plan.analysis.seed,
            None if keep is None else str(keep),
            whole=tuple(name for name, item in plan.compartments.items() if not item.phenotype),
            spillover=plan.gates.spillover_of(row["panel"]),
        )
        for row in stained.iter_rows(named=True)
    ]
    answers = {task.file: task.answer_name() for task in tasks if not task.first}
    return [replace(task, first_answer=answers.get(task.first, "")) for task in tasks]
