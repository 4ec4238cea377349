"""A workbook that a browser brings takes no more memory than a workbook of a study."""

import struct
import zipfile

import pytest

from remnant.study.workbook import read_workbook
from remnant.study.workbook_size import MOST_BYTES, too_large

pytest.importorskip("fastexcel", reason="the excel extra is not installed")

TYPES = """<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/xl/workbook.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"""
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
LINKS = """<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="r1" Type="{}/{}" Target="{}"/></Relationships>"""
BOOK = f"""<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="{OFFICE}">
<sheets><sheet name="fish" sheetId="1" r:id="r1"/></sheets></workbook>"""
SHEET = """{}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
<row r="1"><c r="A1" t="inlineStr"><is><t>sample_id</t></is></c></row>
<row r="{}"><c r="{}{}" t="inlineStr"><is><t>{}</t></is></c></row></sheetData></worksheet>"""


@pytest.fixture
def book(tmp_path):
    def make(sheet):
        path = tmp_path / "study.xlsx"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("[Content_Types].xml", TYPES)
            archive.writestr("_rels/.rels", LINKS.format(OFFICE, "officeDocument", "xl/workbook.xml"))
            archive.writestr("xl/workbook.xml", BOOK)
            links = LINKS.format(OFFICE, "worksheet", "worksheets/sheet1.xml")
            archive.writestr("xl/_rels/workbook.xml.rels", links)
            archive.writestr("xl/worksheets/sheet1.xml", sheet)
        return path

    return make


def test_a_plain_workbook_is_read(book):
    tables, faults = read_workbook(book(SHEET.format("", 2, "A", 2, "S1")))
    assert not faults
    assert tables["fish"].table["sample_id"].to_list() == ["S1"]


@pytest.mark.parametrize("quote", ['"', "'"])
def test_one_cell_in_the_last_corner_takes_no_memory(book, quote):
    """Sixteen thousand columns of a million rows, in 700 bytes."""
    sheet = SHEET.format("", 1048576, "XFD", 1048576, "S1").replace(
        '"XFD1048576"', f"{quote}XFD1048576{quote}"
    )
    (fault,) = read_workbook(book(sheet))[1]
    assert fault.found == "a sheet of 16,384 columns and 1,048,576 rows"


def test_a_reference_across_two_pieces_is_seen(book, monkeypatch):
    monkeypatch.setattr("remnant.study.workbook_size.PIECE", 70)
    assert too_large(book(SHEET.format("", 1048576, "XFD", 1048576, "S1")))


def test_a_bomb_is_refused_whatever_it_says_of_its_size(book, monkeypatch):
    monkeypatch.setattr("remnant.study.workbook_size.MOST_BYTES", 1_000_000)
    path = book("<x>" + " " * 5_000_000)
    assert path.stat().st_size < 20_000
    assert "once unpacked" in read_workbook(path)[1][0].found
    raw = path.read_bytes()
    path.write_bytes(raw.replace(struct.pack("<I", 5_000_003), struct.pack("<I", 100)))
    assert "once unpacked" in read_workbook(path)[1][0].found
    assert MOST_BYTES > 2**28


@pytest.mark.parametrize(
    "entities",
    [
        '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY e "&b;&b;&b;">]>',
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>',
    ],
)
def test_entities_are_neither_expanded_nor_fetched(book, entities):
    tables, faults = read_workbook(book(SHEET.format(entities, 2, "A", 2, "&e;")))
    assert not tables
    assert faults[0].found == "a sheet that cannot be read"
