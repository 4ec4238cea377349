"""The chance that no cell of the clone is left, without simulation."""
