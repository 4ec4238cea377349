"""From stored values to the light of each dye on the scale of a gate: compensation and transforms."""
