"""FlowJo's scales: its own table, forty digits, and the inverse."""

from __future__ import annotations

from pathlib import Path

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.cytometry.signal.biexponential import CHANNELS, Biexponential, FloorLog
from remnant.errors import SettingError

FOLDER = Path(__file__).parents[3] / ".." / "shared" / "data" / "flowjo-wsp-a"
TABLE = FOLDER / "tr_biex_l256_w-7.943282_n1.000000_m4.418540_r262144.000029.csv"
SETTINGS = [(262144.0, 4.418539922, 0.0, -10.0),
            (262144.000029, 4.41854, 1.0, -7.943282), (4e6, 5.0, 0.5, -100.0),
            (262144.0, 4.5, 0.0, -1.0), (10000.0, 4.0, 0.0, -1000.0)]  # fmt: skip
EXTREMES = [-10.0, -1.0, -0.01, -1e-6, -1e-12, 0.0, 1e-12, 1e-6, 0.01, 0.5, 1.0, 10.0, 100.0]


@pytest.mark.skipif(not TABLE.exists(), reason=f"needs {FOLDER.name} beside the repository, in shared/data")
def test_the_biexponential_is_that_of_flowjo_channel_by_channel():
    channel, value = np.loadtxt(TABLE, delimiter=",", skiprows=1).T
    scale = Biexponential(262144.000029, 4.41854, 1.0, -7.943282)
    assert len(channel) == CHANNELS
    # The table gives six digits.
    assert scale.inverse(channel / CHANNELS) == pytest.approx(value, rel=6e-6)
    assert scale.forward(value) * CHANNELS == pytest.approx(channel, abs=2e-3)


def exact(parameters):
    """The formula in 40 digits, as a function of the scaled value."""
    mpmath.mp.dps = 40
    top, positive, negative, width = (mpmath.mpf(number) for number in parameters)
    linear = mpmath.log10(-width)
    above, below = positive - linear / 2, negative + linear / 2
    zero = min(int(below * CHANNELS / (below + above)), CHANNELS // 2)
    above = below * CHANNELS / zero if zero else above
    share, a = linear / (2 * above), mpmath.log(10) * above
    b = (
        a
        if share == 0
        else mpmath.findroot(
            lambda b: 2 * mpmath.log(b / a) + share * (a + b), (a / 50, a), solver="anderson"
        )
    )
    s, n = mpmath.exp((a + b) * (share + below / above)), CHANNELS + 1

    def value(y):
        channel = y * CHANNELS
        if channel < zero:
            return -value((2 * zero - channel) / CHANNELS)
        bare = lambda i: mpmath.exp(i * a / n) - s * mpmath.exp(-i * b / n)  # noqa: E731
        return top / mpmath.exp(a) * (bare(channel) - bare(zero))

    return value


@pytest.mark.parametrize("parameters", SETTINGS)
def test_the_biexponential_is_right_to_twelve_digits_far_beyond_its_scale(parameters):
    scale, value = Biexponential(*parameters), exact(parameters)
    values = np.array(EXTREMES) * parameters[0]
    low, high = [mpmath.mpf(-20)] * len(values), [mpmath.mpf(20)] * len(values)
    for _ in range(140):
        middle = [(a + b) / 2 for a, b in zip(low, high, strict=True)]
        below = [value(y) < x for y, x in zip(middle, values, strict=True)]
        low = [m if b else a for a, m, b in zip(low, middle, below, strict=True)]
        high = [h if b else m for h, m, b in zip(high, middle, below, strict=True)]
    assert scale.forward(values) == pytest.approx([float(y) for y in low], rel=1e-12, abs=1e-12)
    assert scale.inverse([float(y) for y in low]) == pytest.approx(
        values, rel=1e-11, abs=1e-12 * parameters[0]
    )


@given(st.lists(st.floats(-1e7, 1e8), min_size=2, max_size=30), st.sampled_from(SETTINGS))
@settings(max_examples=100, deadline=None)
def test_the_biexponential_keeps_order_and_comes_back(values, parameters):
    scale, values = Biexponential(*parameters), np.sort(values)
    scaled = scale.forward(values)
    assert np.all(np.diff(scaled) >= -1e-14)
    assert scale.inverse(scaled) == pytest.approx(values, rel=1e-10, abs=1e-11 * parameters[0])


def test_what_is_not_finite_stays_so():
    assert Biexponential().forward([np.inf, -np.inf]).tolist() == [np.inf, -np.inf]
    assert Biexponential().inverse([np.inf, -np.inf]).tolist() == [np.inf, -np.inf]
    assert np.isnan(Biexponential().forward(np.nan))
    assert np.isnan(FloorLog().forward(np.nan))
    assert FloorLog().forward([np.inf, -np.inf]).tolist() == [np.inf, 0]


def test_the_floored_logarithm_piles_what_is_below_its_offset_on_its_axis():
    scale = FloorLog(3.0, 4.0)
    assert scale.forward([-5, 0, 3, 30, 30000]) == pytest.approx([0, 0, 0, 0.25, 1])
    assert scale.inverse([0, 0.25, 1]) == pytest.approx([3, 30, 30000])


@pytest.mark.parametrize(
    ("kind", "parameters", "rule"),
    [
        (Biexponential, (0.0,), "T > 0"),
        (Biexponential, (262144.0, 0.0), "M > 0"),
        (Biexponential, (262144.0, 4.4, 0.0, 10.0), "width from"),
        (Biexponential, (262144.0, 4.4, np.nan, -10.0), "neg up to"),
        (Biexponential, (262144.0, 1.0, 0.0, -1000.0), "2 pos"),
        (FloorLog, (0.0, 4.0), "offset > 0"),
        (FloorLog, (1.0, -4.0), "M > 0"),
    ],
)
def test_settings_that_flowjo_cannot_have_are_refused(kind, parameters, rule):
    with pytest.raises(SettingError, match=rule):
        kind(*parameters)
