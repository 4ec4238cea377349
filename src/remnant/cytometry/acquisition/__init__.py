"""Acquisition over time: clogs, jumps, drifts and piles of a tube, and what a cut would do to a rare gate."""
