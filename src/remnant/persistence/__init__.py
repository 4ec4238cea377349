"""What remains of the clone, in whom, and for how long: where the assays meet, on the sample they share."""

from remnant.persistence.association import Association, MarkerValues, associate
from remnant.persistence.burden import (
    Burden,
    ScoredBurden,
    burden_posterior,
    clone_per_million,
    whole_specimen,
)
from remnant.persistence.change import Change, CloneReading, clone_changes
from remnant.persistence.compartment_count import CompartmentCount, compartment_frequency
from remnant.persistence.course import Course, follow
from remnant.persistence.event_times import EventInterval, EventLook, first_shown, on_record
from remnant.persistence.fall import BurdenFall, measure_fall
from remnant.persistence.incidence import ReturnIncidence, return_incidence
from remnant.persistence.interval_time import IntervalTimeToEvent, interval_time
from remnant.persistence.joint import (
    JointDifference,
    JointFraction,
    JointPersistence,
    PatientShare,
    fit_jointly,
)
from remnant.persistence.joint_counts import JointVisit, SortedSlides
from remnant.persistence.joint_pool import PooledPersistence, Sensitivity
from remnant.persistence.lead import LeadTime, PooledLead, lead_time, pool_leads
from remnant.persistence.monitoring import Followed, MonitoringLook, MonitoringSeries, monitor
from remnant.persistence.relapse import (
    Relapse,
    TimeToEvent,
    clone_return,
    time_to_event,
)
from remnant.persistence.resistance import DosePeriod, Resistance, judge_resistance
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
    "DosePeriod",
    "EventInterval",
    "EventLook",
    "Followed",
    "IntervalTimeToEvent",
    "JointDifference",
    "JointFraction",
    "JointPersistence",
    "JointVisit",
    "LeadTime",
    "MarkerValues",
    "MonitoringLook",
    "MonitoringSeries",
    "PatientShare",
    "PooledLead",
    "PooledPersistence",
    "Relapse",
    "Resistance",
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
    "first_shown",
    "fit_jointly",
    "follow",
    "interval_time",
    "judge_resistance",
    "lead_time",
    "measure_fall",
    "monitor",
    "on_record",
    "pool_leads",
    "return_incidence",
    "statements",
    "time_to_event",
    "whole_specimen",
]
