"""When the clone returns, what a change of therapy would do, and which measurement would tell most."""

from remnant.inference.forecast.course import Course, Posterior, follow, follow_draws
from remnant.inference.forecast.definitions import Definition, definitions
from remnant.inference.forecast.observable import curves, lines
from remnant.inference.forecast.relapse import forecast_relapse, relapses

__all__ = [
    "Course",
    "Definition",
    "Posterior",
    "curves",
    "definitions",
    "follow",
    "follow_draws",
    "forecast_relapse",
    "lines",
    "relapses",
]
