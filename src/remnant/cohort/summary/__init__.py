"""A cohort in numbers: shares, curves and spreads from counts that add over blocks."""
