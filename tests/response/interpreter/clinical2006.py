"""IWG 2006 on a day with a marrow: each category from its row, and the first that holds."""

from __future__ import annotations

from decimal import Decimal

from second_reading.facts import (
    Answer,
    Verdict,
    base_blasts,
    baseline,
    every,
    holds,
    kept,
    logged,
    passes,
    some,
    units_between,
    value_on,
)
from second_reading.falls2006 import CR_LIMIT, dependent, dependent_on, falls, lost_lines
from second_reading.improvement import another_day, by_units, improvement_2006
from second_reading.patient import Patient
from second_reading.tables import (
    BLOOD_BLASTS,
    COUNTS_2006,
    DEPENDENCE,
    EIGHT,
    FOUR,
    LINE,
    MARROW_2006,
    PROGRESSION_BANDS,
    Row,
)

NORMAL = "none"
NEITHER = "no response category"


def read_2006(patient: Patient, day: int) -> Answer:
    """The category of the day, what confirms it, and the lines of improvement that hold and that are lost."""
    answer = Answer()
    lines, opened = improvement_2006(patient, day)
    answer.open_lines = set(opened)
    answer.lost = lost_lines(patient, day, answer.open_lost)
    if by_units(patient, day, set()) or (
        by_units(patient, day, set()) is not None and "HI-E" not in answer.improvement
    ):
        answer.open_lost.add("loss: of an improvement by units")
    answer.improvement = tuple(name for name, verdict in lines.items() if verdict and name not in answer.lost)
    rules = verdicts_2006(patient, day)
    answer.category, answer.open = first_that_holds(rules)
    held = [name for name in MARROW_2006 if rules[name][0] is not False]
    if held and rules["disease progression"][0] is not False:
        answer.open.add("a remission and a progression on one day")
    if held:
        answer.open |= rules["disease progression"][1]
    if any(another_day(patient, line, day) for line in (*LINE.values(), "blasts")):
        answer.open.add("a raised value of the day, and a free one near it")
    if answer.category == "stable disease":
        shown = progression_before(patient, day, answer.open)
        answer.category = NEITHER if shown else answer.category
    if answer.category == "PR" and all(normal_before(patient, row) for row in COUNTS_2006):
        answer.confirmed = None  # the marrow alone decides (OR15), and one marrow does not last
    elif answer.category in ("CR", "PR"):
        sure = counts_run(patient, day, answer.category, answer.open) is True
        near = any(one != day and abs(one - day) <= EIGHT for one in patient.counts)
        answer.confirmed = sure or (None if near and unsure(patient, day) else False)
    return answer


def verdicts_2006(patient: Patient, day: int) -> dict[str, tuple[Verdict, set[str]]]:
    """Every category in the order of the table, with what its row leaves open on this day."""
    opened: set[str] = set()
    earlier = remission_before(patient, day, opened)
    rules: dict[str, tuple[Verdict, set[str]]] = {"failure": (death(patient, day), set())}
    rules["relapse"] = (relapse(patient, earlier, day, opened), opened)
    for name in MARROW_2006:
        opened = set()
        rules[name] = (remission(patient, day, name, opened), opened)
    opened = set()
    rules["disease progression"] = (progression(patient, day, opened), opened)
    opened = set()
    rules["failure "] = (advanced(patient, day, opened), opened)
    opened = set() if earlier is None else {"a remission that no longer holds, without relapse"}
    rules["stable disease"] = (day > EIGHT, opened)  # day 56 is not yet more than 8 weeks (OR20)
    return rules


def progression_before(patient: Patient, day: int, opened: set[str]) -> bool:
    """Whether the 56 days before, and so not more than 8 weeks ago, show progression (OR59)."""
    recent = range(max(1, day - EIGHT), day)
    if any(dependent_on(patient, 0, one) for one in recent):
        if units_between(patient, -EIGHT, -1) == 0:
            return True
        opened.add("dependence on treatment of a patient who was dependent before")
    marrows = {marrow["day"] for marrow in patient.marrows} & set(recent)
    if any(blast_progression(patient, one) or advanced(patient, one, opened) for one in marrows):
        return True
    for one in sorted(set(patient.counts) & set(recent)):
        found: set[str] = set()
        shown = falls(patient, 0, one, "progression", found)
        if shown and not found:
            return True
        if shown or found:
            opened.add("a fall before the visit, and whether it is a progression")
    return False


def unsure(patient: Patient, day: int) -> bool:
    """Whether a date near the visit lacks an item, or support lies between: open."""
    near = [one for one in patient.counts if one >= 0 and abs(one - day) <= EIGHT and one != day]
    lacking = any(value_on(patient, item, one) is None for one in near for item in (*CR_LIMIT, "blasts"))
    return lacking or any(
        support_between(patient, *sorted((one, day))) for one in near if abs(one - day) <= 14
    )


def first_that_holds(rules: dict[str, tuple[Verdict, set[str]]]) -> tuple[str, set[str]]:
    """In order of the table; one that cannot be told bars those below it (OR5)."""
    if rules["CR"][0] and not rules["failure"][0]:  # who is in CR on the day has not relapsed (OR57)
        return "CR", rules["CR"][1]
    opened = set(rules["CR"][1]) if rules["relapse"][0] else set()
    for name, (verdict, left_open) in rules.items():
        opened |= left_open
        if verdict is not False:
            return ("not evaluable" if verdict is None else name.strip()), opened
    return NEITHER, opened


def fall_of_blasts(patient: Patient, blasts: Decimal | None) -> Decimal | None:
    """Fall from before treatment, per cent of what it was."""
    base = base_blasts(patient)
    return None if base is None or blasts is None or base == 0 else (base - blasts) / base * 100


def blasts_on(patient: Patient, day: int) -> Decimal | None:
    """Blasts of the marrow of a day; two marrows that differ are none."""
    found = {marrow.get("blasts") for marrow in patient.on(day)}
    return found.pop() if len(found) == 1 else None


def maturation(patient: Patient, day: int, opened: set[str]) -> Verdict:
    """Normal maturation is a flag of the morphologist, never assumed (OR13)."""
    flags = {marrow.get("dysplasia") for marrow in patient.on(day)} - {None}
    arrested = {"arrest" in flag for flag in flags}
    if flags and len(arrested) > 1:  # two marrows of the day disagree (OR69)
        return None
    if flags - {NORMAL}:
        opened.add("whether persistent dysplasia bars a complete remission")
        return False
    return True if flags == {NORMAL} else None


def marrow_rows(patient: Patient, day: int, name: str) -> Verdict:
    """The marrow column of a category."""
    blasts = blasts_on(patient, day)
    items = {
        "blasts": blasts,
        "base blasts": base_blasts(patient),
        "fall of blasts": fall_of_blasts(patient, blasts),
    }
    return every(holds(row, items[row.item]) for row in MARROW_2006[name])


def count_rows(patient: Patient, day: int, name: str) -> Verdict:
    """The blood column on a day: every line for CR, those that were low before for PR."""
    before = {value_on(patient, "blasts", one) for one in range(-EIGHT, 0)} - {None}
    clean = False if name == "CR" or not before else before == {Decimal(0)}
    verdicts: list[Verdict] = [some((clean, holds(BLOOD_BLASTS, value_on(patient, "blasts", day))))]
    for row in COUNTS_2006:
        now = passes(patient, row, day, value_on(patient, row.item, day))
        normal = normal_before(patient, row) if name == "PR" else False
        verdicts.append(some((normal, now)))
    return every(verdicts)


def normal_before(patient: Patient, row: Row) -> Verdict:
    """Whether a line was within the limits of a CR before treatment."""
    return holds(row, baseline(patient, row.item, "iwg2006"))


def undecided_before(patient: Patient) -> bool:
    """Whether a line has values before treatment that make no baseline."""
    values = {line: [value_on(patient, line, day) for day in range(-EIGHT, 0)] for line in LINE.values()}
    return any(
        set(some_) != {None} and baseline(patient, line, "iwg2006") is None for line, some_ in values.items()
    )


def counts_run(patient: Patient, day: int, name: str, opened: set[str]) -> Verdict:
    """Whether the counts of a category held for four weeks around the day, without support between (OR14)."""
    points = [(one, count_rows(patient, one, name)) for one in sorted(patient.counts) if one >= 0]
    if day not in dict(points):
        return None
    return kept(points, day, FOUR, opened, lambda a, b: support_between(patient, a, b))


def support_between(patient: Patient, first: int, last: int) -> bool:
    """Whether anything was given, or may have been, between two counts."""
    days = [one for one, _, _ in patient.red_cells] + list(patient.platelets)
    given = any(first <= one < last for one in days)
    growth = any(a < last and b >= first for _, a, b in patient.growth)
    return given or growth or not logged(patient, first, last - 1)


def remission(patient: Patient, day: int, name: str, opened: set[str]) -> Verdict:
    """CR, PR or marrow CR; the counts of the day decide, and that they do not last denies it."""
    marrow = marrow_rows(patient, day, name)
    later = [one for one in sorted({m["day"] for m in patient.marrows}) if one > day]
    if marrow and later and marrow_rows(patient, later[0], name) is not True:
        opened.add("a marrow that the next one does not repeat")
    if name == "marrow CR":
        return marrow
    if name == "PR" and marrow:
        if value_on(patient, "blasts", day):
            opened.add("blasts in the blood in a PR")
        if undecided_before(patient):
            opened.add("whether values that make no baseline show that a line was abnormal")
    grown = [marrow, maturation(patient, day, opened)] if name == "CR" else [marrow]
    # A date that qualifies and is not yet known to last is a remission, unconfirmed.
    lasting = counts_run(patient, day, name, opened) is not False
    return every([*grown, count_rows(patient, day, name), lasting])


def remission_before(patient: Patient, day: int, opened: set[str]) -> int | None:
    """Day of the last marrow before this one in CR or PR."""
    for one in sorted(
        {marrow["day"] for marrow in patient.marrows if 0 <= marrow["day"] < day}, reverse=True
    ):
        before = read_2006(patient, one)
        opened |= before.open
        if before.category in ("CR", "PR"):
            if not before.confirmed:
                opened.add("whether a relapse needs a confirmed remission")
            return one
        if before.category in ("not evaluable", "relapse"):
            opened.add("what follows a visit that is not evaluable, or a relapse")
    return None


def relapse(patient: Patient, since: int | None, day: int, opened: set[str]) -> Verdict:
    """After CR or PR: blasts back, a fall of counts, or dependence."""
    if since is None:
        return False
    blasts, base = blasts_on(patient, day), base_blasts(patient)
    back = None if blasts is None or base is None else blasts >= base and blasts >= 5  # OR19
    return some(
        (
            back,
            falls(patient, since, day, "relapse", opened),
            dependent(patient, since + 1, day, "relapse", opened),
        )
    )


def progression(patient: Patient, day: int, opened: set[str]) -> Verdict:
    """By blasts, by falls from the best counts, or by dependence."""
    need = dependent(patient, 0, day, "progression", opened)
    if need is not False and units_between(patient, -EIGHT, -1) >= DEPENDENCE.limit:
        opened.add("dependence on treatment of a patient who was dependent before")
    return some((blast_progression(patient, day), falls(patient, 0, day, "progression", opened), need))


def blast_progression(patient: Patient, day: int) -> Verdict:
    """Half-open bands; from a base of 0 any rise to more than 5 % (OR11)."""
    blasts, base = blasts_on(patient, day), base_blasts(patient)
    if blasts is None or base is None:
        return None
    for low, high, limit in PROGRESSION_BANDS:
        if low <= base < high:
            return blasts >= base * Decimal("1.5") and blasts > limit
    return None


def death(patient: Patient, day: int) -> Verdict:
    """Death on treatment, on this day."""
    last = max((end if end is not None else patient.last_contact) for _, end in patient.drug)
    return patient.died and day == patient.last_contact <= last


def advanced(patient: Patient, day: int, opened: set[str]) -> Verdict:
    """A more advanced FAB type: below 5, 5 to 20, 20 to 30, above 30 % of blasts."""
    blasts, base = blasts_on(patient, day), base_blasts(patient)
    if blasts is None or base is None:
        return None
    if {blasts, base} & {Decimal(5), Decimal(20), Decimal(30)}:
        opened.add("the FAB type at exactly 5, 20 or 30 %")
    if blasts > base and fab(blasts) == fab(base):
        opened.add("failure: rising blasts within a FAB type")
    return fab(blasts) > fab(base)


def fab(blasts: Decimal) -> int:
    """Rank of the type by marrow blasts."""
    return sum(blasts >= limit for limit in (5, 20, 30))
