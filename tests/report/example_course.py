"""The course written by hand: karyotypes over time, events, levels, risk, other criteria; all invented."""

from __future__ import annotations

from dataclasses import replace

from remnant.analysis.baseline_values import BaselineValue
from remnant.analysis.diagnosis import Diagnosis
from remnant.analysis.events import EVENTS, interval_times, leads
from remnant.analysis.findings import Findings
from remnant.analysis.karyotype_courses import karyotype_courses
from remnant.diagnosis.define import define
from remnant.diagnosis.facts import DiseaseFacts
from remnant.diagnosis.risk_patient import patient_risk, risk_inputs
from remnant.persistence import EventInterval, MonitoringLook, MonitoringSeries, Resistance
from remnant.persistence.levels import CloneCourse, CloneLevel, DoseSpan
from remnant.response import Responses, Transformation
from remnant.response.cytogenetic.discordance import Agreement, Discordance, Surprise
from remnant.response.cytogenetic.fish_response import FishResponse
from remnant.response.record.transfusions import FreeRun
from remnant.study.estimate import Estimate, Source

SEEN = {
    "transfusion independence": (41, 41),
    "response": (0, 92),
    "complete remission": (92, 184),
    "molecular recurrence": (372, 780),
    "cytogenetic recurrence": (372, 780),
}  # events and the days between which they came; death was looked for, and the rest was not


def with_course(findings: Findings, hostile: str) -> Findings:
    """Give the patients of the example a course; words that a study may hold are hostile."""
    names = [line.patient_id for line in findings.timelines if line.visits]
    intervals = tuple(one for name in names for one in _events(name, hostile))
    each, pooled = leads(intervals, confidence=0.95)
    calls = tuple(
        replace(call, criteria="IWG 2018", category="HI", remarks=(hostile,))
        for call in findings.responses.calls
    )
    beside = Responses(calls, (), (), criteria="iwg2018")
    runs = (FreeRun(41, 420, False), FreeRun(480, 764, False))
    free = tuple(
        replace(one, runs=runs if one.window_days == 56 else ()) for one in findings.responses.independence
    )
    return replace(
        findings,
        responses=replace(findings.responses, independence=free),
        evolutions=karyotype_courses(findings.karyotypes),
        diagnoses=tuple(_diagnosis(name, hostile) for name in names),
        beside=(beside,),
        event_intervals=intervals,
        interval_times=interval_times(intervals, confidence=0.95),
        lead_times=each,
        pooled_leads=pooled,
        monitoring=tuple(_reads(name, hostile) for name in names),
        resistances=tuple(_resistance(name, hostile) for name in names),
        clone_courses=tuple(_clone(name, role) for name in names for role in ("stem", "progenitor")),
        discordances=tuple(_discordance(name) for name in names),
        fish_responses=tuple(_nuclei(name) for name in names),
        transformations=tuple(
            Transformation(name, "WHO", False, None, 780, None, "", ">= 20 %", hostile) for name in names
        ),
    )


def _events(name: str, why: str) -> list[EventInterval]:
    found = []
    for event in EVENTS:
        if event in SEEN:
            after, by = SEEN[event]
            sources = (Source("samples.csv", 3),)
            found.append(EventInterval(name, event, after, by, None, why, sources, 0))
        elif event == "death":
            found.append(EventInterval(name, event, 812, None, None, "alive at last contact", (), 0))
        else:
            found.append(EventInterval(name, event, None, None, None, "stem cells: not done"))
    return found


def _diagnosis(name: str, remark: str) -> Diagnosis:
    facts = DiseaseFacts(marrow_blasts=2.0, haemoglobin=8.4, platelets=220.0, neutrophils=2.1, del5q=True)
    given = risk_inputs(haemoglobin=8.4, platelets=220.0, neutrophils=2.1, blasts=2.0, cytogenetics="Good")
    values = (BaselineValue("haemoglobin", "8.4 g/dL", -12, Source("blood_counts.csv", 4), remark),)
    return Diagnosis(name, 0, None, facts, patient_risk(given), define(facts), values, (remark,))


def _look(sample: str, day: int, k: int, n: int) -> MonitoringLook:
    if not k:
        return MonitoringLook(sample, day, k, n, Estimate.not_detected(3 / n, confidence=0.95))
    part = k / n
    limits = (0.6 * part, min(1.4 * part, 1.0))
    return MonitoringLook(sample, day, k, n, Estimate.detected(part, *limits, confidence=0.95))


def _reads(name: str, gene: str) -> MonitoringSeries:
    looks = (_look("A", -12, 300, 1000), _look("B", 184, 0, 1000), _look("C", 780, 90, 1000))
    return MonitoringSeries(
        name, "blood", gene, "reads", looks, 184, 2, 0.2, 0.1, None, 105.0, None, 210.0, 184, 184, 780, None,
        "from 0.1 % to 9 %", "reads as counted",
    )  # fmt: skip


def _clone(name: str, role: str) -> CloneCourse:
    looks = (
        _look("A", -12, 90, 100),
        _look("B", 184, 0, 100),
        _look("C", 372, 1, 100),
        _look("D", 780, 60, 100),
    )
    levels = (
        CloneLevel(-12, -12, 1, 0.9, 0.83, 0.95),
        CloneLevel(184, 372, 2, 0.006, 0.0001, 0.02),
        CloneLevel(780, 780, 1, 0.6, 0.5, 0.7),
    )
    doses = (DoseSpan(0, 168, 7.5, True), DoseSpan(196, 640, 3.75, False))
    return CloneCourse(name, role, "marrow", "FISH", role, looks, levels, 372, 780, None, doses)


def _resistance(name: str, why: str) -> Resistance:
    kind = "growth while dose reduced"
    return Resistance(name, "progenitor (marrow, FISH)", kind, False, 372, 780, None, 7.5, 3.75, why)


def _discordance(name: str) -> Discordance:
    reason = "0 of 20 metaphases, 9 of 200 nuclei (cut-off 7)"
    return Discordance(
        name, "S", 372, "EGR1", Agreement.FISH_ONLY, 0, 20, 9, 200, 7, 0.4, 0.5, Surprise.NONE, reason,
        ("a probe sees only its own locus",), (Source("fish.csv", 9),),
    )  # fmt: skip


def _nuclei(name: str) -> FishResponse:
    fraction = Estimate.detected(0.045, 0.02, 0.08, confidence=0.95)
    return FishResponse(
        name, "S", 372, "EGR1", "partial", 9, 200, 7, fraction, None, None, 0.06, 0.94, None, "9 of 200", (),
        (Source("fish.csv", 9),),
    )  # fmt: skip
