"""Pages and their addresses, one module per subject."""
