"""The published tables, a row for a cell: item, operator, limit. In g/dL, 1e9/L, per cent, units, days."""

from decimal import Decimal
from typing import NamedTuple


class Row(NamedTuple):
    """One cell of a table."""

    item: str
    operator: str
    limit: Decimal


def _rows(*cells: tuple[str, str, str]) -> tuple[Row, ...]:
    return tuple(Row(item, operator, Decimal(limit)) for item, operator, limit in cells)


# Weeks are days (OR2).
FOUR, EIGHT, SIXTEEN, TWENTY_FOUR = 28, 56, 112, 168
TI_WINDOWS = (56, 112, 182)
MONITORING = 28  # longest gap between counts (OR6)
FREE_DAYS = {"Hb": 14, "PLT": 7, "ANC": 14}  # free of transfusion or growth factor (OR4)
BASELINE_WINDOW = {"iwg2006": 56, "iwg2018": 112, "iwg2023": 112}  # days before the first dose (OR3)
BASELINE_SPREAD = 7

# Cheson 2006: responses that alter natural history.
COUNTS_2006 = _rows(("Hb", ">=", "11"), ("PLT", ">=", "100"), ("ANC", ">=", "1.0"))
BLOOD_BLASTS = Row("blood blasts", "=", Decimal(0))
MARROW_2006 = {
    "CR": _rows(("blasts", "<=", "5")),
    "PR": _rows(("fall of blasts", ">=", "50"), ("blasts", ">", "5")),
    "marrow CR": _rows(("base blasts", ">", "5"), ("blasts", "<=", "5"), ("fall of blasts", ">=", "50")),
}
# From a base in [low, high): a rise of at least 50 % to more than the limit (OR11).
PROGRESSION_BANDS = tuple(
    (Decimal(low), Decimal(high), Decimal(limit))
    for low, high, limit in ((0, 5, 5), (5, 10, 10), (10, 20, 20), (20, "30.0000001", 30))
)
# Haematologic improvement, 2006; kept in 2018 for platelets and neutrophils.
GATE = {
    "HI-E": Row("Hb", "<", Decimal(11)),
    "HI-P": Row("PLT", "<", Decimal(100)),
    "HI-N": Row("ANC", "<", Decimal(1)),
}
LINE = {"HI-E": "Hb", "HI-P": "PLT", "HI-N": "ANC"}
HB_RISE = Row("rise of Hb", ">=", Decimal("1.5"))
PLT_RISE = Row("rise of PLT", ">=", Decimal(30))  # from 20 or more (OR10)
PLT_LOW = _rows(("PLT", ">", "20"), ("ratio of PLT", ">=", "2"))  # from below 20
ANC_RISE = _rows(("ratio of ANC", ">=", "2"), ("rise of ANC", ">", "0.5"))
UNITS_FALL = Row("fall of units in 8 weeks", ">=", Decimal(4))
COUNTED_AT = Row("Hb at the transfusion", "<=", Decimal("9.0"))
# Falls from the best value, and units that are dependence.
HALF = Row("share of the best", "<=", Decimal("0.5"))
HB_FALL = {
    "relapse": Row("fall of Hb", ">=", Decimal("1.5")),
    "loss": Row("fall of Hb", ">=", Decimal("1.5")),
    "progression": Row("fall of Hb", ">=", Decimal(2)),
}
DEPENDENCE = Row("units in 8 weeks", ">=", Decimal(4))

# Platzbecker 2019: class by the 16 weeks before.
HTB_UNITS, LTB_UNITS, LTB_IN_8_WEEKS, LTB_EPISODES = 8, 3, 3, 2
MINOR_FALL = Row("fall of units, per cent", ">=", Decimal(50))

# Zeidan 2023.
EVALUABLE_2023 = Row("base blasts", ">=", Decimal(5))
COUNTS_2023 = _rows(("Hb", ">=", "10"), ("PLT", ">=", "100"), ("ANC", ">=", "1.0"))
CRH_2023 = _rows(("PLT", ">=", "50"), ("ANC", ">=", "0.5"))
MARROW_2023 = {
    "CR": _rows(("blasts", "<", "5")),
    "PR": _rows(("fall of blasts", ">=", "50"), ("blasts", ">=", "5")),
}
LEAD_2023 = 14  # days without transfusion or growth factor before the counts (OR37)
METAPHASES = 20  # OR40
CLONE = 2  # metaphases that make a clone
