"""FISH of a study, for its likelihood: slides of the clone's own probe, errors of the probe, the sort."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from remnant.cytogenetics.fish.probe import ProbeErrors, probe_errors
from remnant.cytogenetics.fish.score import control_slides
from remnant.cytogenetics.fish.slides import Slides, read_slides
from remnant.errors import Fault, StudyError
from remnant.inference.evidence.evidence import Label
from remnant.inference.evidence.observation import Found, Observation, left_out
from remnant.observation.likelihood.compartments import BULK, KINDS, PROGENITORS, STEM
from remnant.observation.likelihood.purity import nodes_needed, purity_rule
from remnant.study.config import StudyConfig
from remnant.study.study import Study

FILE = "fish.csv"


def errors_of(study: Study) -> ProbeErrors:
    """Return what the laboratory knows of the clone's probe: its controls, and study.toml."""
    probe, controls = study.config.clone.probe, study["fish_controls"]
    normal, clone = (control_slides(controls, probe, kind) for kind in ("normal", "clone"))
    return probe_errors(normal, study.config.probe_errors(probe), clones=clone)


@dataclass(frozen=True)
class _Gate:
    """A compartment as the likelihood names it; `whole` where it is all cells of a marrow."""

    kind: int
    whole: bool

    @classmethod
    def of(cls, name: str, config: StudyConfig) -> _Gate:
        item = config.compartments[name]
        return cls(KINDS[item.role], item.role == "bulk" and not item.phenotype)


def gather_slides(study: Study) -> Found:
    """Gather the slides of every compartment that was scored.

    Raises
    ------
    TableError, StudyError
        With every slide that cannot be read, or is said to be contaminated by its own compartment.
    """
    everything = read_slides(study["fish"], file=FILE)
    own = [slides for slides in everything if slides.probe == study.config.clone.probe]
    scored = [slides for slides in own if slides.scored]
    faults = [_itself(slides) for slides in own if slides.contaminant == slides.compartment]
    if faults:
        raise StudyError(faults)
    places = {row["sample_id"]: row for row in study["samples"].iter_rows(named=True)}
    most = max((len(_counts(slides)) for slides in scored), default=1)
    nodes = nodes_needed([(slides.purity, _counts(slides)) for slides in scored])
    found = []
    for slides in scored:
        place = places[slides.sample_id]
        label = Label(f"{slides.compartment}, {slides.probe}", FILE, slides.sources[0].line)
        fields = _fields(slides, study.config, most, nodes)
        found.append(Observation("slides", place["patient_id"], place["day"], fields, label))
    notes = left_out(len(everything) - len(own), f"{FILE}: compartments scored with another probe")
    return Found(tuple(found), notes)


def _itself(slides: Slides) -> Fault:
    hint = "name the compartment that the cells outside the gate belong to"
    expected = f"another compartment than {slides.compartment}"
    return Fault(FILE, slides.sources[0].line, "contaminant", slides.compartment, expected, hint)


def _counts(slides: Slides) -> tuple[tuple[int, int], ...]:
    return tuple(count for count in slides.counts if count[1])


def _fields(slides: Slides, config: StudyConfig, most: int, nodes: int) -> dict[str, object]:
    gate = _Gate.of(slides.compartment, config)
    other = _contaminant(slides, gate, config)
    purity, log_weight = purity_rule(slides.purity, nodes)
    return {
        "kind": gate.kind,
        "other": other.kind,
        "whole": float(gate.whole),
        "other_whole": float(other.whole),
        "abnormal": _filled([k for k, _ in _counts(slides)], most),
        "scored": _filled([n for _, n in _counts(slides)], most),
        "purity": purity,
        "log_weight": log_weight,
    }


def _contaminant(slides: Slides, gate: _Gate, config: StudyConfig) -> _Gate:
    """Return the contaminant named; else progenitors of a stem sort, and the whole marrow of any other."""
    if slides.contaminant is not None:
        return _Gate.of(slides.contaminant, config)
    return _Gate(PROGENITORS, False) if gate.kind == STEM else _Gate(BULK, True)


def _filled(counts: Sequence[int], most: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.pad(np.array(counts, float), (0, most - len(counts)))
