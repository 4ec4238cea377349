"""Karyotypes in the international nomenclature: a lenient reader with a grammar, a strict writer."""

from remnant.cytogenetics.iscn.abnormality import read_abnormality
from remnant.cytogenetics.iscn.reader import read_karyotype

__all__ = ["read_abnormality", "read_karyotype"]
