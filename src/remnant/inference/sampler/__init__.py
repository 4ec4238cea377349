"""Chains of the posterior: NUTS, checkpoints, and whether they can be believed."""
