"""What the next sample, plate or trial needs, to exclude or to show a given clone."""

from remnant.planning.background import BlankLaw, blank_law
from remnant.planning.bench import bench_from_controls, bench_from_rates
from remnant.planning.events import EventsPlan, Wishes, plan_events
from remnant.planning.nuclei import NucleiPlan, plan_nuclei
from remnant.planning.patients import PatientsPlan, PatientsQuestion, plan_patients
from remnant.planning.sentences import (
    events_sentence,
    nuclei_sentence,
    patients_sentence,
    visits_sentence,
    wells_sentence,
)
from remnant.planning.slide import Bench, SlideLaw
from remnant.planning.split import Split, plan_split
from remnant.planning.visits import VisitsPlan, VisitsQuestion, plan_visits
from remnant.planning.wells import WellsPlan, WellsQuestion, plan_wells

__all__ = [
    "Bench",
    "BlankLaw",
    "EventsPlan",
    "NucleiPlan",
    "PatientsPlan",
    "PatientsQuestion",
    "SlideLaw",
    "Split",
    "VisitsPlan",
    "VisitsQuestion",
    "WellsPlan",
    "WellsQuestion",
    "Wishes",
    "bench_from_controls",
    "bench_from_rates",
    "blank_law",
    "events_sentence",
    "nuclei_sentence",
    "patients_sentence",
    "plan_events",
    "plan_nuclei",
    "plan_patients",
    "plan_split",
    "plan_visits",
    "plan_wells",
    "visits_sentence",
    "wells_sentence",
]
