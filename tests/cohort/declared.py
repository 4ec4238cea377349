"""Courses of a drug, one after the other, with the days between them declared as holds."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any


def with_holds(courses: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Write a course of 0 mg where two courses of one drug, in the order of time, leave days open."""
    told = list(courses)
    holds = [
        {
            "drug": one["drug"],
            "start_day": one["end_day"] + 1,
            "end_day": two["start_day"] - 1,
            "dose_mg": 0.0,
        }
        for one, two in pairwise(told)
        if one["drug"] == two["drug"] and two["start_day"] > one["end_day"] + 1
    ]
    return [*told, *holds]
