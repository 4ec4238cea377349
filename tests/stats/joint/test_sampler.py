import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import gammaln
from scipy.stats import betabinom, binom

from remnant.stats.fractions.misclassification import Beta
from remnant.stats.joint.fit import fit
from remnant.stats.joint.likelihood import log_rising, slide_log_likelihood
from remnant.stats.joint.model import NUGGET, Prior, correlation_matrix
from remnant.stats.joint.target import set_precision

SHORT = """
import sys, numpy as np
sys.path.insert(0, sys.argv[1])
from studies import study
from remnant.stats.fractions.misclassification import Beta
from remnant.stats.joint.fit import fit
from remnant.stats.joint.model import Prior
from dataclasses import replace
slides = study(2, bulk=30, re_run=50)
slides = replace(slides, abnormal=slides.scored // 3, inside=slides.events * 9 // 10)
rng = np.random.default_rng(3)
draws = fit(slides, Prior(Beta(2, 98), Beta(2, 98)), rng=rng, chains=1, warm_up=0, draws=3, rounds=1)
print(repr(draws.log_odds.tolist()))
"""


@given(a=st.floats(1e-6, 1e6), k=st.integers(0, 3000))
def test_a_rising_factorial_is_the_ratio_of_gamma_functions(a, k):
    exact = gammaln(a + k) - gammaln(a)
    assert log_rising(a, k) == pytest.approx(exact, rel=1e-9, abs=1e-6)


@given(k=st.integers(0, 40), more=st.integers(0, 200), q=st.floats(1e-4, 1 - 1e-4), rho=st.floats(1e-4, 0.4))
def test_a_slide_is_beta_binomial(k, more, q, rho):
    n, size = k + more, 1 / rho - 1
    ours = slide_log_likelihood(k, n, q, size) - log_rising(size, n)
    choose = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    exact = betabinom.logpmf(k, n, q * size, (1 - q) * size)
    assert ours + choose == pytest.approx(exact, rel=1e-8, abs=1e-7)


@given(k=st.integers(0, 40), more=st.integers(0, 200), q=st.floats(1e-4, 1 - 1e-4))
def test_without_correlation_a_slide_is_binomial(k, more, q):
    n = k + more
    choose = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    assert slide_log_likelihood(k, n, q, 0.0) + choose == pytest.approx(binom.logpmf(k, n, q), abs=1e-9)


def test_the_kernels_invert_the_correlation_of_visits(study):
    from remnant.stats.joint.fit import _data

    slides = study(3, days=(-5, 90, 90, 400))
    data = _data(slides, Prior(Beta(1, 99), Beta(2, 98)))
    precision = np.zeros((3, 12, 4))
    half = set_precision(0, 0.4, 200.0, NUGGET, data, precision)
    one = correlation_matrix(slides.day[:4], slides.phase[:4], length=200.0, between=0.4)
    for patient in range(3):
        assert precision[0, 4 * patient : 4 * patient + 4] == pytest.approx(np.linalg.inv(one))
    assert half == pytest.approx(-1.5 * np.linalg.slogdet(one)[1])


def test_compiled_and_plain_python_draw_the_same():
    """Numba switched off, in a process of its own: the functions are their own twins."""
    here = os.path.dirname(__file__)  # noqa: PTH120
    said = [
        subprocess.run(
            [sys.executable, "-c", SHORT, here],
            env=os.environ | {"NUMBA_DISABLE_JIT": off},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for off in ("0", "1")
    ]
    compiled, plain = (np.array(eval(text)) for text in said)
    assert np.isfinite(compiled).all()
    assert compiled == pytest.approx(plain, rel=1e-6, abs=1e-6)


def test_the_same_stream_draws_the_same_bytes(study):
    slides = study(2)
    prior = Prior(Beta(1, 99), Beta(2, 98))
    first, again = (
        fit(slides, prior, rng=np.random.default_rng(8), warm_up=10, draws=20, rounds=1) for _ in range(2)
    )
    assert first.log_odds.tobytes() == again.log_odds.tobytes()
    assert first.mean.tobytes() == again.mean.tobytes()


def test_code_compiled_from_other_sources_is_never_used():
    """Every compiled function lies in a file whose bytes are part of what the compiled code is kept under."""
    from remnant.stats.joint import sampler

    seen, left = set(), [sampler.sample]
    while left:
        function = left.pop().py_func
        if function in seen:
            continue
        seen.add(function)
        named = (function.__globals__.get(name) for name in function.__code__.co_names)
        left += [item for item in named if isinstance(item, type(sampler.sample))]
    assert len(seen) > 12
    assert {Path(function.__code__.co_filename) for function in seen} == {Path(x) for x in sampler.SOURCES}


def test_a_changed_source_has_another_number(tmp_path):
    from remnant.stats.joint.sampler import _kept_compiled, _number_of

    source = tmp_path / "likelihood.py"
    numbers = []
    for text in ("a = 1", "a = 2"):
        source.write_text(text)
        numbers.append(_number_of(str(source)))
    assert numbers[0] != numbers[1]
    held = [_kept_compiled(number).py_func.__closure__[0].cell_contents for number in numbers]
    assert held == numbers  # which numba makes part of the key
