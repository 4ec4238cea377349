"""One workbook in place of the CSV files."""

from __future__ import annotations

import zipfile

import pytest

from remnant.study import read_study

pytest.importorskip("fastexcel", reason="needs the excel extra")
pytest.importorskip("pyarrow", reason="needs the excel extra")

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


class Date(float):
    """A cell that a spreadsheet shows as a date: a number with a format."""


def cell(place, value):
    if value is None:
        return ""
    if isinstance(value, Date):
        return f'<c r="{place}" s="1"><v>{value}</v></c>'
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{value:d}</v></c>'
    if isinstance(value, str) and value.startswith("#N"):
        return f'<c r="{place}" t="e"><v>{value}</v></c>'
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'
    return f'<c r="{place}"><v>{value}</v></c>'


def sheet_xml(rows, first):
    body = "".join(
        f'<row r="{number}">'
        + "".join(cell(f"{chr(65 + i)}{number}", v) for i, v in enumerate(row))
        + "</row>"
        for number, row in enumerate(rows, first)
    )
    return f'<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>'


def write_xlsx(path, sheets, *, first=1):
    """Write the smallest workbook that a spreadsheet would open."""
    numbers = range(1, len(sheets) + 1)
    kinds = "".join(
        f'<Override PartName="/xl/worksheets/sheet{i}.xml" ContentType="{TYPE}.worksheet+xml"/>'
        for i in numbers
    )
    names = "".join(f'<sheet name="{s}" sheetId="{i}" r:id="r{i}"/>' for i, s in enumerate(sheets, 1))
    links = "".join(
        f'<Relationship Id="r{i}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i in numbers
    )
    with zipfile.ZipFile(path, "w") as book:
        book.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{TYPE}.styles+xml"/>{kinds}</Types>',
        )
        book.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships">'
            f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
            "</Relationships>",
        )
        book.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{names}</sheets></workbook>',
        )
        book.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships">{links}'
            f'<Relationship Id="s" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
        )
        book.writestr(
            "xl/styles.xml",
            f'<styleSheet xmlns="{MAIN}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
            "</styleSheet>",
        )
        for number, rows in enumerate(sheets.values(), 1):
            book.writestr(f"xl/worksheets/sheet{number}.xml", sheet_xml(rows, first))


PATIENTS = [["patient_id", "birth_year", "anchor_date", "died"], ["P1", 1950, Date(43845), False]]
SAMPLES = [
    ["sample_id", "patient_id", "day", "material", "nucleated_cells"],
    ["S1", "P1", 0, "marrow", 2.1e7],
]


@pytest.fixture
def book(folder):
    for name in ("patients.csv", "samples.csv"):
        (folder.root / name).unlink()

    def write(first=1, **sheets):
        sheets = {"patients": PATIENTS, "samples": SAMPLES} | sheets
        write_xlsx(folder.root / "study.xlsx", sheets, first=first)
        return folder

    return write


def test_a_workbook_reads_as_the_csv_files_do(book):
    folder = book()
    from_book = read_study(folder.root)
    (folder.root / "study.xlsx").unlink()
    folder.write({"patients.csv": "patient_id,birth_year,anchor_date,died\nP1,1950,2020-01-15,no\n"})
    folder.write({"samples.csv": "sample_id,patient_id,day,material,nucleated_cells\nS1,P1,0,marrow,2.1e7\n"})
    from_files = read_study(folder.root)
    assert all(from_book[name].equals(from_files[name]) for name in from_book.tables)
    assert from_book.files == ("study.toml", "study.xlsx")
    assert from_book["samples"]["line"].to_list() == [2]
    assert any("row 7 of its sheet" in note for note in from_book.notes)


def test_lines_are_the_rows_of_the_sheet(book):
    samples = [["# a comment"], [None], SAMPLES[0], [None], SAMPLES[1], ["S1", "P9", 1.5, "marrow", 1]]
    faults = book(first=3, samples=samples).faults()
    assert {(fault.source, fault.line, fault.column) for fault in faults} == {
        ("study.xlsx sheet samples", 8, "day"),
        ("study.xlsx sheet samples", 8, "patient_id"),
    }


def test_a_date_cell_is_a_date(book):
    counts = [["patient_id", "date", "haemoglobin_g_per_dl"], ["P1", Date(43846), 9.5]]
    assert read_study(book(blood_counts=counts).root)["blood_counts"]["day"].to_list() == [1]


def test_a_formula_that_failed_is_not_an_empty_cell(book):
    counts = [["patient_id", "day", "haemoglobin_g_per_dl"], ["P1", 0, 9.5], ["P1", 1, "#N/A"]]
    fault = book(blood_counts=counts).fault()
    assert (fault.source, fault.line) == ("study.xlsx sheet blood_counts", 3)
    assert "formula" in fault.hint


def test_cells_beside_the_header_are_not_dropped(book):
    fault = book(samples=[SAMPLES[0], [*SAMPLES[1], "a remark"]]).fault()
    assert (fault.column, fault.found) == ("(no name)", "an unknown column")


@pytest.mark.parametrize("rows", [[], [["sample_id", "iscn"]]])
def test_an_empty_sheet_is_said(book, rows):
    assert book(karyotypes=rows).fault().found == "a sheet without rows"


def test_a_sheet_of_an_unknown_name_is_said(book):
    fault = book(Fish=[["a"], ["b"]]).fault()
    assert (fault.column, fault.hint) == ("sheet Fish", "did you mean fish?")


def test_a_table_in_both_places_is_said(book):
    folder = book()
    folder.write({"samples.csv": "sample_id,patient_id,day,material\nS1,P1,0,marrow\n"})
    assert folder.fault().found == "samples.csv and a sheet samples in study.xlsx"


def test_a_column_twice_or_called_line_is_said(book):
    faults = book(samples=[[*SAMPLES[0], "day", "line"], [*SAMPLES[1], 0, 1]]).faults()
    assert {fault.column for fault in faults} == {"day", "line"}


@pytest.mark.parametrize("content", [b"", b"not a workbook", b"PK\x03\x04"])
def test_a_file_that_is_no_workbook_is_said(book, content):
    folder = book()
    folder.write({"study.xlsx": content})
    faults = folder.faults()
    assert [fault.source for fault in faults] == ["patients.csv", "samples.csv", "study.xlsx"]
    assert str(folder.root) not in str(faults)


def test_a_workbook_without_its_extra_says_what_to_install(book, monkeypatch):
    monkeypatch.setattr("remnant.study.workbook.find_spec", lambda _: None)
    assert any("excel extra" in fault.hint for fault in book().faults())
