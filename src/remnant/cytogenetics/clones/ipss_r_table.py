"""The cytogenetic table of the IPSS-R: from the names of the abnormalities that count to the group.

Greenberg 2012, Blood 120:2454-2465, table 2; the same groups in Schanz 2012, J Clin Oncol 30:820-829.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from remnant.cytogenetics.clones.complexity import COMPLEX


class Group(StrEnum):
    """From the best prognosis to the worst."""

    VERY_GOOD = "very good"
    GOOD = "good"
    INTERMEDIATE = "intermediate"
    POOR = "poor"
    VERY_POOR = "very poor"


SINGLE = {
    "-Y": Group.VERY_GOOD,
    "del(11q)": Group.VERY_GOOD,
    "del(5q)": Group.GOOD,
    "del(12p)": Group.GOOD,
    "del(20q)": Group.GOOD,
    "del(7q)": Group.INTERMEDIATE,
    "+8": Group.INTERMEDIATE,
    "+19": Group.INTERMEDIATE,
    "i(17q)": Group.INTERMEDIATE,
    "-7": Group.POOR,
    "inv(3)": Group.POOR,
    "t(3q)": Group.POOR,
    "del(3q)": Group.POOR,
}
SEVEN = frozenset({"-7", "del(7q)"})


def judge(names: Sequence[str], *, lines: Sequence[int] = ()) -> tuple[Group, str]:
    """Look up the group.

    Parameters
    ----------
    names : sequence of str
        One for each abnormality that counts: "del(5q)", "-7"; any other word for what the table leaves out.
    lines : sequence of int
        How many of them each line of related clones has; by default they are all in one.

    Returns
    -------
    Group, str
        With the row of the table.

    Examples
    --------
    >>> judge(["del(5q)", "del(7q)"])[1]
    'double including -7 or del(7q)'
    >>> judge(["del(5q)", "+8"], lines=[1, 1])[1]
    'independent clones'
    """
    most = max(lines, default=len(names))
    if most > COMPLEX:
        return Group.VERY_POOR, "complex: more than 3 abnormalities"
    if most == COMPLEX:
        return Group.POOR, "complex: 3 abnormalities"
    # The table names independent clones for themselves: their abnormalities are no double of one cell.
    if len(lines) > 1:
        return Group.INTERMEDIATE, "independent clones"
    if not names:
        return Group.GOOD, "normal"
    if len(names) == 1:
        return SINGLE.get(names[0], Group.INTERMEDIATE), names[0] if names[
            0
        ] in SINGLE else "any other single"
    if SEVEN & set(names):
        return Group.POOR, "double including -7 or del(7q)"  # OR49: also beside del(5q)
    if "del(5q)" in names:
        return Group.GOOD, "double including del(5q)"
    return Group.INTERMEDIATE, "any other double"
