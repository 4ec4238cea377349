import pytest

from remnant.cytogenetics.in_situ.chromosome import chromosome_of, ends_in_x, gene_of


@pytest.mark.parametrize(
    ("probe", "home"),
    [
        ("D5S23", "5"), ("DXZ1", "X"), ("DYZ3", "Y"), ("CEP8", "8"), ("20q12", "20"), ("TP 53", "17"),
        ("LSI", None), ("LSI EGR1", "5"), ("5'KMT2A", "11"), ("3' MLL", "11"), ("p53", "17"), ("wcp7", "7"),
        ("5p15.2", "5"), ("4cen", "4"), ("c-MYC", "8"), ("IGH@", "14"), ("", None), ("D99", None),
    ],
)  # fmt: skip
def test_a_probe_is_placed_by_its_locus_or_its_gene(probe, home):
    assert chromosome_of(probe) == home


def test_an_older_name_is_the_same_gene():
    assert gene_of("5'MLL") == gene_of("KMT2A") == "KMT2A"
    assert gene_of("TEL") == gene_of("etv6")


@pytest.mark.parametrize("name", ["RUNX1", "PAX5", "CUX1", "SOX2", "TLX1", "tbx1", "DDX41", "STX11"])
def test_genes_whose_names_end_in_x_and_a_number(name):
    assert ends_in_x(name)


@pytest.mark.parametrize("name", ["IGHX2", "MYCX3", "EGFRX1", "RUNX", "X1"])
def test_copies_that_look_like_a_name_are_none(name):
    assert not ends_in_x(name)
