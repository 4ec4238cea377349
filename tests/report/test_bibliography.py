"""What is cited is what ran: the methods, the list and the BibTeX name the same papers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import remnant.report
from remnant.report.bibliography import MARK, PROGRAM, bibtex, bibtex_of, cited, listed, numbered, sections_of
from remnant.report.page import render
from remnant.report.papers import PAPERS

ENTRY = re.compile(r"@(\w+)\{(\w+),\n((?:  \w+ = \{.*\},\n)+)\}\n")
NEEDED = {"article": {"author", "title", "journal", "year"}, "misc": {"author", "title", "year", "eprint"},
          "software": {"author", "title", "version"}}  # fmt: skip


def entries_of(text):
    """Read BibTeX strictly: entries of one field a line, braces closed, nothing between."""
    found = {}
    for kind, key, fields in ENTRY.findall(text):
        values = dict(re.findall(r"  (\w+) = \{(.*)\},\n", fields))
        assert all(value.count("{") == value.count("}") for value in values.values())
        assert NEEDED[kind] <= set(values)
        assert key not in found
        found[key] = values
    assert ENTRY.sub("", text).strip() == ""
    return found


def test_the_methods_and_the_bibtex_name_the_same_papers(findings):
    keys = cited(sections_of(findings))
    assert list(entries_of(bibtex_of(findings))) == keys
    assert {"tehranchi2010", PROGRAM, "clopper1934", "hu2009"} <= set(keys)


def test_a_study_without_an_assay_does_not_cite_its_papers(findings, nothing):
    assert "hu2009" not in cited(sections_of(nothing))
    assert set(cited(sections_of(nothing))) < set(cited(sections_of(findings)))


def test_every_paper_can_be_written_and_none_is_there_for_nothing():
    """The marks in the sources are the papers of the list: none is missing, none is never cited."""
    sources = Path(remnant.report.__file__).parent.glob("*methods*.py")
    marks = {
        key.strip("@ ")
        for path in sources
        for marks in MARK.findall(path.read_text())
        for key in marks.split(";")
    }
    assert marks == {*PAPERS, PROGRAM}
    assert set(entries_of(bibtex(list(PAPERS)))) == set(PAPERS)
    assert all(text.endswith(".") or "doi:" in text for text in listed(list(PAPERS)))


def test_every_mark_of_the_page_is_a_number_that_leads_to_its_paper(findings):
    page = render(findings)
    assert "[@" not in page
    keys = cited(sections_of(findings))
    assert set(re.findall(r'href="#ref-(\d+)"', page)) == {str(n) for n in range(1, len(keys) + 1)}
    assert set(re.findall(r'<li id="ref-(\d+)">', page)) == {str(n) for n in range(1, len(keys) + 1)}


def test_hostile_words_beside_a_mark_stay_words():
    assert numbered("<b> [@hu2009]", ["hu2009"]) == '&lt;b&gt; [<a href="#ref-1">1</a>]'


def test_a_mark_that_names_no_paper_is_our_own_mistake():
    with pytest.raises(KeyError):
        bibtex(["nobody1900"])
