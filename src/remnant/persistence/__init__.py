"""What remains of the clone, in whom, and for how long: where the assays meet, on the sample they share."""

from remnant.persistence.burden import (
    Burden,
    CompartmentCount,
    clone_per_million,
    compartment_frequency,
    whole_specimen,
)
from remnant.persistence.course import Course, State, VisitFacts, follow
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
    CloneReading,
    Relapse,
    TimeToEvent,
    clone_return,
    probability_higher,
    time_to_event,
)
from remnant.persistence.selective import ScoredVisit, SelectivePersistence, compare
from remnant.persistence.statements import Statement, Verdict, statements

__all__ = [
    "Burden",
    "CloneReading",
    "CompartmentCount",
    "Course",
    "JointDifference",
    "JointFraction",
    "JointPersistence",
    "JointVisit",
    "PatientShare",
    "PooledPersistence",
    "Relapse",
    "ScoredVisit",
    "SelectivePersistence",
    "Sensitivity",
    "SortedSlides",
    "State",
    "Statement",
    "TimeToEvent",
    "Verdict",
    "VisitFacts",
    "clone_per_million",
    "clone_return",
    "compare",
    "compartment_frequency",
    "fit_jointly",
    "follow",
    "probability_higher",
    "statements",
    "time_to_event",
    "whole_specimen",
]
