"""The raw counts of each patient, laid out for a likelihood: read from a study, or simulated."""
