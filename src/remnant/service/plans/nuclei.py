"""How many nuclei exclude, show or measure a clone: what was typed, and the plan."""

from __future__ import annotations

from collections.abc import Sequence

from remnant.cytogenetics import CutoffMethod
from remnant.planning import NucleiPlan, bench_from_controls, bench_from_rates, plan_nuclei
from remnant.planning.bench import supported_purity
from remnant.planning.slide import Bench
from remnant.service.plans.shown import Table, count, given, percent
from remnant.service.plans.typed import Typed, k_of_n


def read_nuclei(
    typed: Typed,
    *,
    clone: str,
    slides: Sequence[tuple[int, int]] = (),
    false_positive: str | None = None,
    false_negative: str | None = None,
    correlation: str | None = None,
    purity: str | None = None,
    contaminant_clone: str | None = None,
    width: str = "10%",
    power: str = "0.9",
    confidence: str = "0.95",
    alpha: str = "0.05",
    method: str = "beta-binomial",
    most: str = "2000",
) -> NucleiPlan:
    """Plan the nuclei of a slide.

    Parameters
    ----------
    typed : Typed
        Gathers what is wrong, perhaps beside other faults.
    slides : sequence of (int, int)
        Abnormal and scored nuclei of each control slide.
    clone, false_positive, false_negative, correlation, purity, contaminant_clone, width, power, confidence, \
    alpha, method, most : str
        As typed; None where nothing was.

    Raises
    ------
    SettingError
        With every fault that `typed` has gathered.
    """
    asked = typed.fraction("--clone", clone)
    wished = typed.fraction("--power", power)
    sure = typed.fraction("--confidence", confidence)
    wide = typed.fraction("--width", width)
    limit = typed.whole("--most", most, least=10, most=10_000)
    rates = {
        "false_negative": _rate(typed, "--false-negative", false_negative),
        "correlation": _rate(typed, "--correlation", correlation),
        "alpha": typed.fraction("--alpha", alpha, most=0.2),
    }
    positive = _rate(typed, "--false-positive", false_positive)
    if slides and positive is not None:
        found = "controls and --false-positive"
        typed.refuse("--false-positive", found, "one of them", "controls say more: leave the rate out")
    pure, dirt, assumed = _sort(typed, purity, contaminant_clone, confidence=sure)
    typed.one_of("--method", method, list(CutoffMethod))
    if (positive or 0) + (rates["false_negative"] or 0) >= 1:
        typed.refuse("--false-negative", str(false_negative), "rates that sum to below 1", "mend the rates")
    typed.done()
    if slides:
        kind = CutoffMethod(method)
        bench, more = bench_from_controls(
            list(slides),
            purity=pure,
            contaminant=dirt,
            method=kind,
            **rates,  # type: ignore[arg-type]
        )
    else:
        bench, more = bench_from_rates(
            false_positive=positive,
            purity=pure,
            contaminant=dirt,
            **rates,  # type: ignore[arg-type]
        )
    _evaluable(typed, bench)
    return plan_nuclei(
        asked, bench, power=wished, confidence=sure, width=wide, most=limit, assumed=(*more, *assumed)
    )


def _rate(typed: Typed, option: str, text: str | None) -> float | None:
    return None if text is None else typed.fraction(option, text, most=0.999, ends=True)


def _sort(
    typed: Typed, purity: str | None, contaminant: str | None, *, confidence: float
) -> tuple[float, float, tuple[str, ...]]:
    """Read purity, as a rate or as a re-run, and the clone of what contaminates the sort."""
    if purity is None:
        if contaminant is not None:
            typed.refuse("--contaminant-clone", contaminant, "--purity beside it", "give the purity too")
        return 1.0, 0.0, ("a pure sort",)
    if contaminant is None:
        hint = (
            "a signal through an impure sort is no finding unless the contaminant is known; 0% if it is clear"
        )
        typed.refuse("--contaminant-clone", "nothing", "the clone among the contaminating cells", hint)
    dirt = 0.0 if contaminant is None else typed.fraction("--contaminant-clone", contaminant, ends=True)
    if "/" not in purity:
        pure = typed.fraction("--purity", purity, most=1.0, ends=True)
        if pure == 0:
            typed.refuse("--purity", purity, "above 0", "mend the number")
        return pure, dirt, ()
    counts = typed.reading(lambda: k_of_n(purity, "--purity"))
    if counts is None or not 0 < confidence < 1:
        return 1.0, dirt, ()
    if counts[0] == 0:
        typed.refuse("--purity", purity, "some cells inside the gate", "mend the counts")
    pure, said = supported_purity(*counts, confidence=confidence)
    return pure, dirt, (said,)


def _evaluable(typed: Typed, bench: Bench) -> None:
    """Refuse a probe that errs more often than not, and controls in which every nucleus is abnormal."""
    if bench.false_positive + bench.false_negative >= 1:
        rates = f"{bench.false_positive:.3g} + {bench.false_negative:.3g}"
        hint = "such a probe carries no sign of a clone"
        typed.refuse("controls and --false-negative", rates, "rates that sum to below 1", hint)
    typed.done()


def nuclei_tables(plan: NucleiPlan) -> list[Table]:
    """Lay a plan out by clone, and by number of nuclei."""
    sure, wished = given(plan.confidence), given(plan.power)
    clones = [
        (
            given(row.exclusion.clone),
            f"{row.exclusion.rule:,}",
            count(row.exclusion.nuclei),
            percent(row.exclusion.chance),
            _allowance(row.exclusion.allowed, row.exclusion.allowed_nuclei),
            count(row.showing.nuclei),
            count(row.measured),
        )
        for row in plan.by_clone
    ]
    by_clone = Table(
        "Nuclei for a clone",
        (
            "clone",
            "0 of n, perfect probe",
            "0 of n",
            "normal sample shows 0",
            "allowing k",
            "to show",
            f"to ±{given(plan.width / 2)}",
        ),
        clones,
        f"Exclusion at {sure}, one-sided; showing and the allowance at {wished}; up to {plan.most:,} nuclei.",
    )
    nuclei = [
        (
            f"{row.nuclei:,}",
            row.cutoff,
            percent(max(row.false_calls, 1e-12) if plan.false_positive > 0 else row.false_calls),
            percent(row.power),
            percent(row.bound),
            percent(row.rule),
            percent(row.width),
        )
        for row in plan.by_nuclei
    ]
    by_nuclei = Table(
        f"What a number of nuclei does, clone of {given(plan.clone)}",
        ("nuclei", "cut-off", "false calls", "power", "0 seen: below", "perfect probe", "interval width"),
        nuclei,
        f"Cut-off: {plan.method}, {given(plan.alpha)} false calls allowed.",
    )
    return [by_clone, by_nuclei]


def _allowance(allowed: int | None, nuclei: int | None) -> str:
    return "none suffices" if nuclei is None else f"{allowed} of {nuclei:,}"
