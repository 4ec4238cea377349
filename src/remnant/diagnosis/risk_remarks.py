"""What contradicts itself among the values behind a risk score: said, and scored as it stands."""

from __future__ import annotations

from remnant.diagnosis.risk import RiskInputs

VERY_GOOD, GOOD, INTERMEDIATE, POOR = range(4)


def remarks(given: RiskInputs) -> list[tuple[str, ...]]:
    """List the contradictions of each patient.

    A score takes each column at its word, as the published programs do, so two that cannot both be true must
    be seen by a reader.
    """
    group, mutations, vaf = given.cytogenetics, given.tp53_mutations, given.tp53_vaf
    rules = (
        (
            (given.complex_ == 1) & (group < POOR),
            "complex, and a cytogenetic group better than Poor: three abnormalities are Poor, more Very Poor",
        ),
        (
            (given.complex_ == 0) & (group > POOR),
            "not complex, and cytogenetic group Very Poor, which only a complex karyotype is",
        ),
        (
            (given.del7 == 1) & (group < INTERMEDIATE),
            "-7 or del(7q), and a cytogenetic group better than Intermediate, the best of del(7q) alone",
        ),
        (
            (given.del5q == 1) & (group == VERY_GOOD),
            "del(5q), and cytogenetic group Very Good, which has none",
        ),
        ((mutations == 0) & (vaf > 0), "no TP53 mutation, and a TP53 variant fraction above 0"),
        ((mutations >= 1) & (vaf == 0), "a TP53 mutation, and a TP53 variant fraction of 0"),
    )
    said: list[tuple[str, ...]] = [() for _ in group]
    for broken, text in rules:
        for place in broken.nonzero()[0]:
            said[place] = (*said[place], text)
    return said
