"""The scores as JSON, one patient a line: built from whole columns, so that ten thousand take no time."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from remnant.cli.risk.taken import Taken
from remnant.diagnosis import ipss_m_weights as published
from remnant.diagnosis.ipss_m import SCENARIOS
from remnant.diagnosis.ipss_r import CATEGORIES, CYTOGENETIC_GROUPS, ITEMS, OUTLOOKS
from remnant.diagnosis.risk import RiskInputs
from remnant.diagnosis.risk_patient import missing_genes, missing_variables
from remnant.stats.numerics.arrays import FloatArray

Answer = dict[str, Any]
FLAGS = ("del5q", "del7_7q", "del17_17p", "complex")
NO_SCORE = "not evaluable, {} missing: the score lies between lowest and highest"
WIDE = "worst and best lie more than 1 apart, so that the mean case is not issued{}"


def print_answers(found: Taken) -> None:
    """Print a JSON array, each patient on a line of its own."""
    from pydantic_core import to_json

    lines = (to_json(answer, inf_nan_mode="null").decode() for answer in answers(found))
    sys.stdout.write("[\n" + ",\n".join(lines) + "\n]\n")


def answers(found: Taken) -> Iterator[Answer]:
    """Return the answer of each patient, in the order of the table."""
    cytogenetics = _cytogenetics(found.inputs)
    columns = zip(_ipss_r(found), _ipss_ra(found), _ipss_m(found), strict=True)
    for place, (ipss_r, ipss_ra, ipss_m) in enumerate(columns):
        yield {
            "id": found.ids[place],
            "line": found.lines[place],
            "cytogenetics": cytogenetics[place],
            "ipss_r": ipss_r,
            "ipss_ra": ipss_ra,
            "ipss_m": ipss_m,
            "remarks": found.remarks[place],
        }


def _cytogenetics(given: RiskInputs) -> list[Answer]:
    """What the scores took of the chromosomes, from the columns or from the karyotype."""
    flags = np.stack([given.del5q, given.del7, given.del17p, given.complex_], axis=1)
    answers: list[Answer] = [dict(zip(FLAGS, row, strict=True)) for row in _without(flags)]
    for answer, place in zip(answers, given.cytogenetics.tolist(), strict=True):
        answer["group"] = None if place != place else CYTOGENETIC_GROUPS[int(place)]
    return answers


def _grades(scores: FloatArray, places: Any, names: tuple[str, ...]) -> list[Answer]:
    pairs = zip(scores.tolist(), places.tolist(), strict=True)
    return [{"score": score, "category": names[place]} for score, place in pairs]


def _without(values: FloatArray) -> list[list[float | None]]:
    """Turn rows of numbers into lists, None for NaN; most rows have none to look for."""
    rows = values.tolist()
    for place in np.flatnonzero(np.isnan(values).any(axis=1)):
        rows[place] = [None if value != value else value for value in rows[place]]
    return list(rows)


def _ipss_r(found: Taken) -> Iterator[Answer]:
    scores = found.scores
    lowest = _grades(scores.lowest, scores.lowest_category, CATEGORIES)
    highest = _grades(scores.highest, scores.highest_category, CATEGORIES)
    for points, low, high, place in zip(
        _without(scores.points), lowest, highest, scores.lowest_category.tolist(), strict=True
    ):
        missing = [item for item, point in zip(ITEMS, points, strict=True) if point is None]
        outlook = OUTLOOKS[place]
        yield _graded(low, high, missing) | {
            "points": dict(zip(ITEMS, points, strict=True)),
            "median_survival_years": None if missing else outlook.median_survival_years,
            "quarter_aml_years": None if missing else outlook.quarter_aml_years,
        }


def _graded(low: Answer, high: Answer, missing: list[str]) -> Answer:
    """Return a score; where an item is missing its range, and the category that holds whatever it is."""
    return {
        "score": None if missing else low["score"],
        "category": None if missing else low["category"],
        "lowest": low,
        "highest": high,
        "sure_category": low["category"] if low["category"] == high["category"] else None,
        "missing": missing,
        "reason": NO_SCORE.format(" and ".join(missing)) if missing else "",
    }


def _ipss_ra(found: Taken) -> Iterator[Answer]:
    scores = found.scores
    lowest = _grades(scores.adjusted_lowest, scores.adjusted_lowest_category, CATEGORIES)
    highest = _grades(scores.adjusted_highest, scores.adjusted_highest_category, CATEGORIES)
    items = np.isnan(scores.points)
    ageless = np.isnan(scores.adjusted_lowest)
    for place, (low, high) in enumerate(zip(lowest, highest, strict=True)):
        missing = [item for item, gone in zip(ITEMS, items[place].tolist(), strict=True) if gone]
        if ageless[place]:
            nothing = dict.fromkeys(("score", "category", "lowest", "highest", "sure_category"))
            yield nothing | {"missing": ["age", *missing], "reason": "not evaluable, the age is missing"}
        else:
            yield _graded(low, high, missing)


def _ipss_m(found: Taken) -> Iterator[Answer]:
    scores = found.scores.ipss_m
    cases = [
        [
            {"score": score, "category": published.CATEGORIES[place], "raw": raw}
            for score, place, raw in zip(
                scores.score[row].tolist(),
                scores.category[row].tolist(),
                scores.raw[row].tolist(),
                strict=True,
            )
        ]
        for row in range(len(SCENARIOS))
    ]
    parts, narrow = scores.contributions.tolist(), scores.narrow.tolist()
    values = _without(scores.values)
    open_ = (scores.contributions[0] != scores.contributions[2]).any(axis=1).tolist()
    measured, genes = missing_variables(scores), missing_genes(found.inputs, scores)
    for place, (best, mean, worst) in enumerate(zip(*cases, strict=True)):
        stable = narrow[place] or best["category"] == worst["category"]
        shown = SCENARIOS if open_[place] else ("mean",)
        yield {
            "best": best,
            "mean": mean,
            "worst": worst,
            "score": mean["score"] if narrow[place] else None,
            "category": mean["category"] if stable else None,
            "reason": "" if narrow[place] else WIDE.format("; the category is the same" if stable else ""),
            "missing": measured[place],
            "missing_genes": genes[place],
            "variables": dict(zip(published.VARIABLES, values[place], strict=True)),
            "contributions": {
                name: dict(zip(published.VARIABLES, parts[SCENARIOS.index(name)][place], strict=True))
                for name in shown
            },
        }
