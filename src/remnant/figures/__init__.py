"""How the answer looks: results in, charts out; nothing is fitted here."""

from remnant.figures.cohort import plot_cohort
from remnant.figures.export import export_figures
from remnant.figures.functional import plot_frequencies
from remnant.figures.gating import plot_gates
from remnant.figures.incidence import plot_incidence
from remnant.figures.paired import plot_paired
from remnant.figures.patient import plot_patient
from remnant.figures.plates import plot_plates
from remnant.figures.pooled import plot_pooled
from remnant.figures.quiescence import plot_quiescence
from remnant.figures.survival import plot_freedom
from remnant.figures.swimmer import plot_swimmer

__all__ = [
    "export_figures",
    "plot_cohort",
    "plot_freedom",
    "plot_frequencies",
    "plot_gates",
    "plot_incidence",
    "plot_paired",
    "plot_patient",
    "plot_plates",
    "plot_pooled",
    "plot_quiescence",
    "plot_swimmer",
]
