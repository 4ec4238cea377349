"""All resamples at once against one density at a time, as a person would look for its valleys."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter1d

from remnant.cytometry.recipe.valley import SIGNIFICANT, _choose, _mode_cuts


def one_by_one(counts, width, deepest):
    """Walk over the stretches of one smoothed histogram; fill the shallowest valley until none is left."""
    smooth = gaussian_filter1d(counts, width, mode="constant")
    effective = smooth * width * 2 * np.sqrt(np.pi)
    stretches = []
    for place, height in enumerate(smooth.tolist()):
        if stretches and stretches[-1][2] == height:
            stretches[-1][1] = place
        else:
            stretches.append([place, place, height])
    hills, valleys = [], []
    for n, (begin, end, height) in enumerate(stretches):
        rises = n == 0 or stretches[n - 1][2] < height
        falls = n == len(stretches) - 1 or stretches[n + 1][2] < height
        if rises and falls:
            hills.append((begin + end) // 2)
        elif not rises and not falls:
            valleys.append((begin + end) // 2)
    while valleys:
        depths = []
        for n, valley in enumerate(valleys):
            shoulder, floor = min(effective[hills[n]], effective[hills[n + 1]]), effective[valley]
            depths.append((shoulder - floor) / np.sqrt(shoulder + floor + 1))
        n = int(np.argmin(depths))
        if depths[n] > SIGNIFICANT:
            break
        valleys.pop(n)
        hills.pop(n if effective[hills[n]] < effective[hills[n + 1]] else n + 1)
    if not valleys:
        return None
    n = int(np.argmin([smooth[valley] for valley in valleys])) if deepest else 0
    return hills[n], valleys[n], hills[n + 1]


@given(st.integers(0, 2**31), st.floats(0, 4), st.floats(2, 12), st.booleans())
def test_all_samples_at_once_are_the_samples_one_by_one(seed, size, width, deepest):
    """Few events leave flat empty stretches, many leave ripples."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform(20, 236, rng.integers(1, 6))
    values = np.concatenate([rng.normal(c, rng.uniform(2, 12), int(10**size) + 1) for c in centres])
    counts = np.histogram(values, 256, (0, 256))[0].astype(float)
    samples = np.vstack([counts, rng.poisson(counts, (6, 256)), np.zeros(256)])
    found = _choose(samples, width, deepest)
    for n, sample in enumerate(samples):
        expected = one_by_one(sample, width, deepest)
        assert found.found[n] == (expected is not None)
        if expected is not None:
            assert (found.left[n], found.valley[n], found.right[n]) == expected


@given(st.integers(0, 2**31), st.integers(1, 3000))
def test_the_median_of_the_upper_flank_is_counted_from_the_mode(seed, n):
    rng = np.random.default_rng(seed)
    samples = rng.multinomial(n, rng.dirichlet(np.ones(256)), size=4).astype(float)
    grid = np.arange(256.0)
    for cut, sample in zip(_mode_cuts(samples, grid, 3.0, 2.0), samples, strict=True):
        mode = int(np.argmax(gaussian_filter1d(sample, 3.0, mode="constant")))
        flank = np.cumsum(sample[mode:])
        half = int(np.searchsorted(flank, flank[-1] / 2))
        assert cut == mode - 2 * (half + 0.5) / 0.6745
