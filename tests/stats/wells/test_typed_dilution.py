import numpy as np
import pytest

from remnant.stats.wells.typed_dilution import TypedPlate, log_likelihood, slopes

DOSE = np.array([50.0, 100, 200, 400])
COUNTS = [[10, 5, 1, 0], [1, 4, 5, 5], [0, 1, 2, 2], [0, 0, 2, 4], [1, 1, 0, 4]]
PARTLY = TypedPlate(DOSE, *np.array(COUNTS, float))


def test_the_kinds_of_well_are_all_that_can_happen():
    one_well = [
        TypedPlate(np.array([50.0]), *([float(i == kind)] for i in range(4)), np.zeros(1))
        for kind in range(4)
    ]
    total = sum(np.exp(float(log_likelihood(0.004, 0.007, well))) for well in one_well)
    assert total == pytest.approx(1)


@pytest.mark.parametrize("place", [(-7.0, -5.5), (-4.0, -9.0), (-2.0, -3.0)])
def test_slopes_are_those_of_the_likelihood(place):
    def value(normal, clone):
        return float(log_likelihood(np.exp(normal), np.exp(clone), PARTLY))

    (x, y), step = place, 1e-3
    found = slopes(np.array(x), np.array(y), PARTLY)
    centre = value(x, y)
    first = [value(x + step, y) - value(x - step, y), value(x, y + step) - value(x, y - step)]
    assert [found.n, found.c] == pytest.approx([item / (2 * step) for item in first], rel=1e-4, abs=1e-4)
    second = [
        value(x + step, y) + value(x - step, y) - 2 * centre,
        value(x, y + step) + value(x, y - step) - 2 * centre,
        sum(s * t * value(x + s * step, y + t * step) for s in (1, -1) for t in (1, -1)) / 4,
    ]
    expected = [item / step**2 for item in second]
    assert [found.nn, found.cc, found.nc] == pytest.approx(expected, rel=1e-4, abs=1e-4)
