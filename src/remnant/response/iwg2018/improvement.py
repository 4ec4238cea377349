"""Which lines are improved on a day, which are lost, and what the category is (IWG 2018)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from remnant.response.iwg2018 import limits
from remnant.response.iwg2018.burden import Burden, Test, burden_before
from remnant.response.iwg2018.loss import Falls, Fate, Loss, dependence
from remnant.response.iwg2018.rising import NOT_IMPROVED, Rising, State, risings
from remnant.response.iwg2018.units import Freedom, Halving, freedom_of, halving_of
from remnant.response.record.history import History, Line
from remnant.response.rules.verdicts import NOT_MET

LINES = tuple(Line)
RISEN, FREED, HALVED = "haemoglobin", "red cells", "half the red cells"  # tests of improvement
FALL, UNITS = "fall", "transfusions"  # rules of loss


@dataclass(frozen=True)
class Iwg2018Options:
    """Readings of IWG 2018 that can be switched.

    Parameters
    ----------
    total_only : bool, default False
        Class patients by the units of 16 weeks alone, whatever their distribution (OR24).
    haemoglobin_gate : bool, default True
        Ask for a haemoglobin below 11 before treatment where there were no transfusions (OR29).
    """

    total_only: bool = False
    haemoglobin_gate: bool = True


@dataclass(frozen=True)
class Case:
    """A patient with everything that does not change from day to day.

    Parameters
    ----------
    history, place, first_dose, options
        The patient, its number among those of the study, day d0, and the readings taken.
    burden : Burden
        Red cells before treatment.
    rising : dict of Line to Rising
        The counts of every patient of the study.
    freedom, halving : Freedom, Halving or None
        Days without red cells, and with half of them; None where the class does not ask for it.
    closed : dict of Line to LineDay
        Lines that were too high before treatment to improve on any day.
    """

    history: History
    place: int
    first_dose: int
    options: Iwg2018Options
    burden: Burden
    rising: dict[Line, Rising]
    freedom: Freedom
    halving: Halving | None
    closed: dict[Line, LineDay]


@dataclass(frozen=True)
class Ends:
    """What may end the improvement of one line of a patient, from its first day on.

    Parameters
    ----------
    case : Case
        The patient.
    since : int
        First day of the improvement.
    falls : Falls or None
        Falls from the best since then; None where counts do not make the improvement.
    units : bool
        Whether transfusion dependence ends it.
    """

    case: Case
    since: int
    falls: Falls | None
    units: bool

    def fates(self, day: int, met: bool | None) -> tuple[tuple[str, Fate], ...]:
        """Return what each rule of loss says of a day that is improved by the tests (`met`)."""
        found = [(FALL, self.falls.fate_on(day))] if self.falls else []
        return tuple([*found, (UNITS, self._dependence(day, met).fate)] if self.units else found)

    def told(self, day: int, met: bool | None) -> tuple[tuple[str, Loss], ...]:
        """Return the same with the words."""
        found = [(FALL, self.falls.on(day))] if self.falls else []
        return tuple([*found, (UNITS, self._dependence(day, met))] if self.units else found)

    def _dependence(self, day: int, met: bool | None) -> Loss:
        # A rise of haemoglobin is lost with dependence even while the haemoglobin is high.
        improved = False if self.falls else met
        return dependence(self.case.history, self.case.freedom, day, since=self.since, improved=improved)


def _ends(case: Case, line: Line, since: int) -> Ends:
    erythroid = line is Line.HAEMOGLOBIN
    by_counts = not erythroid or Test.RISE in case.burden.tests
    treatment = case.history.treatment
    falls = Falls(line, case.rising[line], case.place, treatment, since) if by_counts else None
    return Ends(case, since, falls, erythroid)


@dataclass
class Course:
    """What earlier days have shown. The one thing that moves along the days."""

    improved: dict[Line, tuple[int, str]] = field(default_factory=dict)  # first day, and its latest name
    ends: dict[Line, Ends] = field(default_factory=dict)  # what may end it, from that day on
    lost: set[Line] = field(default_factory=set)


class LineDay(NamedTuple):
    """One line of improvement on a day.

    Parameters
    ----------
    line : Line
        The line.
    name : str
        `HI-E`, `HI-E major`, `HI-E minor`, `HI-P` or `HI-N`.
    states : tuple of (str, State)
        Each test, by its name, and what it says of the day.
    state : State
        What they say together.
    losses : tuple of (str, Fate)
        Each rule of loss that was tried.
    held : bool or None
        Whether the improvement holds on the day.
    lost : str
        Name of the improvement that was there and is lost; empty where none is.
    ends : Ends or None
        Who says the rules of loss in words; None before an improvement.
    """

    line: Line
    name: str
    states: tuple[tuple[str, State], ...]
    state: State
    losses: tuple[tuple[str, Fate], ...]
    held: bool | None
    lost: str
    ends: Ends | None = None


def case_of(history: History, first_dose: int, options: Iwg2018Options) -> Case:
    """Gather what does not change from day to day."""
    burden = burden_before(history, first_dose, total_only=options.total_only)
    rising = history.cohort.once(risings)
    high = Test.HIGH in burden.tests
    # A high burden is eight units or more, also where not all of them are on record.
    before = max(burden.units, int(limits.HIGH_BURDEN.limit))
    halving = halving_of(history, first_dose, before, complete=burden.complete) if high else None
    freedom = freedom_of(history, first_dose)
    closed: dict[Line, LineDay] = {
        line: LineDay(line, name, ((name, NOT_IMPROVED),), NOT_IMPROVED, (), held=False, lost="")
        for line, name in limits.HI_NAME.items()
        if line is not Line.HAEMOGLOBIN and rising[line].low[history.place] == NOT_MET
    }
    return Case(history, history.place, first_dose, options, burden, rising, freedom, halving, closed)


def lines_on(case: Case, course: Course, day: int) -> tuple[LineDay, ...]:
    """Judge every line on a day; `course` learns what the day shows."""
    return tuple([case.closed.get(line) or _line_on(case, course, line, day) for line in LINES])


def category_of(lines: Sequence[LineDay]) -> bool | None:
    """Say whether any line is improved; None where a missing item could make one so."""
    held = {one.held for one in lines}
    return True if True in held else None if None in held else False


def _line_on(case: Case, course: Course, line: Line, day: int) -> LineDay:
    if line is Line.HAEMOGLOBIN:
        name, states, state = _erythroid(case, day)
    else:
        name, state = limits.HI_NAME[line], case.rising[line].on(case.place, day)
        states = ((name, state),)
    since, was = course.improved.get(line, (None, ""))
    if since is None or day <= since:
        if state.met:
            assert state.first is not None
            course.improved[line] = (state.first if since is None else since, name)
        return LineDay(line, name, states, state, (), state.met, lost="")
    ends = course.ends.get(line) or course.ends.setdefault(line, _ends(case, line, since))
    losses = ends.fates(day, state.met)
    fates = {fate for _, fate in losses}
    held = _held(state.met, fates)
    if Fate.LOST in fates:
        course.lost.add(line)
    elif fates <= {Fate.KEPT, Fate.RESTORED}:
        course.lost.discard(line)
    if line in course.lost:
        # What was lost stays so through days that cannot tell; on them it may be back.
        sure = Fate.LOST in fates or state.met is False
        return LineDay(line, name, states, state, losses, False if sure else None, was, ends)
    if Fate.RESTORED in fates and not state.met:
        name = was
    if state.met and held and since is not None:
        course.improved[line] = (since, name)
    return LineDay(line, name, states, state, losses, held, "", ends)


def _held(met: bool | None, fates: set[Fate]) -> bool | None:
    if Fate.LOST in fates:
        return False
    if Fate.WAITING in fates:
        return None
    if Fate.UNKNOWN in fates and met:
        return None
    return True if Fate.RESTORED in fates else met


def _erythroid(case: Case, day: int) -> tuple[str, tuple[tuple[str, State], ...], State]:
    """Return the name of the improvement, each test with its state, and what they say together."""
    if len(case.burden.tests) == 1:
        return _tested(case, case.burden.tests[0], day)
    found = [_tested(case, test, day) for test in case.burden.tests]
    states = {state_name: state for _, states, _ in found for state_name, state in states}
    together = [state for _, _, state in found]
    # Where the log before treatment has holes the baseline may be lower than known, so a rise that is
    # missing stays open.
    met = {
        None if test is Test.RISE and state.met is False else state.met
        for test, state in zip(case.burden.tests, together, strict=True)
    }
    sure = met.pop() if len(met) == 1 else None
    if sure:
        first = max(state.first for state in together if state.first is not None)
        meaningful, late = (
            all(state.meaningful for state in together),
            all(state.late for state in together),
        )
        return (
            limits.HI_NAME[Line.HAEMOGLOBIN],
            tuple(states.items()),
            State(True, first, None, meaningful, late),
        )
    return limits.HI_NAME[Line.HAEMOGLOBIN], tuple(states.items()), State(sure)


def _tested(case: Case, test: Test, day: int) -> tuple[str, tuple[tuple[str, State], ...], State]:
    name = limits.HI_NAME[Line.HAEMOGLOBIN]
    if test is Test.RISE:
        rising, gated = case.rising[Line.HAEMOGLOBIN], case.options.haemoglobin_gate
        state = rising.on(case.place, day, gated=gated)
        return name, ((RISEN, state),), state
    free = case.freedom.on(day)
    if test is Test.FREE:
        return name, ((FREED, free),), free
    assert case.halving is not None
    half = case.halving.on(day)
    states = ((FREED, free), (HALVED, half))
    if free.met:
        return limits.MAJOR, states, free
    if half.met:
        return limits.MINOR, states, half
    return limits.MAJOR, states, State(None if None in (free.met, half.met) else False)
