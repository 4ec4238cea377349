"""What an assay sees of a hidden clone: each simulator beside its likelihood, and the synthetic study."""

from remnant.observation.synthetic import simulate_study
from remnant.observation.truth import Truth, read_truth

__all__ = ["Truth", "read_truth", "simulate_study"]
