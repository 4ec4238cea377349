"""Invented histories whose values lie at the limits of the tables or beside them, so that ties are common."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

from second_reading.patient import LAST, Patient

HB = ("6.7", "8.5", "8.7", "9.5", "10.9", "11.0", "12.0")
PLT = ("10", "19", "20", "21", "30", "60", "99", "100", "180")
ANC = ("0", "0.4", "0.49", "0.5", "0.51", "0.6", "0.79", "0.8", "0.99", "1.0", "1.8")
BLASTS = ("0", "2", "3", "4.9", "5", "5.1", "8", "9.9", "10", "10.2", "12", "19.9", "20", "30", "31")
UNIT_HB = ("8.0", "9.0", "9.1", None)


def history(rng: Random) -> Patient:
    """One patient, with one or two marrows on days of a blood count."""
    base = {"Hb": rng.choice(HB), "PLT": rng.choice(PLT), "ANC": rng.choice(ANC)}
    start = {line: Decimal(value) for line, value in base.items()}
    days = grid(rng)
    counts = before(rng, start) | course(rng, start, days)
    visits = sorted(rng.sample(days, 2 if rng.random() < 0.3 else 1))
    forget(rng, counts, visits)
    record = log(rng)
    drug = rng.choice([((0, None),)] * 9 + [((0, 100),), ((0, 60), (90, None)), ((0, 88), (118, None))])
    return Patient(
        counts,
        marrows(rng, visits),
        tuple(
            sorted((unit for unit in units(rng, counts) if known(record, unit[0])), key=lambda unit: unit[0])
        ),
        tuple(
            day
            for day in rng.sample(range(-60, 200), rng.choice((0, 0, 0, 0, 0, 0, 1, 2)))
            if known(record, day) and day not in counts
        ),
        record,
        drug,
        growth(rng, counts),
        last_contact=LAST,
    )


def grid(rng: Random) -> list[int]:
    """Days of blood counts: every two or four weeks, some a day early or late."""
    step, count = rng.choice(((14, 14), (28, 8)))
    nudge = rng.random() < 0.3
    days = [step * (number + 1) + (rng.choice((-1, 0, 1)) if nudge else 0) for number in range(count)]
    return sorted(set(days))[: rng.randint(3, count)]


def before(rng: Random, start: dict[str, Decimal]) -> dict[int, dict[str, Decimal]]:
    """Counts before treatment, at the ends of the window and 7 days apart now and then."""
    days = rng.choice(
        [(-28, -14)] * 6 + [(-42, -28, -14), (-56, -14), (-57, -14), (-14, -7), (-14, -8), (-14,), ()]
    )
    spread = rng.choice((Decimal(0), Decimal(0), Decimal("0.2")))
    return {
        day: {line: value + spread * number for line, value in start.items()} | {"blasts": Decimal(0)}
        for number, day in enumerate(days)
    }


def course(rng: Random, start: dict[str, Decimal], days: list[int]) -> dict[int, dict[str, Decimal]]:
    """Counts on treatment: a level that stays, as a rule, or up to three stretches at levels of their own."""
    cuts = sorted(rng.sample(range(len(days)), min(len(days), rng.choice((0, 0, 0, 0, 0, 1, 1, 2)))))
    level, found = level_of(rng, start), {}
    for number, day in enumerate(days):
        if number in cuts:
            level = level_of(rng, start)
        found[day] = dict(level)
    return found


def level_of(rng: Random, start: dict[str, Decimal]) -> dict[str, Decimal]:
    """Values that matter: limits, rises from the start, and the start itself."""
    near = lambda *values: [Decimal(value) for value in values]  # noqa: E731
    hb, plt, anc = start["Hb"], start["PLT"], start["ANC"]
    if rng.random() < 0.4:  # a remission, or nearly
        hb, plt, anc = max(hb, Decimal(10)), max(plt, Decimal(99)), max(anc, Decimal("0.99"))
        limits = (near("10", "10.9", "11", "12.5"), near(99, 100, 200), near("0.99", "1.0", "2"))
    else:
        limits = (
            near("9.9", "10", "10.9", "11", "12.5", "14"),
            near(20, 21, 49, 50, 99, 100, 200),
            near("0.49", "0.5", "0.99", "1.0", "2"),
        )
    return {
        "Hb": rng.choice([hb, hb + Decimal("1.4"), hb + Decimal("1.5"), *limits[0]]),
        "PLT": rng.choice([plt, plt + 29, plt + 30, 2 * plt, max(2 * plt - 1, plt), *limits[1]]),
        "ANC": rng.choice(
            [
                anc,
                2 * anc,
                max(2 * anc - Decimal("0.01"), anc),
                anc + Decimal("0.5"),
                anc + Decimal("0.51"),
                *limits[2],
            ]
        ),
        "blasts": rng.choice(near(0, 0, 0, 0, 0, 0, 0, 0, 1)),
    }


def forget(rng: Random, counts: dict[int, dict[str, Decimal]], visits: list[int]) -> None:
    """What was not done: an item on the day of a visit, or a line altogether."""
    kind = rng.random()
    line = rng.choice(("Hb", "PLT", "ANC", "blasts"))
    if kind < 0.08:
        visit = rng.choice(visits)
        for day in counts:
            if abs(day - visit) <= 14:  # no other day stands in for the visit
                counts[day].pop(line, None)
    elif kind < 0.14:
        for values in counts.values():
            values.pop(line, None)
    elif kind < 0.2:
        for day, values in counts.items():
            if day < 0:
                values.pop(line, None)


def marrows(rng: Random, visits: list[int]) -> tuple[dict[str, Any], ...]:
    """A marrow before treatment, and one on each visit, most with a karyotype."""
    base = Decimal(rng.choice(BLASTS))
    first: dict[str, Any] = {"day": -7}
    if rng.random() < 0.95:
        first["blasts"] = base
    if rng.random() < 0.8:
        first |= {"abnormal": rng.choice((0, 1, 2, 10, 18)), "metaphases": rng.choice((20, 20, 20, 19))}
    found = [first]
    for day in visits:
        one: dict[str, Any] = {"day": day}
        low = [base, base / 2, base / 2 + Decimal("0.1"), Decimal("4.9"), Decimal(5), Decimal(3)]
        any_of = [base * Decimal("1.5"), *(Decimal(value) for value in BLASTS)]
        one["blasts"] = min(rng.choice(low if rng.random() < 0.7 else any_of), Decimal(90))
        flag = rng.choice(["none"] * 17 + [None, None, "erythroid"])
        one |= {"dysplasia": flag} if flag else {}
        if rng.random() < 0.8:
            scored = rng.choice((20, 20, 20, 19, 25))
            one |= {"abnormal": rng.choice((0, 0, 0, 1, 5, 9, 10)), "metaphases": scored}
            one |= {"new": ["+8"]} if rng.random() < 0.1 else {}
        found.append(one)
    return tuple(found)


def units(rng: Random, counts: dict[int, Any]) -> list[tuple[int, int, Decimal | None]]:
    """Red cells before and on treatment: none, some, or with a rhythm; never on the day of a count."""
    given: dict[int, int] = {}
    early, late = rng.random(), rng.random()
    if early < 0.5:
        given |= {day: rng.choice((1, 1, 2, 3)) for day in rng.sample(range(-115, 0), rng.randint(1, 7))}
    if late < 0.25:
        given |= {day: rng.choice((1, 2)) for day in rng.sample(range(250), rng.randint(1, 5))}
    elif late < 0.4:
        given |= dict.fromkeys(
            range(rng.randint(0, 27), LAST, rng.choice((14, 28, 56, 57, 113))), rng.choice((1, 2))
        )
    before_unit = rng.choice(UNIT_HB)
    hb = None if before_unit is None else Decimal(before_unit)
    return [(day, number, hb) for day, number in given.items() if day not in counts]


def log(rng: Random) -> tuple[tuple[int, int], ...]:
    """The record of transfusions: complete, as a rule."""
    whole = ((-140, LAST),)
    return rng.choice([whole] * 16 + [(), ((-140, -1),), ((-60, LAST),), ((-140, 60), (90, LAST))])


def known(record: tuple[tuple[int, int], ...], day: int) -> bool:
    """Whether a unit of the day can be on record."""
    return any(first <= day <= last for first, last in record)


def growth(rng: Random, counts: dict[int, Any]) -> tuple[tuple[str, int, int], ...]:
    """A growth factor, now and then."""
    if rng.random() < 0.9:
        return ()
    first = rng.randint(-60, 150)
    first += first in counts  # never from the day of a count
    return ((rng.choice(("filgrastim", "epoetin alfa")), first, first + rng.choice((0, 7, 30))),)
