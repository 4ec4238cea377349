"""Roots, grids and laws that the other rooms share."""
