"""What a page waits for: a question that would be worked at for minutes is refused at once, at its field.

The commands take more: who asks them can leave the machine to it.
"""

from __future__ import annotations

from remnant.planning import PatientsQuestion, VisitsQuestion
from remnant.planning.decision import MOST_HELD, points
from remnant.planning.nuclei import MOST
from remnant.planning.recurrence import HORIZON
from remnant.service.plans.typed import Typed, read_number

SIMULATED = 1_000  # patients or trials
SCHEDULES = 24
LOOKS = 25_000  # visits over all patients and schedules: half a minute
PATIENTS = 100  # of one trial
WEIGHED = 10_000_000_000  # numbers over all pairs of slides that differ
ON_COMMAND_LINE = "a page waits for it: ask remnant plan on the command line for more"


def bound_nuclei(typed: Typed, most: str) -> None:
    """Refuse more nuclei than anybody scores; what is no number is told by who reads it."""
    number = read_number(most)
    if MOST < number <= 10_000:
        _within(typed, "--most", int(number), MOST, "nuclei")


def bound_visits(typed: Typed, question: VisitsQuestion) -> None:
    """Refuse too many visits, each of which is read twice: of the rising clone and of one that stays.

    Raises
    ------
    SettingError
        With the most patients that so many visits leave.
    """
    _within(typed, "--patients", question.patients, SIMULATED, "patients")
    _within(typed, "--every", len(question.intervals) * len(question.readings), SCHEDULES, "schedules")
    typed.done()
    growth = question.course.growth_days(question.course.doubling_days)
    visits = sum(min(growth / days, HORIZON) + 1 for days in question.intervals) * len(question.readings)
    _within(typed, "--patients", question.patients, int(LOOKS / visits), "patients at so many visits")
    typed.done()


def bound_patients(typed: Typed, question: PatientsQuestion) -> None:
    """Refuse too many trials, and slides so large that each count of a patient must be weighed anew.

    Raises
    ------
    SettingError
        With the most trials, patients, or stem nuclei.
    """
    _within(typed, "--trials", question.trials, SIMULATED, "trials")
    _within(typed, "--most", question.most, PATIENTS, "patients")
    typed.done()
    assay, grid = question.assay, points(question.assay)
    stems, others = assay.stem_nuclei + 1, assay.progenitor_nuclei + 1
    pairs = min(2 * question.trials * question.most, stems * others)
    if stems * grid > MOST_HELD:
        most = (MOST_HELD // grid - 1) // question.visits
        found, expected = assay.stem_nuclei // question.visits, f"at most {most:,} beside so many progenitors"
        if most == 0:
            expected = "fewer nuclei over all visits"
        typed.refuse("--nuclei-stem", f"{found:,}", expected, ON_COMMAND_LINE)
    elif pairs * grid > WEIGHED:
        most = max(question.trials * WEIGHED // (pairs * grid), 20)
        _within(typed, "--trials", question.trials, most, "trials of slides so large")
    typed.done()


def _within(typed: Typed, option: str, number: int, most: int, what: str) -> None:
    if number > most:
        typed.refuse(option, f"{number:,}", f"at most {most:,} {what}", ON_COMMAND_LINE)
