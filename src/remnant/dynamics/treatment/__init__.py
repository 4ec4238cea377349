"""When the drugs are given: courses of one drug, its dose over time, and the drugs of a patient together."""

from remnant.dynamics.treatment.change import continued
from remnant.dynamics.treatment.control import controlled
from remnant.dynamics.treatment.courses import FULL_DOSE_MG, Course, calendar
from remnant.dynamics.treatment.doses import Calendar
from remnant.dynamics.treatment.therapy import Therapy

__all__ = ["FULL_DOSE_MG", "Calendar", "Course", "Therapy", "calendar", "continued", "controlled"]
