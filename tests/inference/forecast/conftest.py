"""One posterior and its course, which many tests read: followed once."""

import pytest
from tests.inference.forecast.patients import NOW, cycles, unknown_patient

from remnant.inference.forecast import follow


@pytest.fixture(scope="session")
def patient():
    """256 draws of the prior, a year after therapy began."""
    return unknown_patient()


@pytest.fixture(scope="session")
def stopping(patient):
    """The course of `patient` whose therapy stops now, followed for two years more."""
    return follow(patient, cycles(NOW - 1), NOW + 731)


@pytest.fixture(scope="session")
def going_on(patient):
    """The course of `patient` whose therapy has no end."""
    return follow(patient, cycles(1_000_000), NOW + 731)
