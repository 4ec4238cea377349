"""Every estimator of survival on one table, by name, as plain values for JSON."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from remnant.cli.survival.subjects import Columns, Subjects
from remnant.stats.survival.cox import CoxFit, cox
from remnant.stats.survival.cumulative_incidence import aalen_johansen
from remnant.stats.survival.fine_gray import fine_gray
from remnant.stats.survival.firth_cox import firth_cox
from remnant.stats.survival.gray import gray
from remnant.stats.survival.kaplan_meier import kaplan_meier, restricted_mean
from remnant.stats.survival.log_rank import exact_log_rank, log_rank
from remnant.stats.survival.proportional_hazards import proportional_hazards

FEW = 10  # events per covariate beneath which maximum likelihood is biased away from 1
TINY = 40  # subjects up to which the exact log-rank test is tried
MOST = 400_000

Answer = dict[str, Any]


def answer(subjects: Subjects, columns: Columns, *, cause: int, confidence: float) -> Answer:
    """Estimate all that the columns allow; what they do not allow is null, and `remarks` says why."""
    event = subjects.event
    found: Answer = {
        "subjects": len(event),
        "events": {str(code): int((event == code).sum()) for code in (0, 1, 2)},
        "cause": cause,
        "confidence": confidence,
        "groups": list(subjects.groups),
        "left_out": [{"line": line, "columns": list(names)} for line, names in subjects.left_out],
        "remarks": {},
    }
    found["kaplan_meier"] = _kaplan_meier(subjects, confidence)
    found["log_rank"] = _log_rank(subjects, found["remarks"])
    found["cox_efron"] = _cox(subjects, columns, cause, confidence, found["remarks"])
    found["cox_firth"] = _firth(subjects, columns, cause, confidence, found["remarks"])
    found["proportional_hazards"] = _proportional(subjects, columns, cause)
    found["aalen_johansen"] = _incidence(subjects, confidence)
    found["gray"] = _gray(subjects, cause, found["remarks"])
    found["fine_gray"] = _fine_gray(subjects, columns, cause, confidence, found["remarks"])
    return found


def plain(record: Any) -> Any:
    """Turn records and arrays into dictionaries and lists; NaN and infinity become null when printed."""
    if is_dataclass(record) and not isinstance(record, type):
        return {field.name: plain(getattr(record, field.name)) for field in fields(record)}
    if isinstance(record, np.ndarray | np.generic):
        return record.tolist()
    return [plain(item) for item in record] if isinstance(record, tuple | list) else record


def _parts(subjects: Subjects) -> dict[str, np.ndarray[Any, np.dtype[np.bool_]]]:
    everyone = {"all": np.ones(len(subjects.time), bool)}
    if subjects.group is None:
        return everyone
    return everyone | {name: subjects.group == place for place, name in enumerate(subjects.groups)}


def _kaplan_meier(subjects: Subjects, confidence: float) -> Answer:
    """Freedom from any event, of all and of each group (named `group: label`)."""
    curves = {}
    for name, mine in _parts(subjects).items():
        time, event = subjects.time[mine], subjects.event[mine] > 0
        entry = None if subjects.entry is None else subjects.entry[mine]
        curve = kaplan_meier(time, event, entry=entry, confidence=confidence)
        last = float(time.max())
        mean, error = restricted_mean(time, event, until=last, entry=entry) if last > 0 else (0.0, 0.0)
        curves["all" if name == "all" else f"group: {name}"] = plain(curve) | {
            "median": curve.median,
            "median_lower": curve.median_limits[0],
            "median_upper": curve.median_limits[1],
            "restricted_mean": mean,
            "restricted_mean_error": error,
            "restricted_to": last,
        }
    return curves


def _log_rank(subjects: Subjects, remarks: Answer) -> Answer | None:
    if subjects.group is None:
        return None
    event = subjects.event > 0
    test = log_rank(subjects.time, event, subjects.group, entry=subjects.entry, stratum=subjects.strata)
    if not test.freedom:
        remarks["log_rank"] = ["nothing to compare: fewer than two groups were at risk of an event"]
    exact = None
    if subjects.strata is None and subjects.entry is None and len(event) <= TINY and len(subjects.groups) > 1:
        exact = exact_log_rank(subjects.time, event, subjects.group, most=MOST)
    found: Answer = plain(test)
    return found | {
        "groups": list(subjects.groups),
        "exact_p": None if exact is None else exact.p,
        "smallest_exact_p": None if exact is None else exact.smallest_p,
    }


def _cox(
    subjects: Subjects, columns: Columns, cause: int, confidence: float, remarks: Answer
) -> Answer | None:
    if not columns.covariates:
        return None
    event = subjects.event == cause
    fit = cox(
        subjects.time, event, subjects.covariates,
        entry=subjects.entry, stratum=subjects.strata, confidence=confidence,
    )  # fmt: skip
    said = [] if fit is None else _cautions(fit, columns)
    if fit is None:
        said = [NOTHING]
    if said:
        remarks["cox_efron"] = said
    return None if fit is None else _model(fit, columns.covariates)


NOTHING = (
    "nothing can be estimated: no event of this cause, or a covariate (or a combination of them) that is the "
    "same for all who were at risk together"
)


def _cautions(fit: CoxFit, columns: Columns) -> list[str]:
    said = [
        f"{name}: separation, every event was at the {'high' if fit.infinite[place] > 0 else 'low'} end "
        "of those at risk; the estimate is infinite, see cox_firth"
        for place, name in enumerate(columns.covariates)
        if fit.infinite[place]
    ]
    if not fit.converged:
        said.append("the likelihood has no maximum that could be reached: no number here is an answer")
    if fit.events < FEW * len(columns.covariates):
        said.append(f"{fit.events} events for {len(columns.covariates)} covariates: see cox_firth")
    return said


def _firth(
    subjects: Subjects, columns: Columns, cause: int, confidence: float, remarks: Answer
) -> Answer | None:
    if not columns.covariates:
        return None
    fit = firth_cox(
        subjects.time, subjects.event == cause, subjects.covariates,
        entry=subjects.entry, stratum=subjects.strata, confidence=confidence,
    )  # fmt: skip
    if fit is None or not fit.converged:
        remarks["cox_firth"] = [NOTHING if fit is None else "no maximum was reached"]
    return None if fit is None else _model(fit, columns.covariates)


def _model(fit: Any, names: tuple[str, ...]) -> Answer:
    """One record for each covariate, and what is said of all."""
    whole = plain(fit)
    each = [
        key for key in ("coefficient", "standard_error", "lower", "upper", "p", "infinite") if key in whole
    ]
    with np.errstate(over="ignore"):
        ratios = np.exp(fit.coefficient).tolist()
    coefficients = [
        {"name": name, "hazard_ratio": ratios[place]} | {key: whole[key][place] for key in each}
        for place, name in enumerate(names)
    ]
    return {"coefficients": coefficients} | {key: value for key, value in whole.items() if key not in each}


def _proportional(subjects: Subjects, columns: Columns, cause: int) -> Answer | None:
    if not columns.covariates:
        return None
    test = proportional_hazards(
        subjects.time, subjects.event == cause, subjects.covariates,
        entry=subjects.entry, stratum=subjects.strata,
    )  # fmt: skip
    if test is None:
        return None
    return {"together": plain(test.together)} | {
        "each": [{"name": n} | plain(t) for n, t in zip(columns.covariates, test.each, strict=True)]
    }


def _incidence(subjects: Subjects, confidence: float) -> Answer:
    """Cumulative incidence of causes 1 and 2, of all and of each group."""
    curves = {}
    for name, mine in _parts(subjects).items():
        entry = None if subjects.entry is None else subjects.entry[mine]
        curve = aalen_johansen(
            subjects.time[mine], subjects.event[mine], entry=entry, causes=(1, 2), confidence=confidence
        )
        keys = ("events", "incidence", "error", "lower", "upper")
        causes = {
            str(code): {key: getattr(curve, key)[:, place].tolist() for key in keys}
            for place, code in enumerate(curve.causes)
        }
        shared = {key: getattr(curve, key).tolist() for key in ("time", "at_risk", "free")}
        curves["all" if name == "all" else f"group: {name}"] = shared | {"last": curve.last, "causes": causes}
    return curves


def _gray(subjects: Subjects, cause: int, remarks: Answer) -> Answer | None:
    if subjects.group is None:
        return None
    if subjects.entry is not None:
        remarks["gray"] = [LATE]
        return None
    test = gray(subjects.time, subjects.event, subjects.group, of=cause)
    if not test.freedom:
        remarks["gray"] = ["nothing to compare: one group, or no event of this cause"]
    found: Answer = plain(test)
    return found | {"groups": list(subjects.groups)}


LATE = "not defined with late entry: its weights would need the law of entry as well"


def _fine_gray(
    subjects: Subjects, columns: Columns, cause: int, confidence: float, remarks: Answer
) -> Answer | None:
    if not columns.covariates:
        return None
    if subjects.entry is not None:
        remarks["fine_gray"] = [LATE]
        return None
    fit = fine_gray(subjects.time, subjects.event, subjects.covariates, of=cause, confidence=confidence)
    if fit is None or not fit.converged:
        remarks["fine_gray"] = [
            "no event of this cause" if fit is None else "no finite maximum: separation, or an idle covariate"
        ]
    return None if fit is None else _model(fit, columns.covariates)
