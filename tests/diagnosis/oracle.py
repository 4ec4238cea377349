"""IPSS-M once more, from the published table, for one patient at a time and in forty-digit decimals.

Written to be read against the paper and not against the engine: values are words and None, logic is spelled
out, and nothing is shared with it.
"""

from decimal import ROUND_HALF_EVEN, Decimal, getcontext

getcontext().prec = 40
LN2 = Decimal(2).ln()
GENE_WEIGHTS = {
    "FLT3": ("0.798", "0.0108"), "MLL_PTD": ("0.798", "0.0247"), "NPM1": ("0.430", "0.0112"),
    "RUNX1": ("0.423", "0.126"), "NRAS": ("0.417", "0.0362"), "ETV6": ("0.391", "0.0216"),
    "IDH2": ("0.379", "0.0429"), "CBL": ("0.295", "0.0473"), "EZH2": ("0.270", "0.0588"),
    "U2AF1": ("0.247", "0.0866"), "SRSF2": ("0.239", "0.158"), "DNMT3A": ("0.221", "0.161"),
    "ASXL1": ("0.213", "0.252"), "KRAS": ("0.202", "0.0271"),
}  # fmt: skip
RESIDUAL = (
    "BCOR", "BCORL1", "CEBPA", "ETNK1", "GATA2", "GNB1", "IDH1", "NF1", "PHF6", "PPM1D", "PRPF8", "PTPN11",
    "SETBP1", "STAG2", "WT1",
)  # fmt: skip
GROUPS = ("Very Good", "Good", "Intermediate", "Poor", "Very Poor")
CUTS = (
    ("-1.5", "Very Low"),
    ("-0.5", "Low"),
    ("0", "Moderate Low"),
    ("0.5", "Moderate High"),
    ("1.5", "High"),
)


def multihit(patient):
    mutations, loss = patient["TP53mut"], patient["TP53loh"]
    if mutations is None:
        return None
    if mutations == "0":
        return 0
    if mutations == "2 or more":
        return 1
    vaf = patient["TP53maxvaf"]
    if loss == "1" or patient["del17_17p"] == "1" or (vaf is not None and Decimal(vaf) > Decimal("0.55")):
        return 1
    return 0 if loss == "0" else None


def sf3b1(patient):
    """Both variables: with del(5q), and alone; None where a companion that matters is missing."""
    if patient["SF3B1"] == "0":
        return 0, 0
    against = [patient["del5q"] == "0", patient["del7_7q"] == "1", patient["complex"] == "1"]
    setting = [patient[name] for name in ("SF3B1", "del5q", "del7_7q", "complex")]
    with_del5q = 0 if any(against) else None if None in setting else 1
    companions = [patient[name] for name in ("BCOR", "BCORL1", "RUNX1", "NRAS", "STAG2", "SRSF2")]
    if with_del5q == 1 or "1" in companions:
        return with_del5q, 0
    unknown = with_del5q is None or None in companions or patient["SF3B1"] is None
    return with_del5q, None if unknown else 1


def raw(patient, case):
    """The score before rounding in one case of what is missing: best, mean or worst."""

    def term(beta, mean, value, best, worst):
        if value is None:
            value = {"best": best, "mean": mean, "worst": worst}[case]
        return Decimal(beta) * (Decimal(value) - Decimal(mean)) / LN2

    haemoglobin, platelets, blasts = (
        None if patient[name] is None else Decimal(patient[name]) for name in ("HB", "PLT", "BM_BLAST")
    )
    group = None if patient["CYTO_IPSSR"] is None else GROUPS.index(patient["CYTO_IPSSR"])
    with_del5q, alone = sf3b1(patient)
    total = term("-0.171", "9.87", haemoglobin, 20, 4)
    total += term("-0.222", "1.41", None if platelets is None else min(platelets, 250) / 100, "2.5", 0)
    total += term("0.352", "0.922", None if blasts is None else min(blasts, 20) / 5, 0, 4)
    total += term("0.287", "1.39", group, 0, 4)
    total += term("1.18", "0.071", multihit(patient), 0, 1)
    total += term("0.504", "0.0166", with_del5q, 0, 1)
    total += term("-0.0794", "0.186", alone, 1, 0)
    for gene, (beta, mean) in GENE_WEIGHTS.items():
        total += term(beta, mean, patient[gene], 0, 1)
    mutated = sum(patient[gene] == "1" for gene in RESIDUAL)
    missing = sum(patient[gene] is None for gene in RESIDUAL)
    best, worst = min(mutated, 2), min(mutated + missing, 2)
    middle = best + max(Decimal(2 - mutated) / 2, Decimal(0)) * Decimal(missing) / 15 * Decimal("0.388")
    count = {"best": Decimal(best), "mean": middle, "worst": Decimal(worst)}[case]
    return total + term("0.231", "0.388", count, None, None)


def scored(patient, case):
    """Raw score, score and category; the score of a tie is left to those who compare binary numbers."""
    exact = raw(patient, case)
    score = exact.quantize(Decimal("0.01"), ROUND_HALF_EVEN)
    return exact, score, next((name for cut, name in CUTS if score <= Decimal(cut)), "Very High")
