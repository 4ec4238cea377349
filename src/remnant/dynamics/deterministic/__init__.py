"""Follow the clones as continuous numbers: exact exponential cascades, with sensitivities."""
