"""What contradicts itself, or lies beyond the scores, among their values: said, and scored as it stands."""

from __future__ import annotations

from remnant.diagnosis.risk import RiskInputs

VERY_GOOD, GOOD, INTERMEDIATE, POOR = range(4)


def remarks(given: RiskInputs) -> list[tuple[str, ...]]:
    """List the contradictions of each patient.

    A score takes each column at its word, as the published programs do, so two that cannot both be true must
    be seen by a reader.
    """
    group, mutations, vaf = given.cytogenetics, given.tp53_mutations, given.tp53_vaf
    haemoglobin = given.haemoglobin
    rules = (
        (haemoglobin < 4, "haemoglobin below 4 g/dL, where IPSS-M ends: it counts as 4 there"),
        (haemoglobin > 20, "haemoglobin above 20 g/dL, where IPSS-M ends: it counts as 20 there"),
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
