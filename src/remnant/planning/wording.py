"""Chances, percentages and times as people say them at the bench."""

from __future__ import annotations


def asked(value: float) -> str:
    """Say a fraction that was given, in percent, as it was given."""
    return f"{100 * value:.4g} %"


def percent(value: float) -> str:
    """Say a fraction that was found, in percent: whole from 10 on, two digits below, the ends as bounds.

    Examples
    --------
    >>> [percent(x) for x in (0.495, 0.0279, 0.9967, 0.99999, 2e-9, 1.0)]
    ['50 %', '2.8 %', '99.7 %', 'above 99.9 %', 'below 0.01 %', '100 %']
    """
    if value in (0.0, 1.0):
        return f"{100 * value:.0f} %"
    if value < 1e-4:
        return "below 0.01 %"
    if value > 0.9995:
        return "above 99.9 %"
    digits = ".2g" if value < 0.0995 else ".0f" if value < 0.995 else ".1f"
    return f"{100 * value:{digits}} %"


def chance(value: float, error: float) -> str:
    """Say a chance with its Monte Carlo error, both to as many digits as the error leaves; 0: it is exact.

    Examples
    --------
    >>> chance(0.9175, 0.014), chance(0.993, 0.00082), chance(0.015, 0.0063), chance(0.4, 0.0)
    ('92 % (± 1)', '99 % (± 0.1)', '1.5 % (± 0.6)', '40 %')
    """
    if error == 0:
        return percent(value)
    said = 100 * error
    digits = ".1f" if value < 0.0995 or value > 0.995 else ".0f"
    return f"{100 * value:{digits}} % (± {max(said, 0.1):{'.1f' if said < 0.95 else '.0f'}})"


def one_in(frequency: float) -> str:
    """Say a frequency as labs do, 1 in so many."""
    return f"1 in {1 / frequency:,.0f}"


def duration(minutes: float) -> str:
    """Say a time in the unit in which it is planned."""
    if minutes < 1:
        return f"{60 * minutes:.2g} seconds"
    if minutes < 120:
        return f"{minutes:.2g} minutes" if minutes < 10 else f"{minutes:.0f} minutes"
    return f"{minutes / 60:.2g} hours" if minutes < 48 * 60 else f"{minutes / 1440:,.0f} days"


def several(number: int, one: str, many: str) -> str:
    """Say a number of things."""
    return f"1 {one}" if number == 1 else f"{number:,} {many}"


def listed(items: list[str]) -> str:
    """Join with commas and a last `and`."""
    return " and ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else "".join(items)
