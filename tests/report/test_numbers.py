from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.report import numbers

FRACTIONS = st.floats(0, 1, allow_subnormal=False)


def read(text: str) -> float:
    """Read back what a number was written as."""
    text = text.removesuffix(" %").removeprefix("above ").replace(",", "").replace("−", "-")
    if "×" in text:
        mantissa, power = text.split(" × 10")
        return float(mantissa) * 10.0 ** int(power.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")))
    return float(text)


@given(FRACTIONS)
def test_what_is_not_nought_is_never_written_as_nought(fraction):
    assert (read(numbers.percent(fraction)) == 0) == (fraction == 0)


@given(FRACTIONS)
def test_what_is_less_than_all_is_never_written_as_all(fraction):
    assert (numbers.percent(fraction) == "100 %") == (fraction == 1)


@given(FRACTIONS)
def test_a_percentage_is_within_two_figures_of_its_fraction(fraction):
    assert read(numbers.percent(fraction)) == pytest.approx(100 * fraction, rel=0.051)


@given(FRACTIONS, FRACTIONS)
def test_a_larger_fraction_is_never_written_smaller(one, other):
    low, high = sorted((one, other))
    assert read(numbers.percent(low)) <= read(numbers.percent(high))


@given(st.floats(1e-300, 1e300))
def test_two_figures_are_kept_at_every_size(number):
    assert read(numbers.significant(number)) == pytest.approx(number, rel=0.051)


@given(st.floats(0, 1))
def test_no_probability_is_written_as_certain(p):
    assert numbers.probability(p) not in ("0.000", "1.000")


@given(st.floats(1e-9, 1))
def test_one_in_so_many_is_the_inverse_of_the_frequency(frequency):
    written = numbers.one_in(frequency).replace("all", "1").removeprefix("1 in ")
    assert read(written) == pytest.approx(1 / frequency, rel=0.051)


@pytest.mark.parametrize(
    ("fraction", "written"),
    [(0.0999, "10 %"), (0.99, "99 %"), (0.994, "99.4 %"), (0.99996, "above 99.9 %"), (1e-9, "1.0 × 10⁻⁷ %")],
)
def test_the_ends_of_the_scale_keep_their_figures(fraction, written):
    assert numbers.percent(fraction) == written


def test_odds_beyond_a_million_are_only_bounded():
    assert (numbers.odds(40.0), numbers.odds(-40.0)) == ("above 1,000,000", "below 0.000001")
