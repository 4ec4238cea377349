"""Patients for a claim that stem cells are spared: what was typed, and the question."""

from __future__ import annotations

from collections.abc import Sequence
from math import log

from remnant.cytogenetics import probe_errors
from remnant.planning import PatientsPlan, PatientsQuestion
from remnant.planning.decision import Assay, Decision, pooled
from remnant.planning.joint_decision import NUMBERS, joint
from remnant.planning.trial import Population, Rule
from remnant.service.plans.shown import Table, given
from remnant.service.plans.typed import Typed


def read_patients(
    typed: Typed,
    *,
    stem: str | None = None,
    progenitor: str = "2%",
    effect: str | None = None,
    spread: str | None = None,
    level_spread: str | None = None,
    nuclei_stem: str = "20",
    nuclei_progenitor: str = "100",
    visits: str = "1",
    purity: str | None = None,
    control: Sequence[str] | None = None,
    power: str = "0.9",
    probability: str = "0.95",
    alpha: str = "0.05",
    most: str = "40",
    trials: str | None = None,
    decision: str = "pooled",
    seed: int = 20100909,
) -> tuple[PatientsQuestion, tuple[str, ...]]:
    """Read what is asked of a trial, each option as typed, None where nothing was.

    Returns
    -------
    PatientsQuestion, tuple of str
        The question, and what was assumed beside it.

    Raises
    ------
    SettingError
        With every fault that `typed` has gathered.
    """
    below = typed.fraction("--progenitor", progenitor)
    size, assumed = _effect(typed, stem, effect, below)
    between, more = _scale(typed, "--spread", spread, "patients differ in it by {} log-odds (SD)")
    level, also = _scale(typed, "--level-spread", level_spread, "their progenitors by {} log-odds (SD)")
    pure = 0.95 if purity is None else typed.fraction("--purity", purity, least=0.3, ends=True)
    assumed = (*assumed, *more, *also, *(() if purity else ("a purity of 95 % of the stem sort",)))
    n_stem = typed.whole("--nuclei-stem", nuclei_stem, most=2000)
    n_progenitor = typed.whole("--nuclei-progenitor", nuclei_progenitor, most=5000)
    times = typed.whole("--visits", visits, most=20)
    slides = typed.counts("--control", control)
    wished = typed.fraction("--power", power)
    from_probability = typed.fraction("--probability", probability, least=0.5)
    level_of_test = typed.fraction("--alpha", alpha, most=0.5)
    up_to = typed.whole("--most", most, least=3, most=400)
    if decision not in ("pooled", "joint"):
        typed.refuse("--decision", decision, "pooled or joint", "choose one of them")
    number = typed.whole(
        "--trials", trials or ("60" if decision == "joint" else "400"), least=20, most=100_000
    )
    typed.done()
    errors = probe_errors(slides)
    assumed = (*assumed, errors.origin)
    question = PatientsQuestion(
        Population(below, size, between, level),
        Assay(
            n_stem * times, n_progenitor * times, errors.fp, errors.fn, pure, errors.slide_correlation, times
        ),
        times,
        Rule(from_probability, level_of_test),
        wished,
        up_to,
        number,
        seed,
        NUMBERS if decision == "joint" else (),
    )
    if decision == "joint":
        assumed = (*assumed, "the joint model, its chains short beside those of a study")
    return question, assumed


def decided_by(decision: str) -> tuple[Decision, str]:
    """Return the analysis that claims, and its name."""
    return (joint, "joint model") if decision == "joint" else (pooled, "pooled analysis")


def _effect(
    typed: Typed, stem: str | None, effect: str | None, progenitor: float
) -> tuple[float, tuple[str, ...]]:
    """Read the log-odds difference, typed itself or as the stem fraction."""
    if stem is not None and effect is not None:
        typed.refuse("--effect", effect, "--stem or --effect", "leave one of them out")
    if effect is not None:
        return typed.number("--effect", effect, least=-10.0, most=10.0), ()
    fraction = 0.1 if stem is None else typed.fraction("--stem", stem)
    if not (0 < fraction < 1 and 0 < progenitor < 1):
        return 0.0, ()
    size = log(fraction / (1 - fraction)) - log(progenitor / (1 - progenitor))
    return size, (() if stem is not None else ("a median clone of 10 % in stem cells",))


def _scale(typed: Typed, option: str, text: str | None, said: str) -> tuple[float, tuple[str, ...]]:
    if text is None:
        return 1.0, (said.format("1"),)
    return typed.number(option, text, least=0.0, most=5.0), ()


def patients_tables(plan: PatientsPlan) -> list[Table]:
    """Lay a plan out by number of patients, and by test."""
    rows = [
        (
            row.patients,
            *(f"{100 * rate.smooth:.0f} ± {100 * rate.error:.1f}" for rate in row.power[:-1]),
            f"{100 * row.power[-1].smooth:.0f}",
            f"{row.smallest_p:.2g}",
        )
        for row in plan.rows
    ]
    false = [
        (row.patients, *(f"{100 * rate.value:.1f} ± {100 * rate.error:.1f}" for rate in row.false_claims))
        for row in plan.rows
    ]
    trials = f"{plan.question.trials:,} simulated trials; ±: Monte Carlo standard error"
    rises = "power is made to rise with patients (isotonic), the sign test's is exact"
    at = next((row for row in plan.rows if row.patients == plan.recommended), plan.rows[-1])
    needed = [
        (
            test,
            f"more than {plan.question.most}" if n is None else str(n),
            f"{100 * rate.value:.1f} ± {100 * rate.error:.1f}",
            f"{100 * level:g}",
            "plan by it" if place == plan.by else None if holds else "claims falsely: do not plan by it",
        )
        for place, (test, n, rate, level, holds) in enumerate(
            zip(plan.tests, plan.needed, at.false_claims, plan.levels, plan.holds, strict=True)
        )
    ]
    wished = given(plan.question.power)
    header = ("test", "patients", "false claims, %", "level, %", "")
    return [
        Table("Power, %", ("patients", *plan.tests, "least sign p"), rows, f"{trials}; {rises}."),
        Table(
            "False claims, %",
            ("patients", *plan.tests),
            false,
            "Claims where stem cells are not spared on the mean, and patients differ as much.\n"
            "The sign test leaves out patients whose two slides show the same part of abnormal nuclei.",
        ),
        Table(
            f"Patients for a power of {wished}", header, needed, f"False claims with {at.patients} patients."
        ),
    ]
