"""What a patient's disease is called and how dangerous it is, as of the day before treatment."""

from __future__ import annotations

from remnant.analysis.diagnosis import Diagnosis
from remnant.analysis.findings import Findings
from remnant.diagnosis.definition import NOT_EVALUABLE
from remnant.diagnosis.ipss_r import ITEMS
from remnant.diagnosis.risk_records import IpssM, IpssR, Scenario
from remnant.report import numbers, phrases, tables
from remnant.report.drawers import Drawer, Shelf
from remnant.report.tables import Cell, Table

FEW = 3  # missing items that are named; of more, how many
VERDICTS = {True: Cell("met", look="yes"), False: Cell("not met", look="no"), None: Cell("open", look="open")}
UNCHECKED = "one of its rules is not yet checked against the paper"


def of(findings: Findings, name: str) -> Diagnosis | None:
    """Return the diagnosis of a patient, if there is one."""
    return next((item for item in findings.diagnoses if item.patient_id == name), None)


def definitions(found: Diagnosis) -> Table:
    """Return the name by each definition, and what would have to be known to be sure of it."""
    rows = [
        (
            Cell(item.system, look="short"),
            Cell(
                _named(item.category),
                "one of its rules is not yet checked against the paper" if item.from_memory else "",
            ),
            Cell(lacking(item.missing)),
        )
        for item in found.definitions
    ]
    return Table("The disease by three definitions.", ("Definition", "Name", "Not known"), tuple(rows))


def _named(category: str) -> str:
    return f"× {category}" if category == NOT_EVALUABLE else category


def risk(found: Diagnosis) -> Table:
    """Return the three scores, each with what missing values leave open."""
    scores = found.risk
    rows = (_ipss_r("IPSS-R", scores.ipss_r), _ipss_r("IPSS-RA", scores.ipss_ra), _ipss_m(scores.ipss_m))
    caption = (
        "Risk by the last values before the first dose. Range: the scores that missing values leave open; a "
        "category is given where it is the same all over, or (IPSS-M) where the ends are at most 1 apart."
    )
    return Table(caption, ("Score", "Value", "Category", "Range", "Not known"), rows)


def _ipss_r(name: str, item: IpssR) -> tuple[Cell, ...]:
    parts = [
        f"{label} {point:g}" for label, point in zip(ITEMS, item.points, strict=False) if point is not None
    ]
    value = "–" if item.score is None else f"{item.score:.2f}".rstrip("0").rstrip(".")
    ends = "–"
    if item.lowest is not None and item.highest is not None and item.lowest != item.highest:
        ends = (
            f"{item.lowest.score:.3g} ({item.lowest.category}) to "
            f"{item.highest.score:.3g} ({item.highest.category})"
        )
    category = item.category or item.sure
    outlook = ""
    if item.outlook is not None and item.outlook.median_survival_years is not None:
        outlook = f"median survival untreated {item.outlook.median_survival_years:g} years"
    return (
        Cell(name, look="short"),
        Cell(value, ", ".join(parts)),
        Cell("× not evaluable") if category is None else Cell(category, outlook),
        Cell(ends),
        Cell(lacking(item.missing)),
    )


def _ipss_m(item: IpssM) -> tuple[Cell, ...]:
    value = "–" if item.score is None else _signed(item.score)
    ends = "–" if item.best == item.worst else f"{_scenario(item.best)} to {_scenario(item.worst)}"
    middle = "" if item.best == item.worst else f"mean {_scenario(item.mean)}"
    return (
        Cell("IPSS-M", look="short"),
        Cell(value),
        Cell("× not evaluable" if item.category is None else item.category),
        Cell(ends, middle),
        Cell(lacking(item.missing)),
    )


def _scenario(item: Scenario) -> str:
    return f"{_signed(item.score)} ({item.category})"


def _signed(score: float) -> str:
    return f"{score:.2f}".replace("-", numbers.MINUS)


def lacking(missing: tuple[str, ...]) -> str:
    """Name what is missing; of many, the first and how many more.

    Examples
    --------
    >>> lacking(()), lacking(("TP53", "age")), lacking(("TP53", "A", "B", "C", "D"))
    ('–', 'TP53 and age', 'TP53, A, B and 2 more')
    """
    if len(missing) <= FEW + 1:
        return phrases.listing(list(missing)) or "–"
    return f"{', '.join(missing[:FEW])} and {len(missing) - FEW} more"


def drawers(found: Diagnosis, shelf: Shelf) -> tuple[Drawer, ...]:
    """Return the rules of each definition, the contributions to IPSS-M, and the values."""
    return shelf.put_all(
        *(
            shelf.put(f"Rules of {item.system}", phrases.counted(len(item.rules), "rule"), _rules(item.rules))
            for item in found.definitions
        ),
        shelf.put("What adds to the IPSS-M", "each variable, of the best, mean and worst case", _adds(found)),
        shelf.put("Values used", phrases.counted(len(found.values), "item"), _values(found)),
    )


def _rules(rules: tuple) -> Table | None:  # type: ignore[type-arg]
    rows = [
        (
            Cell(rule.rule),
            Cell(rule.found),
            Cell(rule.asks),
            VERDICTS[rule.met],
            Cell(rule.source, rule.reading),
        )
        for rule in rules
    ]
    return tables.table("Every rule that was tried, in its order.", "Rule|Found|Asks|Verdict|Source", rows)


def _adds(found: Diagnosis) -> Table | None:
    rows = [
        (
            Cell(item.variable),
            tables.number("missing" if item.value is None else f"{item.value:.3g}"),
            *(tables.number(_signed(part)) for part in (item.best, item.mean, item.worst)),
        )
        for item in found.risk.ipss_m.contributions
    ]
    missing = found.risk.ipss_m.missing
    caption = "Weight times difference from the mean patient, over ln 2; the sum is the score."
    if missing:
        caption += f" Without a value: {', '.join(missing)}."
    return tables.table(caption, "Variable|Value|Best|Mean|Worst", rows)


def _values(found: Diagnosis) -> Table | None:
    rows = [
        (
            Cell(item.item, item.remark),
            Cell(item.value, source=tables.sources([item.source])),
            tables.day(item.day),
        )
        for item in found.values
    ]
    return tables.table("The last value of each item before the first dose.", "Item|Value|Day", rows)


def cohort(findings: Findings) -> Table | None:
    """Return the name and the risk of every patient."""
    rows = [
        (
            Cell(item.patient_id, look="short"),
            *(Cell(_named(one.category)) for one in item.definitions),
            *(
                Cell(one.category or one.sure or "× not evaluable")
                for one in (item.risk.ipss_r, item.risk.ipss_ra)
            ),
            Cell(item.risk.ipss_m.category or "× not evaluable"),
        )
        for item in findings.diagnoses
    ]
    systems = [one.system for one in findings.diagnoses[0].definitions] if findings.diagnoses else []
    header = "|".join(["Patient", *systems, "IPSS-R", "IPSS-RA", "IPSS-M"])
    return tables.table("Disease and risk before treatment.", header, rows)
