"""What the presets share: human stem cells as they live in health, whatever the disease."""

from remnant.dynamics.model.priors import Prior

DIVISION = Prior(
    *("division", "per month", "lognormal", 0.11, 0.35),
    source="one division per 40 weeks, 25 to 50: Catlin 2011",
    mark="read",
)
ACTIVE = Prior("active", "-", "logit-normal", -1.4, 0.5, source="share in cycle", mark="from memory")
FEEDBACK = Prior("feedback", "-", "fixed", 1.0, source="try 0.3 and 3", mark="choice")
STEM_CELLS = Prior(
    *("stem_cells", "cells", "lognormal", 1e5, 0.7),
    lower=1e3,
    source="50,000 to 200,000: Lee-Six 2018",
    mark="read",
)
