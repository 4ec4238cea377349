"""What remains of the clone, in whom, and for how long: where the assays meet, on the sample they share."""

from remnant.persistence.association import Association, MarkerValues, associate
from remnant.persistence.burden import (
    Burden,
    ScoredBurden,
    burden_posterior,
    clone_per_million,
    whole_specimen,
)
from remnant.persistence.change import Change, CloneReading, clone_changes, probability_higher
from remnant.persistence.compartment_count import CompartmentCount, compartment_frequency
from remnant.persistence.course import Course, follow
from remnant.persistence.fall import BurdenFall, measure_fall
from remnant.persistence.incidence import ReturnIncidence, return_incidence
from remnant.persistence.joint import (
    JointDifference,
    JointFraction,
    JointPersistence,
    PatientShare,
    fit_jointly,
)
from remnant.persistence.joint_counts import JointVisit, SortedSlides
from remnant.persistence.joint_pool import PooledPersistence, Sensitivity
from remnant.persistence.relapse import (
    Relapse,
    TimeToEvent,
    clone_return,
    time_to_event,
)
from remnant.persistence.selective import ScoredVisit, SelectivePersistence, compare
from remnant.persistence.state import GRAVITY, PRECEDENCE, State
from remnant.persistence.statements import Statement, Verdict, statements
from remnant.persistence.visit import Shown, VisitFacts

__all__ = [
    "GRAVITY",
    "PRECEDENCE",
    "Association",
    "Burden",
    "BurdenFall",
    "Change",
    "CloneReading",
    "CompartmentCount",
    "Course",
    "JointDifference",
    "JointFraction",
    "JointPersistence",
    "JointVisit",
    "MarkerValues",
    "PatientShare",
    "PooledPersistence",
    "Relapse",
    "ReturnIncidence",
    "ScoredBurden",
    "ScoredVisit",
    "SelectivePersistence",
    "Sensitivity",
    "Shown",
    "SortedSlides",
    "State",
    "Statement",
    "TimeToEvent",
    "Verdict",
    "VisitFacts",
    "associate",
    "burden_posterior",
    "clone_changes",
    "clone_per_million",
    "clone_return",
    "compare",
    "compartment_frequency",
    "fit_jointly",
    "follow",
    "measure_fall",
    "probability_higher",
    "return_incidence",
    "statements",
    "time_to_event",
    "whole_specimen",
]
