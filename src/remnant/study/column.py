"""One column of a study table: what it means, what it may hold, and how its text becomes a value."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum

import polars as pl

from remnant.study.dates import date_advice, parse_dates

ABSENT_WORDS = {"na", "n/a", "nan", "null", "none", "nd", "n.d.", "-", "--", ".", "?", "unknown", "missing"}
TRUE_WORDS, FALSE_WORDS = ("yes", "true", "1", "y"), ("no", "false", "0", "n")
HIDDEN = r"[\p{Cc}\p{Cf}]"  # line breaks, tabs and characters without width: two names that look the same
LONGEST_NAME = 200


class Kind(StrEnum):
    """What the text in a cell stands for."""

    IDENTIFIER = "identifier"
    TEXT = "text"
    FILE = "file in the study folder"
    INTEGER = "whole number"
    NUMBER = "number"
    FRACTION = "fraction from 0 to 1"
    FLAG = "yes or no"
    DAY = "whole days since the patient's anchor, or a date"
    DATE = "date as 2024-03-31"


_DTYPE: dict[Kind, type[pl.DataType]] = {
    Kind.IDENTIFIER: pl.String,
    Kind.TEXT: pl.String,
    Kind.FILE: pl.String,
    Kind.INTEGER: pl.Int64,
    Kind.NUMBER: pl.Float64,
    Kind.FRACTION: pl.Float64,
    Kind.FLAG: pl.Boolean,
    Kind.DAY: pl.Int64,
    Kind.DATE: pl.Date,
}
_WORDS = {
    Kind.IDENTIFIER: f"a name of at most {LONGEST_NAME} letters, without line breaks or hidden characters",
    Kind.TEXT: "some text",
    Kind.FILE: "a file name",
    Kind.INTEGER: "a whole number",
    Kind.NUMBER: "a number",
    Kind.FRACTION: "a fraction from 0 to 1",
    Kind.FLAG: "yes or no",
    Kind.DAY: "a whole number of days",
    Kind.DATE: "a date as 2024-03-31",
}


@dataclass(frozen=True)
class Column:
    """A column of a study table.

    Parameters
    ----------
    name : str
        Header of the column; a day column may also be given as a date, see `date_name`.
    kind : Kind
        What its cells hold.
    meaning : str
        One sentence for the data dictionary.
    unit : str
        Unit of the value, empty for text.
    required : bool
        Whether every row must have it.
    minimum, maximum : float or None
        Closed bounds; fractions always lie in [0, 1].
    above : float or None
        Open lower bound.
    at_most : str or None
        The column of the same row that bounds this one from above.
    choices : tuple of str
        The words that it may hold; empty for any.
    refers_to : str or None
        The table whose key it names.
    hint : str
        The usual slip, said when a cell is wrong.
    example : str
        A cell that passes, for the template.
    """

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    required: bool = True
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    at_most: str | None = None
    choices: tuple[str, ...] = ()
    refers_to: str | None = None
    hint: str = ""
    example: str = ""

    @property
    def dtype(self) -> type[pl.DataType]:
        """Type of the column once read."""
        return _DTYPE[self.kind]

    @property
    def date_name(self) -> str | None:
        """Header under which a day column may be given as ISO dates: `start_day` as `start_date`."""
        return self.name[: -len("day")] + "date" if self.kind is Kind.DAY else None

    def typed_under(self, header: Collection[str]) -> Column | None:
        """Return this column as a table has it: itself, its dates, or None where it is left out."""
        if self.name in header:
            return self
        if self.date_name in header:
            assert self.date_name is not None
            return replace(self, name=self.date_name, kind=Kind.DATE, minimum=None, maximum=None, example="")
        return None

    @property
    def expected(self) -> str:
        """What a cell should hold, in words."""
        if self.choices:
            return " or ".join(self.choices)
        text = _WORDS[self.kind]
        if self.above is not None:
            text += f" above {self.above:g}"
        if self.minimum is not None:
            text += f" from {self.minimum:g}"
        if self.maximum is not None:
            text += f" to {self.maximum:g}"
        if self.at_most is not None:
            text += f", at most {self.at_most}"
        return text

    def read(self, text: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Read stripped text (null for an empty cell) into values.

        Parameters
        ----------
        text : Series of String, shape (rows,)
            What stands in the file.

        Returns
        -------
        values : Series, shape (rows,)
            Of `dtype`; null where the cell is empty or wrong.
        wrong : Series of Boolean, shape (rows,)
            Where a cell holds something that this column cannot mean.
        """
        values = self._values(text)
        good = values.is_not_null() & self.within(values)
        if self.choices:
            good &= values.is_in(self.choices)
        good = good.fill_null(False)
        return values.zip_with(good, pl.Series([None], dtype=self.dtype)), text.is_not_null() & ~good

    def within(self, values: pl.Series) -> pl.Series:
        """Say which values lie inside the bounds of this column; null where there is no value."""
        low, high = (0.0, 1.0) if self.kind is Kind.FRACTION else (self.minimum, self.maximum)
        good = pl.repeat(True, len(values), eager=True)
        if low is not None:
            good &= values >= low
        if high is not None:
            good &= values <= high
        if self.above is not None:
            good &= values > self.above
        return good

    def _values(self, text: pl.Series) -> pl.Series:
        if self.kind is Kind.DATE:
            return parse_dates(text)
        if self.kind in (Kind.NUMBER, Kind.FRACTION):
            number = text.cast(pl.Float64, strict=False)
            return number.zip_with(number.is_finite().fill_null(False), pl.Series([None], dtype=pl.Float64))
        if self.kind in (Kind.INTEGER, Kind.DAY):
            number = text.cast(pl.Float64, strict=False)  # a spreadsheet writes 12 as 12.0
            whole = number.is_finite() & (number == number.round()) & (number.abs() < 2**53)
            number = number.zip_with(whole.fill_null(False), pl.Series([None], dtype=pl.Float64))
            return number.cast(pl.Int64)
        if self.kind is Kind.FLAG:
            words = dict.fromkeys(TRUE_WORDS, True) | dict.fromkeys(FALSE_WORDS, False)
            return text.str.to_lowercase().replace_strict(words, default=None, return_dtype=pl.Boolean)
        if self.kind is Kind.IDENTIFIER:
            clean = ~text.str.contains(HIDDEN) & (text.str.len_chars() <= LONGEST_NAME)
            return text.zip_with(clean.fill_null(False), pl.Series([None], dtype=pl.String))
        return text

    def advice(self, found: str) -> str:
        """What to do about a cell that holds `found`."""
        if found.strip().lower() in ABSENT_WORDS:
            return "leave the cell empty where nothing was measured"
        if self.kind in (Kind.NUMBER, Kind.FRACTION) and "," in found and "." not in found:
            return "write a decimal point, not a comma"
        if self.kind is Kind.FRACTION and found.rstrip("% ").replace(".", "", 1).isdigit():
            return "write 5 % as 0.05"
        if self.kind is Kind.DATE:
            return date_advice(found)
        if self.kind is Kind.DAY:
            return self._day_advice(found)
        if self.choices and found.lower() in self.choices:
            return f"write it as {found.lower()}"
        return self.hint or "check it against the source"

    def _day_advice(self, found: str) -> str:
        try:
            number = float(found)
        except ValueError:
            return f"write days since the anchor, or dates as 2024-03-31 in a column {self.date_name}"
        if self.maximum is not None and number > self.maximum:
            # Every day since 2000 is a larger number in a spreadsheet than a day of a study may be.
            return date_advice(found)
        return self.hint or "a day is whole, counted from day 0, the anchor"
