"""Nuclei and metaphases become clone fractions.

What estimates is imported when it is first used: reading a karyotype should not wait for the statistics.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from remnant.cytogenetics.clones.abnormal_cells import cells_with
from remnant.cytogenetics.clones.clonality import ClonalChange, changes, new_abnormalities
from remnant.cytogenetics.clones.complexity import Complexity, complexity
from remnant.cytogenetics.clones.deleted_region import DeletedRegion, any_loss_of_5q, deleted_regions
from remnant.cytogenetics.clones.evolution import ClonalEvolution, evolve
from remnant.cytogenetics.clones.evolution_strip import EvolutionStrip, evolution_strip
from remnant.cytogenetics.clones.ipss_r_group import IpssRGroup, ipss_r_group
from remnant.cytogenetics.clones.ipss_r_table import Group
from remnant.cytogenetics.clones.monosomal import MonosomalKaryotype, monosomal
from remnant.cytogenetics.in_situ.nuc_ish import read_nuc_ish
from remnant.cytogenetics.in_situ.read import InSitu, read_in_situ
from remnant.cytogenetics.in_situ.signals import NucIsh, nuclei_with_change
from remnant.cytogenetics.iscn import read_karyotype
from remnant.cytogenetics.iscn.karyotype import CellCount, Karyotype

if TYPE_CHECKING:
    from remnant.cytogenetics.fish.clone_fraction import CloneFraction, ScoredClone, estimate_clone
    from remnant.cytogenetics.fish.compare import ComparedPair, PairComparison, compare_pair
    from remnant.cytogenetics.fish.compare_patients import PatientsComparison, compare_patients
    from remnant.cytogenetics.fish.compare_table import TableComparison, compare_table
    from remnant.cytogenetics.fish.compartment_table import CompartmentTable, read_compartments
    from remnant.cytogenetics.fish.cutoff import Cutoff, CutoffMethod, make_cutoff
    from remnant.cytogenetics.fish.probe import ProbeErrors, probe_errors
    from remnant.cytogenetics.fish.score import estimate_clones, score_clones
    from remnant.cytogenetics.fish.slides import Slides, read_slides
    from remnant.cytogenetics.fish.two_slides import (
        ChangeFromBaseline,
        TwoSlides,
        changes_from_baseline,
        compare_counts,
    )

# Where each name is that waits.
_WHERE = {
    "ChangeFromBaseline": "fish.two_slides",
    "CloneFraction": "fish.clone_fraction",
    "ComparedPair": "fish.compare",
    "CompartmentTable": "fish.compartment_table",
    "Cutoff": "fish.cutoff",
    "CutoffMethod": "fish.cutoff",
    "PairComparison": "fish.compare",
    "PatientsComparison": "fish.compare_patients",
    "ProbeErrors": "fish.probe",
    "ScoredClone": "fish.clone_fraction",
    "Slides": "fish.slides",
    "TableComparison": "fish.compare_table",
    "TwoSlides": "fish.two_slides",
    "changes_from_baseline": "fish.two_slides",
    "compare_counts": "fish.two_slides",
    "compare_pair": "fish.compare",
    "compare_patients": "fish.compare_patients",
    "compare_table": "fish.compare_table",
    "estimate_clone": "fish.clone_fraction",
    "estimate_clones": "fish.score",
    "make_cutoff": "fish.cutoff",
    "probe_errors": "fish.probe",
    "read_compartments": "fish.compartment_table",
    "read_slides": "fish.slides",
    "score_clones": "fish.score",
}

__all__ = [
    "CellCount",
    "ChangeFromBaseline",
    "ClonalChange",
    "ClonalEvolution",
    "CloneFraction",
    "ComparedPair",
    "CompartmentTable",
    "Complexity",
    "Cutoff",
    "CutoffMethod",
    "DeletedRegion",
    "EvolutionStrip",
    "Group",
    "InSitu",
    "IpssRGroup",
    "Karyotype",
    "MonosomalKaryotype",
    "NucIsh",
    "PairComparison",
    "PatientsComparison",
    "ProbeErrors",
    "ScoredClone",
    "Slides",
    "TableComparison",
    "TwoSlides",
    "any_loss_of_5q",
    "cells_with",
    "changes",
    "changes_from_baseline",
    "compare_counts",
    "compare_pair",
    "compare_patients",
    "compare_table",
    "complexity",
    "deleted_regions",
    "estimate_clone",
    "estimate_clones",
    "evolution_strip",
    "evolve",
    "ipss_r_group",
    "make_cutoff",
    "monosomal",
    "new_abnormalities",
    "nuclei_with_change",
    "probe_errors",
    "read_compartments",
    "read_in_situ",
    "read_karyotype",
    "read_nuc_ish",
    "read_slides",
    "score_clones",
]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'remnant.cytogenetics' has no attribute {name!r}")
    return getattr(import_module(f"remnant.cytogenetics.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    return __all__
