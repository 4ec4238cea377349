"""The automatic recipe: from a phenotype and a panel to counted compartments."""
