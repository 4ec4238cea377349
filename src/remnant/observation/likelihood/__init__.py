"""What each assay says of the hidden marrow, differentiable: one patient at a time, raw counts."""
