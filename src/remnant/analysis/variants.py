"""What the table of variants says of each gene: mutated, tested and not mutated, or not tested."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from remnant.study.estimate import Source

FILE = "mutations.csv"
# Below it a panel seldom tells a variant from an error; what is left out for it is said.
LEAST_VAF = 0.02
PTD = ("MLLPTD", "KMT2APTD")
FLT3 = ("FLT3ITD", "FLT3TKD")


@dataclass(frozen=True)
class Variants:
    """The variants of one sample; a gene without a row is not known to have been tested.

    Parameters
    ----------
    mutated : Mapping of str to bool
        Genes with a row.
    tp53_mutations : int or None
        None where TP53 has no row.
    tp53_vaf : float or None
        Highest variant fraction in TP53.
    tp53_loss : bool or None
        Loss of heterozygosity at TP53, where a row says so.
    remarks : tuple of str
        Variants that were not counted.
    sources : tuple of Source
        The rows.
    """

    mutated: Mapping[str, bool]
    tp53_mutations: int | None = None
    tp53_vaf: float | None = None
    tp53_loss: bool | None = None
    remarks: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()


def variants_of(rows: Sequence[Mapping[str, Any]]) -> Variants:
    """Read the variants of one sample.

    Parameters
    ----------
    rows : sequence of Mapping
        Rows of the table `mutations`. One without variant reads says that the gene was tested.

    Examples
    --------
    >>> row = {"gene": "TP53", "variant": "p.R248W", "alternate_reads": 60, "depth": 100, "line": 2}
    >>> found = variants_of([row | {"loss_of_heterozygosity": None}])
    >>> found.tp53_mutations, found.tp53_vaf
    (1, 0.6)
    """
    mutated: dict[str, bool] = {}
    few: list[str] = []
    for row in rows:
        gene, vaf = _gene(row), row["alternate_reads"] / row["depth"]
        mutated[gene] = mutated.get(gene, False) or vaf >= LEAST_VAF
        if 0 < vaf < LEAST_VAF:
            few.append(
                f"{gene} in {100 * vaf:.2g} % of reads, below {100 * LEAST_VAF:g} %: not a mutation here"
            )
    tp53 = [row for row in rows if _gene(row) == "TP53"]
    fractions = [row["alternate_reads"] / row["depth"] for row in tp53]
    lost = {row["loss_of_heterozygosity"] for row in tp53}
    return Variants(
        mutated,
        sum(vaf >= LEAST_VAF for vaf in fractions) if tp53 else None,
        max(fractions) if tp53 else None,
        True if True in lost else False if False in lost else None,
        tuple(few),
        tuple(Source(FILE, row["line"]) for row in rows),
    )


def _gene(row: Mapping[str, Any]) -> str:
    """Name a gene as IPSS-M does: a partial tandem duplication of KMT2A is a thing of its own."""
    plain = "".join(letter for letter in row["gene"].upper() if letter.isalnum())
    duplicated = plain in ("KMT2A", "MLL") and "PTD" in (row["variant"] or "").upper()
    if duplicated or plain in PTD:
        return "MLL_PTD"
    return "FLT3" if plain in FLT3 else str(row["gene"]).upper()
