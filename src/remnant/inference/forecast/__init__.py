"""When the clone returns, what a change of therapy would do, and which measurement would tell most."""

from remnant.inference.forecast.course import Course, Posterior, follow, follow_draws
from remnant.inference.forecast.cure import cure_points
from remnant.inference.forecast.definitions import Definition, definitions
from remnant.inference.forecast.held import Held, read_held
from remnant.inference.forecast.next_measurement import next_measurements
from remnant.inference.forecast.observable import curves, lines
from remnant.inference.forecast.outlook import Outlook, outlook
from remnant.inference.forecast.relapse import forecast_relapse, relapses
from remnant.inference.forecast.score import score, score_all
from remnant.inference.forecast.what_if import what_ifs

__all__ = [
    "Course",
    "Definition",
    "Held",
    "Outlook",
    "Posterior",
    "cure_points",
    "curves",
    "definitions",
    "follow",
    "follow_draws",
    "forecast_relapse",
    "lines",
    "next_measurements",
    "outlook",
    "read_held",
    "relapses",
    "score",
    "score_all",
    "what_ifs",
]
