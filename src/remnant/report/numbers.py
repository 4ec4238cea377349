"""How a number is written: as many figures as it carries, and never a nought for what is not nought."""

from __future__ import annotations

from decimal import Decimal
from math import exp, floor, log10

DAYS_PER_MONTH = 365.25 / 12
MINUS = "−"


def percent(fraction: float) -> str:
    """Write a fraction as a percentage, to two figures, and above 99 % to one decimal.

    Parameters
    ----------
    fraction : float
        In [0, 1].

    Examples
    --------
    >>> percent(0.1129), percent(0.00042), percent(0.996), percent(0.99996), percent(0), percent(1)
    ('11 %', '0.042 %', '99.6 %', 'above 99.9 %', '0 %', '100 %')
    """
    if fraction in (0, 1):
        return f"{100 * fraction:.0f} %"
    if fraction > 0.99:
        return "above 99.9 %" if fraction > 0.9995 else f"{100 * fraction:.1f} %"
    return f"{significant(100 * fraction)} %"


def significant(number: float, figures: int = 2) -> str:
    """Write a number to so many significant figures, without an exponent unless it is very small.

    Examples
    --------
    >>> significant(12345), significant(0.0456), significant(3.0), significant(2.4e-9), significant(-1.26)
    ('12,000', '0.046', '3.0', '2.4 × 10⁻⁹', '−1.3')
    """
    if number == 0:
        return "0"
    if number < 0:
        return MINUS + significant(-number, figures)
    rounded = float(f"{number:.{figures - 1}e}")
    power = floor(log10(rounded))
    if power < -6:
        raised = str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        return f"{rounded / 10.0**power:.{figures - 1}f} × 10{raised}"
    return f"{Decimal(repr(rounded)):,.{max(0, figures - 1 - power)}f}"


def count(number: float) -> str:
    """Write a whole number with its thousands apart.

    Examples
    --------
    >>> count(61234)
    '61,234'
    """
    return f"{number:,.0f}".replace("-", MINUS)


def one_in(frequency: float) -> str:
    """Write a frequency as one in so many.

    Examples
    --------
    >>> one_in(1 / 4300), one_in(0), one_in(0.4), one_in(1)
    ('1 in 4,300', 'none', '1 in 2.5', 'all')
    """
    if frequency == 1:
        return "all"
    return f"1 in {significant(1 / frequency)}" if frequency > 0 else "none"


def per_million(number: float) -> str:
    """Write cells per million.

    Examples
    --------
    >>> per_million(34.2), per_million(0.043)
    ('34 per million', '0.043 per million')
    """
    return f"{significant(number)} per million"


def remaining(ratio: float) -> str:
    """Write what is left of a quantity, as a percentage of what there was.

    Examples
    --------
    >>> remaining(0.012), remaining(1.4), remaining(1)
    ('1.2 %', '140 %', '100 %')
    """
    return percent(ratio) if ratio <= 0.99 else f"{significant(100 * ratio, 3)} %"


def fold(ratio: float) -> str:
    """Write a ratio as a fall or a rise of so many times.

    Examples
    --------
    >>> fold(0.01), fold(0.4), fold(1.3)
    ('100-fold fall', '2.5-fold fall', '1.3-fold rise')
    """
    if ratio <= 1:
        return f"{significant(1 / ratio)}-fold fall" if ratio > 0 else "fall to nothing"
    return f"{significant(ratio)}-fold rise"


def probability(p: float) -> str:
    """Write a probability to three places, and never as certain.

    Examples
    --------
    >>> probability(0.9712), probability(0.99998), probability(0.0002)
    ('0.971', 'above 0.999', 'below 0.001')
    """
    written = f"{p:.3f}"
    return {"1.000": "above 0.999", "0.000": "below 0.001"}.get(written, written)


def p_value(p: float) -> str:
    """Write a p value to two figures; below 0.0001 only that it is.

    Examples
    --------
    >>> p_value(0.0156), p_value(3e-7), p_value(1.0)
    ('0.016', 'below 0.0001', '1')
    """
    if p < 1e-4:
        return "below 0.0001"
    return "1" if p >= 0.995 else significant(p)


def p_equals(p: float) -> str:
    """Write a p value with its name.

    Examples
    --------
    >>> p_equals(0.0156), p_equals(3e-7)
    ('p = 0.016', 'p below 0.0001')
    """
    written = p_value(p)
    return f"p {written}" if written.startswith("below") else f"p = {written}"


def odds(log_odds: float) -> str:
    """Write a difference of log-odds as the ratio that a reader knows.

    Examples
    --------
    >>> odds(3.0), odds(-0.7), odds(20.0)
    ('20', '0.50', 'above 1,000,000')
    """
    if log_odds > 13.8:
        return "above 1,000,000"
    return "below 0.000001" if log_odds < -13.8 else significant(exp(log_odds))


def day(number: int) -> str:
    """Write a day of the study.

    Examples
    --------
    >>> day(-14), day(1204)
    ('day −14', 'day 1,204')
    """
    return f"day {count(number)}"


def months(days: float) -> str:
    """Write a span of days in months, and below two months in days.

    Examples
    --------
    >>> months(365), months(31), months(1)
    ('12 months', '31 days', '1 day')
    """
    if abs(days) < 2 * DAYS_PER_MONTH:
        return f"{count(days)} day{'' if abs(days) == 1 else 's'}"
    return f"{count(days / DAYS_PER_MONTH)} months"


def coverage(confidence: float) -> str:
    """Write the coverage of an interval.

    Examples
    --------
    >>> coverage(0.95), coverage(0.999)
    ('95 %', '99.9 %')
    """
    return f"{100 * confidence:.6g} %"
