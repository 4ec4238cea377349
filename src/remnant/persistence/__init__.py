"""What remains of the clone, in whom, and for how long: where the assays meet, on the sample they share."""

from remnant.persistence.association import Association, MarkerValues, associate
from remnant.persistence.burden import (
    Burden,
    CompartmentCount,
    clone_per_million,
    compartment_frequency,
    whole_specimen,
)
from remnant.persistence.course import Course, State, VisitFacts, follow
from remnant.persistence.incidence import ReturnIncidence, return_incidence
from remnant.persistence.relapse import (
    CloneReading,
    Relapse,
    TimeToEvent,
    clone_return,
    probability_higher,
    time_to_event,
)
from remnant.persistence.selective import (
    Comparison,
    PooledPersistence,
    ScoredVisit,
    SelectivePersistence,
    compare,
    pool_patients,
)
from remnant.persistence.statements import PatientReadings, Statement, Verdict, statements

__all__ = [
    "Association",
    "Burden",
    "CloneReading",
    "Comparison",
    "CompartmentCount",
    "Course",
    "MarkerValues",
    "PatientReadings",
    "PooledPersistence",
    "Relapse",
    "ReturnIncidence",
    "ScoredVisit",
    "SelectivePersistence",
    "State",
    "Statement",
    "TimeToEvent",
    "Verdict",
    "VisitFacts",
    "associate",
    "clone_per_million",
    "clone_return",
    "compare",
    "compartment_frequency",
    "follow",
    "pool_patients",
    "probability_higher",
    "return_incidence",
    "statements",
    "time_to_event",
    "whole_specimen",
]
