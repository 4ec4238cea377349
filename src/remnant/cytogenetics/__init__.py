"""Nuclei and metaphases become clone fractions.

What estimates is imported when it is first used: reading a karyotype should not wait for the statistics.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from remnant.cytogenetics.abnormal_cells import cells_with
from remnant.cytogenetics.clonality import ClonalChange, changes, new_abnormalities
from remnant.cytogenetics.complexity import Complexity, complexity
from remnant.cytogenetics.deleted_region import DeletedRegion, any_loss_of_5q, deleted_regions
from remnant.cytogenetics.evolution import ClonalEvolution, evolve
from remnant.cytogenetics.evolution_strip import EvolutionStrip, evolution_strip
from remnant.cytogenetics.in_situ import InSitu, read_in_situ
from remnant.cytogenetics.ipss_r_group import IpssRGroup, ipss_r_group
from remnant.cytogenetics.ipss_r_table import Group
from remnant.cytogenetics.iscn import read_karyotype
from remnant.cytogenetics.karyotype import CellCount, Karyotype
from remnant.cytogenetics.monosomal import MonosomalKaryotype, monosomal
from remnant.cytogenetics.nuc_ish import read_nuc_ish
from remnant.cytogenetics.signals import NucIsh, nuclei_with_change

if TYPE_CHECKING:
    from remnant.cytogenetics.clone_fraction import CloneFraction, ScoredClone, estimate_clone
    from remnant.cytogenetics.compare import ComparedPair, PairComparison, compare_pair
    from remnant.cytogenetics.compare_patients import PatientsComparison, compare_patients
    from remnant.cytogenetics.compare_table import TableComparison, compare_table
    from remnant.cytogenetics.compartment_table import CompartmentTable, read_compartments
    from remnant.cytogenetics.cutoff import Cutoff, CutoffMethod, make_cutoff
    from remnant.cytogenetics.fish import estimate_clones, score_clones
    from remnant.cytogenetics.probe import ProbeErrors, probe_errors
    from remnant.cytogenetics.slides import Slides, read_slides
    from remnant.cytogenetics.two_slides import (
        ChangeFromBaseline,
        TwoSlides,
        changes_from_baseline,
        compare_counts,
    )

# Where each name is that waits.
_WHERE = {
    "ChangeFromBaseline": "two_slides",
    "CloneFraction": "clone_fraction",
    "ComparedPair": "compare",
    "CompartmentTable": "compartment_table",
    "Cutoff": "cutoff",
    "CutoffMethod": "cutoff",
    "PairComparison": "compare",
    "PatientsComparison": "compare_patients",
    "ProbeErrors": "probe",
    "ScoredClone": "clone_fraction",
    "Slides": "slides",
    "TableComparison": "compare_table",
    "TwoSlides": "two_slides",
    "changes_from_baseline": "two_slides",
    "compare_counts": "two_slides",
    "compare_pair": "compare",
    "compare_patients": "compare_patients",
    "compare_table": "compare_table",
    "estimate_clone": "clone_fraction",
    "estimate_clones": "fish",
    "make_cutoff": "cutoff",
    "probe_errors": "probe",
    "read_compartments": "compartment_table",
    "read_slides": "slides",
    "score_clones": "fish",
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
