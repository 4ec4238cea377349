"""A comparison of compartments as one structure for `--json`: every test by its name in the field.

A number that is infinite, or does not exist, is null. `infinite` names those of an object that are infinite.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from math import isinf
from typing import Any

from remnant.cytogenetics.fish.compare import PairComparison
from remnant.cytogenetics.fish.compare_patients import PatientsComparison
from remnant.cytogenetics.fish.compare_table import ProbeComparison, TableComparison
from remnant.cytogenetics.fish.paired_slides import SlidePair
from remnant.cytogenetics.fish.two_slides import ChangeFromBaseline, TwoSlides
from remnant.stats.tables.exact import OddsRatio
from remnant.stats.tables.strata import Separation

Answer = dict[str, Any]
BESIDE = ("breslow_day", "tarone", "heterogeneity")
NAMES = {
    "value": "or",
    "log_odds": "log_or",
    "estimate": "log_or",
    "error": "se",
    "log_error": "se_log_or",
    "chi_square": "chisq",
    "chi_square_corrected": "chisq_corrected",
    "freedom": "df",
    "log_likelihood": "loglik",
}


def table_answer(found: TableComparison, joint: Sequence[PairComparison]) -> Answer:
    """Gather the whole table: one probe stands at the top, several stand in `by_probe`."""
    probes = [_probe(item) for item in found.probes]
    whole = probes[0] if len(probes) == 1 else {"by_probe": probes}
    return whole | {"changes": [_change(item) for item in found.changes], "joint": list(joint)}


def _probe(item: ProbeComparison) -> Answer:
    """Patients one by one, pooled, and tested over patients."""
    found, pairing = item.found, item.pairing
    answer: Answer = {
        "probe": item.probe,
        "summary": item.summary,
        "remarks": item.remarks,
        "left_out": pairing.left_out,
        "ignored_compartments": pairing.ignored,
        "p_holm_over_probes": item.p_holm,
        "patients": 0 if found is None else found.patients,
        "strata": 0 if found is None else found.visits,
    }
    if found is None:
        return answer | {"separated": False, "per_patient": [], "pooled": None, "paired_tests": None}
    pairs = zip(pairing.pairs, found.by_patient, strict=True)
    tests = found.paired
    return answer | {
        "separated": found.separation in (Separation.TO_INFINITY, Separation.TO_MINUS_INFINITY),
        "per_patient": [_patient(pair, two) for pair, two in pairs],
        "pooled": _pooled(found),
        "paired_tests": {field.name: _named(getattr(tests, field.name)) for field in fields(tests)},
    }


def _pooled(found: PatientsComparison) -> Answer:
    mh = found.mantel_haenszel
    return {
        "mantel_haenszel": _named(mh),
        "breslow_day": mh and _named(mh.breslow_day),
        "tarone": mh and _named(mh.tarone),
        "heterogeneity": mh and _named(mh.heterogeneity),
        "exact_conditional": _exact(found.exact, "or_conditional_ml"),
        "peto": _named(found.peto),
        "glm_fixed_patient": _named(found.fixed),
        "firth_fixed_patient": _named(found.firth),
        "mixed_logistic": _named(found.mixed),
        "random_effects": _named(found.random_effects),
    }


def _patient(pair: SlidePair, two: TwoSlides) -> Answer:
    return {"patient": pair.patient, "visit": pair.visit} | _two_slides(two)


def _change(found: ChangeFromBaseline) -> Answer:
    names = ("patient", "compartment", "probe", "baseline", "visit")
    return {name: getattr(found, name) for name in names} | _two_slides(found.found)


def _two_slides(two: TwoSlides) -> Answer:
    chi = two.chi_square
    tests = (None,) * 4 if chi is None else (chi.value, chi.p, chi.yates, chi.yates_p)
    return {
        **dict(zip(("k1", "n1", "k2", "n2"), two.counts, strict=True)),
        **_exact(two.exact, "odds_ratio"),
        "p_holm": two.p_holm,
        **dict(zip(("difference", "newcombe_lower", "newcombe_upper"), two.difference, strict=True)),
        **dict(zip(("chisq", "p_chisq", "chisq_yates", "p_chisq_yates"), tests, strict=True)),
        **dict(zip(("log_or_haldane", "se_log_or_haldane"), two.haldane, strict=True)),
    }


def _exact(found: OddsRatio, name: str) -> Answer:
    answer = {name: found.value} | {
        f.name: getattr(found, f.name) for f in fields(found) if f.name != "value"
    }
    # 0 of n against 0 of m says nothing of the ratio, not that it is 0.
    return _finite(answer if found.informative else answer | {name: None})


def _named(record: Any) -> Answer | None:
    """Write a record by the names of the field; what it holds of other records stands beside it."""
    if record is None:
        return None
    values = {field.name: getattr(record, field.name) for field in fields(record)}
    return _finite(
        {
            NAMES.get(name, name): value
            for name, value in values.items()
            if not is_dataclass(value) and name not in BESIDE
        }
    )


def _finite(answer: Answer) -> Answer:
    """Name what is infinite: it is printed as null."""
    infinite = [name for name, value in answer.items() if isinstance(value, float) and isinf(value)]
    return answer | {"infinite": infinite}
