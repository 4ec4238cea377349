"""Scales: 40-digit references, inverses, and what is not a number stays so."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remnant.cytometry.signal.biexponential import Biexponential, FloorLog
from remnant.cytometry.signal.transform import Asinh, Hyperlog, Linear, Log, Logicle, fit_logicle
from remnant.errors import SettingError

mpmath.mp.dps = 40
LOGICLES = [
    (262144, 0.5, 4.5, 0),
    (262144, 1.2, 4.5, 0),
    (1000, 1, 4, 0),
    (262144, 0.0, 4.5, 0.5),
    (1e4, 0.3, 5, 1),
]
HYPERLOGS = [(262144, 0.5, 4.5, 0), (1000, 1, 4, 0), (1e4, 0.3, 5, 1), (262144, 0.01, 4.5, 0)]
EVERY = [
    Logicle(),
    Logicle(1000, 0.2, 4, -0.1),
    Hyperlog(),
    Asinh(1e4, 4, 1),
    Linear(),
    Log(),
    Biexponential(),
    FloorLog(),
]
PLACES = [-0.35, -0.1, 0.0, 0.02, 0.1111, 0.25, 0.5, 0.75, 0.999, 1.0]


def logicle_value(y, T, W, M, A):
    """Moore & Parks 2012, equations in a, b, c, d, f; reflected below its zero."""
    T, W, M, A, y = (mpmath.mpf(v) for v in (T, W, M, A, y))
    w, x2, b = W / (M + A), A / (M + A), (M + A) * mpmath.log(10)
    x1, x0 = x2 + w, x2 + 2 * w
    d = (
        b
        if w == 0
        else mpmath.findroot(lambda d: 2 * mpmath.log(d / b) + w * (b + d), (b / 1000, b), solver="anderson")
    )
    ca = mpmath.exp(x0 * (b + d))
    mfa = mpmath.exp(b * x1) - ca / mpmath.exp(d * x1)
    a = T / (mpmath.exp(b) - mfa - ca / mpmath.exp(d))
    mirrored = y if y >= x1 else 2 * x1 - y
    value = a * (mpmath.exp(b * mirrored) - mfa - ca / mpmath.exp(d * mirrored))
    return value if y >= x1 else -value


def hyperlog_value(y, T, W, M, A):
    """Gating-ML 2.0, section 6.5: a e^(by) + c y - f, reflected below its zero."""
    T, W, M, A, y = (mpmath.mpf(v) for v in (T, W, M, A, y))
    w, x2, b = W / (M + A), A / (M + A), (M + A) * mpmath.log(10)
    x1, x0 = x2 + w, x2 + 2 * w
    ca = mpmath.exp(b * x0) / w
    fa = mpmath.exp(b * x1) + ca * x1
    a = T / (mpmath.exp(b) + ca - fa)
    mirrored = y if y >= x1 else 2 * x1 - y
    value = a * (mpmath.exp(b * mirrored) + ca * mirrored - fa)
    return value if y >= x1 else -value


@pytest.mark.parametrize("parameters", LOGICLES)
def test_logicle_agrees_with_its_published_definition_to_twelve_digits(parameters):
    scale = Logicle(*parameters)
    exact = np.array([float(logicle_value(y, *parameters)) for y in PLACES])
    assert scale.inverse(PLACES) == pytest.approx(exact, rel=1e-12, abs=1e-12 * parameters[0])
    assert scale.forward(exact) == pytest.approx(PLACES, rel=0, abs=1e-12)
    assert float(scale.forward(parameters[0])) == pytest.approx(1, abs=1e-15)


@pytest.mark.parametrize("parameters", HYPERLOGS)
def test_hyperlog_agrees_with_its_definition_to_twelve_digits(parameters):
    scale = Hyperlog(*parameters)
    exact = np.array([float(hyperlog_value(y, *parameters)) for y in PLACES])
    assert scale.inverse(PLACES) == pytest.approx(exact, rel=1e-12, abs=1e-12 * parameters[0])
    assert scale.forward(exact) == pytest.approx(PLACES, rel=0, abs=1e-12)


@pytest.mark.parametrize(("y", "value"), [(1.0, 262144.0), (0.0, None)])
def test_the_simple_scales_agree_with_their_formulas(y, value):
    for scale in (Linear(262144, 100), Log(262144, 4.5), Asinh(262144, 4.5, 0.5)):
        if value is not None:
            assert float(scale.inverse(y)) == pytest.approx(value, rel=1e-13)
    t, m, a, x = mpmath.mpf(262144), mpmath.mpf("4.5"), mpmath.mpf("0.5"), mpmath.mpf(-731)
    ln10 = mpmath.log(10)
    exact = (mpmath.asinh(x * mpmath.sinh(m * ln10) / t) + a * ln10) / ((m + a) * ln10)
    assert float(Asinh(262144, 4.5, 0.5).forward(-731)) == pytest.approx(float(exact), abs=1e-14)
    assert float(Log(1e4, 4).forward(1.0)) == pytest.approx(0, abs=1e-15)
    assert float(Linear(100, 25).forward(-25)) == 0


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), st.sampled_from(LOGICLES))
@settings(max_examples=100, deadline=None)
def test_the_inverse_brings_every_value_back(values, parameters):
    values = np.array(values)
    for scale in (Logicle(*parameters), Asinh(262144, 4.5), Linear(262144), Hyperlog(262144, 0.5, 4.5)):
        back = scale.inverse(scale.forward(values))
        assert back == pytest.approx(values, rel=1e-10, abs=1e-9 * 262144 * 1e-3)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40))
@settings(max_examples=60, deadline=None)
def test_scales_keep_the_order_of_values(values):
    values = np.sort(values)
    for scale in (Logicle(), Hyperlog(), Asinh(), Linear()):
        assert np.all(np.diff(scale.forward(values)) >= -1e-15)


BEYOND = [1.0, -1.0, 1e-9, -1e-9, 1e-300, 0.5, -10.0, 10.0, 100.0]  # shares of the top of the scale


@pytest.mark.parametrize("parameters", LOGICLES)
def test_logicle_is_right_to_twelve_digits_far_beyond_its_scale(parameters):
    values = np.array(BEYOND) * parameters[0]
    exact = [float(solved(lambda y: logicle_value(y, *parameters), x)) for x in values]
    assert Logicle(*parameters).forward(values) == pytest.approx(exact, rel=1e-12, abs=1e-12)
    assert Logicle(*parameters).inverse(exact) == pytest.approx(values, rel=1e-11, abs=1e-12 * parameters[0])


@pytest.mark.parametrize("parameters", HYPERLOGS)
def test_hyperlog_is_right_to_twelve_digits_far_beyond_its_scale(parameters):
    values = np.array(BEYOND) * parameters[0]
    exact = [float(solved(lambda y: hyperlog_value(y, *parameters), x)) for x in values]
    assert Hyperlog(*parameters).forward(values) == pytest.approx(exact, rel=1e-12, abs=1e-12)
    assert Hyperlog(*parameters).inverse(exact) == pytest.approx(values, rel=1e-11, abs=1e-12 * parameters[0])


@pytest.mark.parametrize(("t", "m", "a"), [(262144, 4.5, 0.5), (10000, 4, 1), (1000, 5, 0), (262144, 1.3, 0)])
def test_asinh_log_and_linear_are_right_to_twelve_digits_far_beyond_their_scales(t, m, a):
    ln10, big = mpmath.log(10), [mpmath.mpf(share) * t for share in BEYOND]
    asinh = [(mpmath.asinh(x * mpmath.sinh(m * ln10) / t) + a * ln10) / ((m + a) * ln10) for x in big]
    values = np.array([float(x) for x in big])
    assert Asinh(t, m, a).forward(values) == pytest.approx([float(y) for y in asinh], rel=1e-12, abs=1e-12)
    logs = [float(mpmath.log10(x / t) / m + 1) if x > 0 else np.nan for x in big]
    assert Log(t, m).forward(values) == pytest.approx(logs, rel=1e-12, abs=1e-12, nan_ok=True)
    linear = [float((x + a) / (t + a)) for x in big]
    assert Linear(t, a).forward(values) == pytest.approx(linear, rel=1e-12, abs=1e-12)


def solved(function, x):
    """Where `function`, which rises, is x: by halving, in 40 digits."""
    low, high = mpmath.mpf(-50), mpmath.mpf(50)
    for _ in range(150):
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) < x else (low, middle)
    return low


@given(st.floats(allow_nan=True, allow_infinity=True), st.sampled_from(EVERY))
@settings(max_examples=300, deadline=None)
def test_any_number_goes_through_any_scale_without_a_warning(value, scale):
    there = float(scale.forward(value))
    assert np.isnan(there) == (np.isnan(value) or (isinstance(scale, Log) and value <= 0))
    back = float(scale.inverse(value))
    assert np.isnan(back) == np.isnan(value)


def test_what_is_infinite_stays_infinite():
    for scale in (Logicle(), Hyperlog(), Asinh(), Linear()):
        assert scale.forward([np.inf, -np.inf]).tolist() == [np.inf, -np.inf]
        assert scale.inverse([np.inf, -np.inf]).tolist() == [np.inf, -np.inf]
    assert Log().forward(np.inf) == np.inf
    assert np.isnan(Log().forward(-np.inf))
    assert Log().inverse([np.inf, -np.inf]).tolist() == [np.inf, 0]


def test_scales_are_records_that_can_be_keys():
    assert len({Logicle(), Logicle(), Hyperlog(), Log(), Linear(), Asinh()}) == 5


def test_what_is_not_a_number_stays_so():
    values = np.array([np.nan, 5.0])
    for scale in (Logicle(), Hyperlog(), Asinh(), Linear(), Log()):
        assert np.isnan(scale.forward(values)).tolist() == [True, False]
    assert np.isnan(Log().forward(np.array([0.0, -3.0]))).all()


@pytest.mark.parametrize(
    ("kind", "parameters", "rule"),
    [
        (Logicle, (0.0, 0.5, 4.5, 0.0), "T > 0"),
        (Logicle, (np.nan, 0.5, 4.5, 0.0), "T > 0"),
        (Logicle, (np.inf, 0.5, 4.5, 0.0), "T from"),
        (Logicle, (1e5, 300.0, 1000.0, 0.0), "M from"),
        (Asinh, (1e5, 1000.0, 0.0), "M from"),
        (Hyperlog, (1e5, np.nan, 4.5, 0.0), "0 < W"),
        (Logicle, (1e5, 3.0, 4.5, 0.0), "W <= M/2"),
        (Logicle, (1e5, -0.1, 4.5, 0.0), "0 <= W"),
        (Logicle, (1e5, 0.5, 0.0, 0.0), "M > 0"),
        (Logicle, (1e5, 0.5, 4.5, -0.6), "-W <= A"),
        (Logicle, (1e5, 0.5, 4.5, 4.0), "M - 2W"),
        (Hyperlog, (1e5, 0.0, 4.5, 0.0), "0 < W"),
        (Log, (1e5, 0.0), "M > 0"),
        (Asinh, (1e5, 4.0, 5.0), "A <= M"),
        (Linear, (1.0, 2.0), "A <= T"),
        (Linear, (1.0, -1.0), "-T < A"),
    ],
)
def test_parameters_outside_the_standard_are_refused_with_the_inequality(kind, parameters, rule):
    with pytest.raises(SettingError, match=rule):
        kind(*parameters)


def test_the_linear_part_is_widened_to_hold_the_negative_spread():
    rng = np.random.default_rng(1)
    narrow, wide = rng.normal(0, 30, 4000), rng.normal(0, 900, 4000)
    assert fit_logicle(narrow, 262144).width < fit_logicle(wide, 262144).width
    assert fit_logicle(np.abs(narrow), 262144) == Logicle(262144)
