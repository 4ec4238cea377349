"""A comparison of compartments for a person: a plain sentence first, what to know, then short tables."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, isinf

from remnant.cli.console import print_table, say
from remnant.cytogenetics.fish.compare import PairComparison
from remnant.cytogenetics.fish.compare_patients import PatientsComparison
from remnant.cytogenetics.fish.compare_table import ProbeComparison, TableComparison
from remnant.cytogenetics.fish.two_slides import ChangeFromBaseline
from remnant.stats.tables.firth import FirthTest
from remnant.stats.tables.paired import SignFlipTest, SignTest
from remnant.study.estimate import Estimate, Evidence


def print_comparison(
    found: TableComparison, joint: Sequence[PairComparison], stem: str, progenitor: str
) -> None:
    """Print every probe, then the changes and the joint posterior where there are any."""
    for probe in found.probes:
        _print_probe(probe, stem, progenitor, several=len(found.probes) > 1)
    _print_changes(found.changes)
    _print_joint(joint, stem)


def _print_probe(probe: ProbeComparison, stem: str, progenitor: str, *, several: bool) -> None:
    say(f"{probe.probe}. {probe.summary}" if several else probe.summary)
    for remark in probe.remarks:
        say(f"- {remark}.")
    if probe.found is None:
        return
    rows = [
        (
            pair.patient if pair.visit is None else f"{pair.patient}, {pair.visit}",
            f"{two.counts[0]}/{two.counts[1]}",
            f"{two.counts[2]}/{two.counts[3]}",
            _ratio(two.exact.value, two.exact.lower, two.exact.upper) if two.exact.informative else "any",
            f"{two.exact.p_two_sided:.2g}",
            None if two.p_holm is None else f"{two.p_holm:.2g}",
        )
        for pair, two in zip(probe.pairing.pairs, probe.found.by_patient, strict=True)
    ]
    header = ("patient", stem, progenitor, "odds ratio", "exact p", "Holm p")
    print_table(f"{stem} against {progenitor}, patient by patient", header, rows)
    print_table("All patients together", ("test", "odds ratio", "p"), _pooled_rows(probe.found))
    tests = probe.found.paired
    over: list[tuple[str, SignTest | SignFlipTest | None]] = [
        ("sign test", tests.sign),
        ("Wilcoxon signed rank", tests.wilcoxon),
        ("sign flip", tests.permutation),
    ]
    lines = [(name, f"{t.p_two_sided:.2g}", f"{t.smallest_p:.2g}") for name, t in over if t is not None]
    print_table("Over patients, differences of fractions", ("exact test", "p", "smallest possible p"), lines)


def _pooled_rows(found: PatientsComparison) -> list[tuple[str, str, str]]:
    """Name, odds ratio and p of each pooled answer that exists."""
    exact, mh, firth, mixed, both = (
        found.exact,
        found.mantel_haenszel,
        found.firth,
        found.mixed,
        found.random_effects,
    )
    rows = []
    if exact.informative:
        ratio = _ratio(exact.value, exact.lower, exact.upper)
        rows.append(("exact conditional", ratio, f"{exact.p_two_sided:.2g}"))
    if mh is not None and mh.lower is not None and mh.upper is not None:
        rows.append(("Mantel-Haenszel", _ratio(mh.value, mh.lower, mh.upper), f"{mh.p_corrected:.2g}"))
    logs = [("Firth, fixed patients", firth), ("mixed logistic", mixed), ("random effects", both)]
    for name, fit in logs:
        if fit is not None:
            middle = fit.estimate if isinstance(fit, FirthTest) else fit.log_odds
            rows.append((name, _ratio(*(exp(x) for x in (middle, fit.lower, fit.upper))), f"{fit.p:.2g}"))
    return rows


def _ratio(value: float, lower: float, upper: float) -> str:
    return f"{_short(value)} ({_short(lower)} to {_short(upper)})"


def _short(value: float) -> str:
    return "no bound" if isinf(value) else f"{value:.3g}"


def _print_changes(changes: Sequence[ChangeFromBaseline]) -> None:
    if not changes:
        return
    rows = [
        (
            item.patient,
            item.compartment,
            f"{item.baseline} to {item.visit}",
            _ratio(item.found.exact.value, item.found.exact.lower, item.found.exact.upper),
            f"{item.found.exact.p_two_sided:.2g}",
            None if item.found.p_holm is None else f"{item.found.p_holm:.2g}",
        )
        for item in changes
        if item.found.exact.informative
    ]
    header = ("patient", "compartment", "visits", "odds ratio", "exact p", "Holm p")
    print_table(
        "Change from the first visit", header, rows, note="Below 1: fewer abnormal nuclei than at first."
    )


def _print_joint(pairs: Sequence[PairComparison], stem: str) -> None:
    if not pairs:
        return
    rows = [
        (
            pair.sample_id,
            pair.probe,
            _log_odds(pair.log_odds),
            None if pair.probability is None else f"{pair.probability:.3f}",
        )
        for pair in pairs
    ]
    header = ("sample", "probe", "log odds ratio", "P(spared)")
    note = f"P(spared): probability that the {stem} fraction is larger, probe errors and purity carried."
    print_table("Corrected for the probe, by the joint posterior", header, rows, note=note)


def _log_odds(estimate: Estimate) -> str:
    if estimate.evidence is not Evidence.DETECTED:
        return f"{estimate.evidence}: {estimate.reason}"
    return f"{estimate.value:+.2f} ({estimate.lower:+.2f} to {estimate.upper:+.2f})"
