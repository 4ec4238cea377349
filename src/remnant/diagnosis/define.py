"""The three definitions side by side: they differ, and a reader must see where."""

from __future__ import annotations

from remnant.diagnosis.definition import DiseaseDefinition
from remnant.diagnosis.facts import DiseaseFacts
from remnant.diagnosis.icc_2022 import icc_2022
from remnant.diagnosis.who_2016 import who_2016
from remnant.diagnosis.who_2022 import who_2022


def define(facts: DiseaseFacts) -> tuple[DiseaseDefinition, ...]:
    """Name the disease of one patient by WHO 2022, WHO 2016 and ICC 2022.

    Examples
    --------
    >>> facts = DiseaseFacts(marrow_blasts=3, blood_blasts=1, del5q=True, other_abnormalities=0,
    ...     monosomy7=False, del7q=False, tp53_mutations=0)
    >>> [found.category for found in define(facts)]
    ['MDS-5q', 'not MDS with isolated del(5q)', 'MDS with del(5q)']
    """
    return who_2022(facts), who_2016(facts), icc_2022(facts)
