"""Nuclei and metaphases become clone fractions."""

from remnant.cytogenetics.abnormal_cells import cells_with
from remnant.cytogenetics.clonality import ClonalChange, changes, new_abnormalities
from remnant.cytogenetics.clone_fraction import CloneFraction, ScoredClone, estimate_clone
from remnant.cytogenetics.compare import ComparedPair, PairComparison, compare_pair
from remnant.cytogenetics.compare_patients import PatientsComparison, compare_patients
from remnant.cytogenetics.compare_table import TableComparison, compare_table
from remnant.cytogenetics.compartment_table import CompartmentTable, read_compartments
from remnant.cytogenetics.complexity import Complexity, complexity
from remnant.cytogenetics.cutoff import Cutoff, CutoffMethod, make_cutoff
from remnant.cytogenetics.deleted_region import DeletedRegion, any_loss_of_5q, deleted_regions
from remnant.cytogenetics.evolution import ClonalEvolution, evolve
from remnant.cytogenetics.evolution_strip import EvolutionStrip, evolution_strip
from remnant.cytogenetics.fish import estimate_clones, score_clones
from remnant.cytogenetics.ipss_r_group import IpssRGroup, ipss_r_group
from remnant.cytogenetics.ipss_r_table import Group
from remnant.cytogenetics.iscn import read_karyotype
from remnant.cytogenetics.karyotype import CellCount, Karyotype
from remnant.cytogenetics.monosomal import MonosomalKaryotype, monosomal
from remnant.cytogenetics.nuc_ish import read_nuc_ish
from remnant.cytogenetics.probe import ProbeErrors, probe_errors
from remnant.cytogenetics.signals import NucIsh, nuclei_with_change
from remnant.cytogenetics.slides import Slides, read_slides
from remnant.cytogenetics.two_slides import (
    ChangeFromBaseline,
    TwoSlides,
    changes_from_baseline,
    compare_counts,
)

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
    "read_karyotype",
    "read_nuc_ish",
    "read_slides",
    "score_clones",
]
