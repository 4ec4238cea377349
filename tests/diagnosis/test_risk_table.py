"""A table for the risk scores: what it may look like, and what is refused with its place."""

from pathlib import Path

import numpy as np
import pytest

from remnant.diagnosis.ipss_m_weights import GENES
from remnant.diagnosis.risk_table import read_risk_table
from remnant.errors import TableError

HEADER = (
    "ID,HB,PLT,BM_BLAST,ANC,AGE,del5q,del7_7q,del17_17p,complex,CYTO_IPSSR,TP53mut,TP53maxvaf,TP53loh,SF3B1"
)
ROW = "P1,9.8,210,3,1.6,71,1,0,0,0,Good,0,0,0,1"


@pytest.fixture
def read(tmp_path):
    def at(*lines, data=None):
        path = tmp_path / "patients.csv"
        path.write_bytes(data or "\n".join(lines).encode())
        return read_risk_table(path)

    return at


@pytest.fixture
def refused(read):
    def at(*lines):
        with pytest.raises(TableError) as caught:
            read(*lines)
        return caught.value.faults

    return at


def with_cell(name, typed):
    cells = dict(zip(HEADER.split(","), ROW.split(","), strict=True)) | {name: typed}
    return ",".join(cells.values())


def test_a_table_is_read_whatever_the_case_of_its_header_and_the_hand_of_its_program(read, tmp_path):
    plain = read(HEADER, ROW)
    other = read(HEADER.lower().replace("bm_blast", "Bm Blast"), ROW)
    quoted = "\r\n".join(",".join(f'"{cell}"' for cell in line.split(",")) for line in (HEADER, ROW))
    bom = read(data=b"\xef\xbb\xbf" + quoted.encode())
    floats = read(HEADER, "P1,9.8,210.0,3.0,1.6,71.0,1.0,0.0,0.0,0.0,good,0.0,0.0,0.0,1.0")
    for table in (other, bom, floats):
        assert table.ids == ("P1",)
        for name, value in vars(plain.inputs).items():
            if name != "genes":
                assert np.array_equal(getattr(table.inputs, name), value, equal_nan=True), name
        for gene in GENES:
            assert np.array_equal(table.inputs.genes[gene], plain.inputs.genes[gene], equal_nan=True)


@pytest.mark.parametrize(
    ("typed", "place"),
    [("Very Good", 0), ("very-good", 0), ("Very_Good", 0), ("GOOD", 1), ("Int", 2), ("Intermediate", 2),
     ("Very-Poor", 4), ("NA", np.nan), ("", np.nan)],
)  # fmt: skip
def test_a_cytogenetic_group_has_many_spellings_and_one_meaning(read, typed, place):
    found = read(HEADER, with_cell("CYTO_IPSSR", typed)).inputs.cytogenetics[0]
    assert np.array_equal(found, place, equal_nan=True)


@pytest.mark.parametrize(
    ("typed", "number"),
    [("0", 0), ("1", 1), ("2 or more", 2), ("2", 2), (">=2", 2), ("3", 2), ("NA", np.nan)],
)
def test_mutations_of_tp53_are_none_one_or_more(read, typed, number):
    found = read(HEADER, with_cell("TP53mut", typed)).inputs.tp53_mutations[0]
    assert np.array_equal(found, number, equal_nan=True)


@pytest.mark.parametrize("nothing", ["", "NA", "N/A", "nan", "null"])
def test_what_was_not_measured_is_missing_and_not_zero(read, nothing):
    for name in ("HB", "PLT", "BM_BLAST", "ANC", "AGE", "del5q", "TP53loh", "SF3B1"):
        table = read(HEADER, with_cell(name, nothing))
        places = {"HB": "haemoglobin", "PLT": "platelets", "BM_BLAST": "blasts", "ANC": "neutrophils",
                  "AGE": "age", "del5q": "del5q", "TP53loh": "tp53_loss"}  # fmt: skip
        found = table.inputs.genes[name] if name in GENES else getattr(table.inputs, places[name])
        assert np.isnan(found[0]), name


def test_a_gene_without_a_column_was_not_tested_and_is_named(read):
    table = read(HEADER, ROW)
    assert np.isnan(table.inputs.genes["ASXL1"][0])
    assert "ASXL1" in table.absent
    assert "SF3B1" not in table.absent


def test_other_columns_are_left_alone_and_named_with_what_they_may_be(read):
    notes = read(HEADER + ",IPSSM_SCORE,ASXL2,remark", ROW + ",-1.2,1,well").notes
    assert any("IPSSM_SCORE" in note and "results" in note for note in notes)
    assert any("ASXL2" in note and "ASXL1" in note for note in notes)
    assert any(note == "column remark was not read" for note in notes)


@pytest.mark.parametrize(
    ("name", "typed", "hint"),
    [
        ("HB", "98", "divide by 10"),
        ("HB", "0.9", "divide by 10"),
        ("HB", "25.1", "divide by 10"),
        ("HB", "-9", "divide by 10"),
        ("HB", "9,8x", "decimal point"),
        ("HB", "low", "divide by 10"),
        ("PLT", "250000", "divide by 1000"),
        ("PLT", "-1", "divide by 1000"),
        ("ANC", "1900", "divide by 1000"),
        ("BM_BLAST", "101", "percent"),
        ("BM_BLAST", "-0.5", "percent"),
        ("AGE", "1950", "year of birth"),
        ("del5q", "2", "1 for yes"),
        ("SF3B1", "p.K700E", "1 for yes"),
        ("CYTO_IPSSR", "Fair", "check"),
        ("TP53mut", "many", "0, 1, or 2"),
        ("TP53maxvaf", "55", "0.55"),
        ("HB", "inf", "divide by 10"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_its_place_and_what_to_do(refused, name, typed, hint):
    typed = f'"{typed}"' if "," in typed else typed
    (fault,) = refused(HEADER, ROW, "P2" + with_cell(name, typed)[2:])
    assert (fault.source, fault.line, fault.column) == ("patients.csv", 3, name)
    assert typed.strip('"') in fault.found
    assert fault.expected
    assert hint in fault.hint


def test_every_fault_of_a_table_is_said_at_once(refused):
    faults = refused(
        HEADER, with_cell("HB", "98"), "P2" + with_cell("PLT", "250000")[2:], with_cell("AGE", "x")
    )
    assert [(fault.line, fault.column) for fault in faults] == [(2, "HB"), (3, "PLT"), (4, "AGE")]


def test_a_patient_twice_a_column_twice_and_a_missing_column_are_faults(refused):
    assert [(fault.line, fault.column) for fault in refused(HEADER, ROW, ROW)] == [(3, "ID")]
    assert "twice" in refused(HEADER + ",hb", ROW + ",9.8")[0].found
    (fault,) = refused(HEADER.replace("HB", "HGB"), ROW)
    assert (fault.column, fault.hint) == ("HB", "rename HGB")
    (fault,) = refused("ID,HB,PLT,BM_BLAST", "P1,9,100,3")
    assert fault.column == "CYTO_IPSSR"
    assert "karyotype" in fault.hint


def test_the_items_of_ipss_r_alone_make_a_table(read):
    table = read("ID,HB,PLT,BM_BLAST,ANC,CYTO_IPSSR", "P1,9,100,3,1.2,Good")
    assert np.isnan(table.inputs.del5q[0])
    assert {"del5q", "complex", "TP53mut", "SF3B1"} <= set(table.absent)


def test_an_empty_table_a_ragged_row_and_another_delimiter_are_faults(refused):
    assert refused(HEADER)[0].found == "a header and no rows"
    assert refused(HEADER, ROW + ",1")[0].line == 2
    assert refused(HEADER.replace(",", ";"), ROW.replace(",", ";"))[0].expected == "commas"


def test_a_file_that_is_not_there_is_a_fault(tmp_path):
    with pytest.raises(TableError):
        read_risk_table(Path(tmp_path / "none.csv"))


def test_a_whole_column_in_another_unit_is_suspected_where_no_cell_proves_it(read):
    rows = [f"P{at}" + with_cell("BM_BLAST", "0.05")[2:] for at in range(6)]
    assert any("fractions" in note for note in read(HEADER, *rows).notes)
    assert not read(HEADER, ROW).notes


def test_two_columns_of_another_name_that_nobody_reads_are_no_fault(read):
    assert read(HEADER + ",remark,remark", ROW + ",a,b").ids == ("P1",)
