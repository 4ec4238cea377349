"""A study without names."""
