"""Findings written by hand: all four kinds of knowledge, hostile words, and a patient with nothing at all."""

from __future__ import annotations

import importlib.util
import math
from dataclasses import replace
from pathlib import Path
from types import ModuleType

from remnant.analysis.findings import COUNTED, Findings, PhaseReading, TubeResult
from remnant.analysis.karyotypes import KaryotypeResult
from remnant.analysis.origin import Origin
from remnant.analysis.plan import Plan
from remnant.analysis.timeline import BloodCount, LogPeriod, TherapyCourse, Timeline, Transfusion, Visit
from remnant.culture import ColonyYield, Frequency, Interval, PlateDose
from remnant.culture.change import Quantity
from remnant.culture.recovery import CultureChange, Fold, PooledCulture
from remnant.cytogenetics import CloneFraction
from remnant.cytometry import GatedTube, GateStep, GateView, PopulationCount, Threshold
from remnant.persistence.burden import Burden
from remnant.persistence.course import Course
from remnant.persistence.joint import JointDifference, JointFraction, JointPersistence, PatientShare
from remnant.persistence.joint_pool import PooledPersistence, Sensitivity
from remnant.persistence.relapse import Relapse, TimeToEvent
from remnant.persistence.selective import SelectivePersistence
from remnant.persistence.state import State
from remnant.persistence.statements import Statement, Verdict
from remnant.response import CytogeneticResponse, Independence, ResponseCall, Responses, RuleTrace
from remnant.response.rules.trace import Verdict as RuleVerdict
from remnant.study.config import StudyConfig, StudySection
from remnant.study.estimate import Estimate, Source

HOSTILE = (
    "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'> "
    '"O\'Neil" & {{ 7 * 7 }}'
)
ANSWERED = {
    "stem": (
        (0.97, 0.93, 0.99),
        (0.52, 0.38, 0.66),
        (0.41, 0.29, 0.55),
        (0.33, 0.2, 0.5),
        (0.78, 0.65, 0.88),
    ),
    "progenitor": ((0.96, 0.92, 0.98), (0.18, 0.12, 0.26), None, (0.03, 0.011, 0.062), (0.66, 0.55, 0.76)),
    "bulk": ((0.7, 0.63, 0.76), (0.2, 0.15, 0.26), None, None, (0.5, 0.43, 0.57)),
}
DAYS = (-12, 92, 184, 372, 780)
STATES = (
    State.UNTREATED,
    State.RESPONDING,
    State.REMISSION_PERSISTENT,
    State.REMISSION_PERSISTENT,
    State.CYTOGENETIC_RECURRENCE,
)

REMISSIONS = (State.REMISSION_PERSISTENT, State.REMISSION_CLEAR, State.REMISSION_UNKNOWN)


def found(limits: tuple[float, float, float], line: int = 2) -> Estimate:
    value, lower, upper = limits
    return Estimate.detected(value, lower, upper, confidence=0.95, sources=(Source("fish.csv", line),))


def clone_fraction(role: str, visit: int) -> Estimate:
    limits = ANSWERED[role][visit]
    if limits is not None:
        return found(limits, 2 + visit)
    if role == "progenitor":
        return Estimate.not_detected(0.018, confidence=0.95, sources=(Source("fish.csv", 2 + visit),))
    if visit == 2:
        return Estimate.not_evaluable("the hybridisation failed", (Source("fish.csv", 2 + visit),))
    return Estimate.not_done("no slide of this compartment")


def _burdens(patient: str, samples: list[str]) -> list[Burden]:
    burdens = []
    for visit, (sample, day) in enumerate(zip(samples, DAYS, strict=True)):
        for role, share in (("stem", 4e-4), ("progenitor", 9e-3), ("bulk", 1.0)):
            frequency = Estimate.detected(share, 0.8 * share, 1.2 * share, confidence=0.95)
            fraction = clone_fraction(role, visit)
            if fraction.value is not None:
                numbers = (1e6 * share * n for n in (fraction.value, fraction.lower, fraction.upper))
                per_million = Estimate.detected(*numbers, confidence=0.95)
            elif fraction.upper is not None:
                per_million = Estimate.not_detected(1e6 * share * fraction.upper, confidence=0.95)
            else:
                per_million = fraction
            burdens.append(Burden(patient, sample, day, role, role, frequency, fraction, per_million))
    return burdens


def _pairs(patient: str, samples: list[str]) -> list[SelectivePersistence]:
    pairs = []
    for visit, (sample, day) in enumerate(zip(samples, DAYS, strict=True)):
        log_odds = Estimate.detected(1.6 * (visit in (1, 2, 3)) + 0.2, -0.6 + visit / 3, 3.9, confidence=0.95)
        stem, progenitor = clone_fraction("stem", visit), clone_fraction("progenitor", visit)
        remission = visit in (2, 3)
        pairs.append(
            SelectivePersistence(
                patient,
                sample,
                day,
                visit > 0,
                remission,
                stem,
                progenitor,
                log_odds,
                0.9987 if remission else 0.62,
                0.0004,
                remission,
            )
        )
    return pairs


def _joint(pooled: list[PooledPersistence], pairs: list[SelectivePersistence], days: tuple[int, ...]):
    """A joint model as its record would be: every pair drawn in, one prior that turns the verdict."""
    phase = {True: "remission", False: "other", None: "other"}
    fractions = [
        JointFraction(
            p.patient_id, p.sample_id, p.day, phase[p.in_remission], role, 14, 40, found((0.3, 0.2, 0.5))
        )
        for p in pairs
        for role in ("stem", "progenitor")
    ]
    differences = [
        JointDifference(
            p.patient_id,
            p.sample_id,
            p.day,
            phase[p.in_remission],
            found((1.4, 0.3, 2.9)),
            0.99,
            True,
            found((1.2, -0.2, 2.8)) if p.day > days[2] else Estimate.not_evaluable("no such pair before"),
            0.95 if p.day > days[2] else None,
        )
        for p in pairs
    ]
    rows = [
        Sensitivity("remission", "wider mean, Normal(0, 5)", found((2.6, 1.0, 4.4)), 0.999, True, False, 0.4),
        Sensitivity("remission", "nuclei independent", found((0.6, -0.4, 1.6)), 0.9, False, True, None),
    ]
    shares = (PatientShare("stem nearly all", 3, 3, 0.99, 0.0),)
    return JointPersistence(
        tuple(fractions), tuple(differences), tuple(pooled), shares, tuple(rows), "as printed",
        1.004, 812, 655, True, 4, 1000,
    )  # fmt: skip


def _timeline(patient: str, samples: list[str], drug: str) -> Timeline:
    counts = [
        BloodCount(
            day,
            8.4 + 4.2 / (1 + math.exp(-(day - 60) / 20)) - 3 * (day > 700) + 0.4 * math.sin(day),
            2.1,
            220.0,
            None,
            None,
        )
        for day in range(-110, 800, 24)
    ]
    counts[7] = replace(counts[7], haemoglobin_g_per_dl=None)
    gifts = [Transfusion(day, "red_cells", 2) for day in range(-105, 60, 21)]
    gifts += [Transfusion(750, "platelets", 1), Transfusion(765, "red_cells", 2)]
    return Timeline(
        patient,
        "f",
        1948,
        "MDS with isolated del(5q)",
        812,
        False,
        tuple(Visit(s, d, "marrow", 2e7) for s, d in zip(samples, DAYS, strict=True)),
        (TherapyCourse(drug, 0, 168, 10.0, 21, 28), TherapyCourse(drug, 196, 640, 5.0, 21, 28)),
        tuple(counts),
        tuple(gifts),
        (LogPeriod(-112, 420), LogPeriod(480, 812)),
    )


def _calls(patient: str, samples: list[str]) -> list[ResponseCall]:
    categories = ("not evaluable", "PR", "CR", "CR", "relapse after CR")
    calls = []
    for sample, day, category in zip(samples, DAYS, categories, strict=True):
        rules = (
            RuleTrace(
                "CR: haemoglobin",
                "haemoglobin",
                "12.1 g/dl",
                ">= 11 g/dl",
                RuleVerdict.MET,
                "Cheson 2006, Blood 108:419, table 3",
                "",
                (Source("blood_counts.csv", 14),),
            ),
            RuleTrace(
                "CR: marrow blasts",
                "marrow blasts",
                "not done: no marrow",
                "<= 5 %",
                RuleVerdict.NOT_EVALUABLE,
                "Cheson 2006, Blood 108:419, table 3",
                "OR5: a missing item is never a pass",
                (),
            ),
        )
        calls.append(
            ResponseCall(
                patient,
                day,
                sample,
                "IWG 2006",
                category,
                category == "CR",
                ("HI-E",),
                (),
                rules,
                ("blasts",),
            )
        )
    return calls


def _slide(sample: str, role: str, visit: int) -> CloneFraction:
    fraction = clone_fraction(role, visit)
    scored = 0 if role == "bulk" and visit == 2 else 100
    abnormal = round(100 * (fraction.value or 0)) if scored else 0
    observed = fraction if not scored or fraction.known else Estimate.not_detected(0.03, confidence=0.95)
    return CloneFraction(
        sample,
        role,
        "EGR1",
        scored,
        abnormal,
        1,
        observed,
        fraction,
        0.93 if role == "stem" else None,
        "progenitor" if role == "stem" else None,
        0.21 if role == "stem" else None,
        7 if scored else None,
        "beta-binomial",
        abnormal >= 7 if scored else None,
        "Jeffreys",
        (),
    )


def _plate(sample: str, role: str, visit: int) -> Frequency:
    clone = found((2e-3, 9e-4, 4e-3)) if visit != 2 else Estimate.not_detected(3e-4, confidence=0.95)
    normal = found((6e-3 * (visit + 1) / 3, 3e-3 * (visit + 1) / 3, 9e-3 * (visit + 1) / 3))
    fraction = found((0.25, 0.1, 0.45)) if visit != 2 else Estimate.not_detected(0.09, confidence=0.95)
    return Frequency(
        sample,
        role,
        "LTC-IC",
        4,
        96,
        31,
        31,
        found((8e-3, 5e-3, 0.012)),
        normal,
        clone,
        fraction,
        Interval.PROFILE,
        None,
        ("lowest dose has no well",),
        _wells(visit),
    )


def _culture(patient: str, samples: list[str]) -> CultureChange:
    """Compare the first plate with the third, whose clone does not grow."""
    gone = Fold(Estimate.not_detected(0.2, confidence=0.95))
    late = Fold(Estimate.not_evaluable("none before treatment: at least 1.4-fold, one-sided"), at_least=1.4)
    return CultureChange(
        patient, "stem", "LTC-IC", samples[0], DAYS[0], samples[2], DAYS[2],
        found((8e-3, 5e-3, 0.012)), found((8e-3, 5e-3, 0.012)), found((0.25, 0.1, 0.45)),
        Estimate.not_detected(0.09, confidence=0.95), Fold(found((1.0, 0.5, 2.0))), late, gone, gone,
        (f"before treatment: {HOSTILE}",),
    )  # fmt: skip


def _cultures(patients: tuple[str, ...]) -> tuple[PooledCulture, ...]:
    """Means over patients, one of which nothing can be said."""
    unknown = Estimate.not_evaluable("1 patient with two plates that tell it")
    mean = found((0.3, 0.1, 0.9)), 0.97, 0.6, 1.9, 0, len(patients), 0.25, 0.25, "spread half-Normal(1.5)"
    place = "stem", "LTC-IC"
    return (
        PooledCulture(*place, Quantity.NORMAL, 1, unknown),
        PooledCulture(*place, Quantity.CLONE, len(patients), *mean),
    )


def _wells(visit: int) -> tuple[PlateDose, ...]:
    """Wells of four doses; at the third visit nothing of the clone grows, at the last nothing is typed."""
    grown = ((1, 0, 0), (1, 1, 0), (4, 3, 0), (11, 8, 2))
    wells = []
    for line, (dose, (normal, clone, both)) in enumerate(zip((1.0, 3.0, 10.0, 30.0), grown, strict=True), 2):
        of_clone = 0 if visit == 2 else clone
        positive = normal + of_clone + both
        typed = (None, None, None) if visit == 4 else (normal, of_clone, both)
        wells.append(PlateDose(dose, 24, positive, *typed, Source("dilution_plates.csv", line)))
    return tuple(wells)


def _view(title: str, rare: int) -> GateView:
    counts = tuple(
        (i, j, 1 + round(900 * math.exp(-((i - 15) ** 2 + (j - 20) ** 2) / 60)))
        for i in range(40)
        for j in range(40)
        if (i - 15) ** 2 + (j - 20) ** 2 < 260
    )
    points = tuple((0.2 + 0.2 * math.sin(n * 7.0), 0.7 + 0.1 * math.cos(n * 3.0)) for n in range(rare))
    ticks = ((0.2, "0"), (0.45, "10³"), (0.7, "10⁴"), (0.95, "10⁵"))
    outline = ((0.05, 0.55), (0.42, 0.55), (0.42, 0.9), (0.05, 0.9))
    return GateView(
        title,
        "CD38 PE-Cy7-A",
        "CD90 BV421-A",
        "logicle",
        "logicle",
        (0.0, 1.0),
        (0.0, 1.0),
        40,
        40,
        counts,
        ticks,
        ticks,
        outline,
        points,
        "stem cells" if rare else "",
    )


def _tube(sample: str) -> TubeResult:
    tube = GatedTube(
        f"{sample}.fcs",
        61_234,
        40_100,
        (GateStep("cells", "all", "scatter, debris removed", 52_000, 61_200, 34),),
        (
            Threshold(
                "CD38", "PE-Cy7-A", 812.0, 640.0, 990.0, "0.995 quantile of the FMO tube", 412, "CD34+", False
            ),
        ),
        (
            PopulationCount("stem", "CD34+ CD38-/low CD90+", "nucleated", 34, 40_100, 28, 45),
            PopulationCount(
                "pro-B", "CD34+ CD19+", "nucleated", None, 40_100, None, None, "CD19 is not in the panel"
            ),
        ),
        (_view("Cells", 0), _view("CD34+", 0), _view("CD90 against CD38", 34)),
        ("Time runs backwards once.",),
        (),
    )
    return TubeResult(
        sample, f"{sample}.fcs", tube, ("CD38 fmo.fcs (borrowed from another visit)",), "0" * 64
    )


def _karyotypes(patient: str, samples: list[str], remark: str) -> list[KaryotypeResult]:
    strings = (
        "46,XX,del(5)(q13q33)[18]/46,XX[2]",
        "46,XX,del(5)(q13q33)[6]/46,XX[14]",
        "46,XX[20]",
        "46,XX[20]",
        "46,XX,del(5)(q13q33),+8[4]/46,XX[16]",
    )
    cells = (18, 6, 0, 0, 4)
    return [
        KaryotypeResult(
            patient,
            sample,
            day,
            iscn,
            k,
            20,
            False,
            ("del(5)(q13q33)",) * bool(k),
            ("+8",) * (day > 700),
            (remark,) * (day > 700),
            Source("karyotypes.csv", line),
        )
        for line, (sample, day, iscn, k) in enumerate(zip(samples, DAYS, strings, cells, strict=True), 2)
    ]


def _cytogenetic(patient: str, samples: list[str]) -> list[CytogeneticResponse]:
    return [
        CytogeneticResponse(
            patient,
            sample,
            day,
            "complete" if k == 0 else "partial",
            k,
            20,
            Estimate.not_detected(0.139, confidence=0.95) if k == 0 else found((k / 20, 0.02, 0.5)),
            0.139 if k == 0 else None,
            1 - k / 18,
            (),
            False,
            False,
            "20 metaphases, as at baseline",
            (),
            (Source("karyotypes.csv", 4),),
        )
        for sample, day, k in zip(samples[1:], DAYS[1:], (6, 0, 0, 4), strict=True)
    ]


def _phases(patient: str, samples: list[str]) -> list[PhaseReading]:
    """Phases of stem cells and progenitors; each kind of absence once, and one visit by events as well."""
    nothing = Estimate.not_done("no row in cell_cycle.csv")
    few = Estimate.not_evaluable("12 events; 50 are needed", (Source(COUNTED, 9),))
    none = Estimate.not_detected(0.03, confidence=0.95, sources=(Source(COUNTED, 8),))
    rows = []
    for visit, (sample, day) in enumerate(zip(samples, DAYS, strict=True)):
        stem = (
            found((0.7 + visit / 50, 0.6, 0.8), 2 * visit),
            found((0.2, 0.1, 0.3)),
            found((0.08, 0.04, 0.15)),
        )
        other = found((0.1, 0.06, 0.15)), found((0.6, 0.5, 0.7)), found((0.3, 0.2, 0.4))
        rows.append(
            PhaseReading(patient, sample, day, "stem", "stem", COUNTED, "counted elsewhere", 98, *stem)
        )
        place = patient, sample, day, "progenitor", "progenitor"
        if visit == 3:
            rows.append(PhaseReading(*place, "", "", None, nothing, nothing, nothing))
        else:
            phases = {0: (few, few, few), 1: (none, *other[1:])}.get(visit, other)
            rows.append(
                PhaseReading(*place, COUNTED, "counted elsewhere", 12 if visit == 0 else 400, *phases)
            )
        if visit == 4:
            said = (f"APC-A cut: 99.5 % quantile of the FMO, in nucleated of {HOSTILE}",)
            origin = f"{sample}.fcs"
            rows.append(PhaseReading(*place, origin, "Dean-Jett mixture of DNA", 5120, *other, said))
        rows.append(
            PhaseReading(patient, sample, day, "bulk", "bulk", "", "", None, nothing, nothing, nothing)
        )
    return rows


def _relapses(patient: str, why: str) -> list[Relapse]:
    return [
        Relapse(
            patient,
            "clone",
            184,
            780,
            None,
            780,
            f"stem cells rose from 33 to 78 %; {why}",
            (Source("fish.csv", 9),),
        ),
        Relapse(
            patient, "cytogenetic", 184, 780, True, 780, "4 of 20 metaphases", (Source("karyotypes.csv", 6),)
        ),
        Relapse(patient, "clinical", 184, None, None, 812, "no rule of relapse is met"),
    ]


def empty(config: StudyConfig | None = None) -> Findings:
    """Return the findings of a study with nothing in it."""
    plan = Plan.of(config or StudyConfig())
    origin = Origin("0.1.0", "3.11.7", ("numpy 2.4",), (), 1, "ab" * 32)
    return Findings(
        plan, (), (), (), (), (), (), Responses((), (), ()), (), (), (), (), (), (), (), (), origin
    )


def example() -> Findings:
    """Return findings of four patients: two ordinary ones, one with hostile words, one with nothing."""
    patients = ("5Q-01", "5Q-02", HOSTILE)
    samples = {name: [f"{name}-v{visit}" for visit in range(5)] for name in patients}
    config = StudyConfig(study=StudySection(title=f"Synthetic lenalidomide study {HOSTILE}", synthetic=True))
    nobody = Timeline("5Q-04", None, None, None, None, None, (), (), (), (), ())
    timelines = [_timeline(n, samples[n], HOSTILE if n == HOSTILE else "lenalidomide") for n in patients]
    courses = [
        Course(
            name,
            sample,
            day,
            state,
            state in REMISSIONS,
            ("transfusion independent", "0 of 20 metaphases"),
            ("a second sample",),
        )
        for name in patients
        for sample, day, state in zip(samples[name], DAYS, STATES, strict=True)
    ]
    unknown = Estimate.not_evaluable("no slide of progenitors")
    pairs = [pair for name in patients for pair in _pairs(name, samples[name])]
    pairs[8] = replace(
        pairs[8], log_odds=unknown, progenitor=unknown, probability=None, exact_p=None, spared=None
    )
    pooled = [
        PooledPersistence(
            "baseline",
            3,
            tuple(samples[n][0] for n in patients),
            found((0.2, -0.9, 1.3)),
            0.5,
            0.66,
            2,
            1,
            1.0,
            0.25,
            "Normal(0, 2.5), half-Normal(0.8)",
        ),
        PooledPersistence(
            "remission",
            3,
            tuple(samples[n][2] for n in patients),
            found((2.4, 1.1, 3.9)),
            0.7,
            0.9991,
            3,
            0,
            0.25,
            0.25,
            "Normal(0, 2.5), half-Normal(0.8)",
        ),
    ]
    free = TimeToEvent(
        "cytogenetic",
        3,
        2,
        (0, 300, 596),
        (1.0, 0.667, 0.333),
        (None, 0.2, 0.02),
        (None, 0.95, 0.8),
        (3, 3, 2),
        596,
    )
    independence = [
        Independence(
            name,
            window,
            None if window == 182 else True,
            60,
            None,
            160,
            True,
            HOSTILE,
            (Source("transfusion_log.csv", 2),),
        )
        for name in patients
        for window in (56, 112, 182)
    ]
    colonies = ColonyYield(
        "5Q-01-v2",
        "progenitor",
        "CFC",
        None,
        2,
        2000.0,
        41,
        20,
        0,
        found((0.02, 0.015, 0.027)),
        Estimate.not_detected(0.139, confidence=0.95),
    )
    statements = [
        Statement(
            1,
            "Before treatment, nearly all stem cells and progenitors carry the clone.",
            Verdict.SUPPORTED,
            "3 of 3 patients",
            3,
        ),
        Statement(2, "In remission the clone is spared in stem cells.", Verdict.UNDECIDED, HOSTILE, 3),
        Statement(3, "Most patients relapse.", Verdict.NOT_EVALUABLE, "follow-up is too short", 0),
    ]
    each = [(name, sample, visit) for name in patients for visit, sample in enumerate(samples[name])]
    whole = replace(
        empty(config),
        timelines=(*timelines, nobody),
        tubes=tuple(_tube(sample) for _, sample, _ in each),
        karyotypes=tuple(k for name in patients for k in _karyotypes(name, samples[name], HOSTILE)),
        clones=tuple(_slide(sample, role, visit) for _, sample, visit in each for role in ANSWERED),
        frequencies=tuple(_plate(sample, "stem", visit) for _, sample, visit in each),
        colonies=(colonies,),
        responses=Responses(
            tuple(call for name in patients for call in _calls(name, samples[name])),
            tuple(independence),
            tuple(c for name in patients for c in _cytogenetic(name, samples[name])),
        ),
        burdens=tuple(b for name in patients for b in _burdens(name, samples[name])),
        selective=tuple(pairs),
        pooled=tuple(pooled),
        courses=tuple(courses),
        relapses=tuple(r for name in patients for r in _relapses(name, HOSTILE)),
        time_to_event=(free,),
        statements=tuple(statements),
        phases=tuple(p for name in patients for p in _phases(name, samples[name])),
        joint=_joint(pooled, [pair for pair in pairs if pair.log_odds.known], days=DAYS),
        cultures=tuple(_culture(name, samples[name]) for name in patients),
        cultures_pooled=_cultures(patients),
        notes=("The control of sample 5Q-01-v3 is borrowed from another visit.", HOSTILE),
    )
    return example_course().with_course(whole, HOSTILE)


def example_course() -> ModuleType:
    """Load the module beside this one, which no package holds."""
    path = Path(__file__).with_name("example_course.py")
    spec = importlib.util.spec_from_file_location("course_by_hand", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def names_only() -> Findings:
    """Return findings of a study that names two patients and two samples, and measured nothing."""
    long = "Karolinska-2010-MDS-del5q-prospective-cohort-patient-0001-of-a-very-long-identifier"
    visits = (Visit("S1", 0, "marrow", None), Visit("S2", 100, "blood", None))
    timelines = [
        Timeline(name, None, None, None, None, None, seen, (), (), (), ())
        for name, seen in ((long, ()), ("P2", visits))
    ]
    unknown = Estimate.not_done("no slide of this compartment")
    courses = [
        Course("P2", visit.sample_id, visit.day, State.NOT_EVALUABLE, None, (), ()) for visit in visits
    ]
    burdens = [
        Burden("P2", visit.sample_id, visit.day, role, role, unknown, unknown, unknown)
        for visit in visits
        for role in ANSWERED
    ]
    relapses = [
        Relapse(line.patient_id, kind, None, None, None, None, "no remission")
        for line in timelines
        for kind in ("clone", "cytogenetic", "clinical")
    ]
    return replace(
        empty(),
        timelines=tuple(timelines),
        courses=tuple(courses),
        burdens=tuple(burdens),
        relapses=tuple(relapses),
    )


def repeated(number: int) -> Findings:
    """Return findings of so many patients, each as the first of the example, without tubes."""
    whole, kinds = example(), ("courses", "burdens", "selective", "relapses")
    first = whole.timelines[0]

    def named(record, copy: int):
        named_so = {"patient_id": f"{record.patient_id}-{copy}"}
        if getattr(record, "sample_id", None):
            named_so["sample_id"] = f"{record.sample_id}-{copy}"
        return replace(record, **named_so)

    def visits(copy: int):
        return tuple(replace(visit, sample_id=f"{visit.sample_id}-{copy}") for visit in first.visits)

    records = {
        kind: tuple(
            named(record, copy)
            for copy in range(number)
            for record in getattr(whole, kind)
            if record.patient_id == first.patient_id
        )
        for kind in kinds
    }
    lines = tuple(replace(named(first, copy), visits=visits(copy)) for copy in range(number))
    return replace(empty(), timelines=lines, **records)
