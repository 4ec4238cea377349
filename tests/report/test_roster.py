"""The first table of the page: a row a patient, and nothing in it that the findings do not say."""

from __future__ import annotations

import re

from remnant.report.roster import roster


def rows_of(findings):
    return {row.name: row for row in roster(findings, lambda number: f"#patient-{number}").rows}


def test_every_patient_has_a_row_that_leads_to_the_patient(findings):
    table = roster(findings, lambda number: f"#patient-{number}")
    assert [row.name for row in table.rows] == [timeline.patient_id for timeline in findings.timelines]
    assert [row.href for row in table.rows] == [f"#patient-{n}" for n in range(1, len(table.rows) + 1)]
    assert {len(row.cells) for row in table.rows} == {len(table.header) - 1}


def test_a_choice_counts_the_rows_that_it_leaves(findings):
    table = roster(findings, str)
    for kind, _, number in table.choices:
        assert number == sum(not kind or kind in row.kinds.split() for row in table.rows)


def test_a_patient_who_returned_is_not_among_those_whose_remission_held(findings):
    for row in rows_of(findings).values():
        assert not {"returned", "held"} <= set(row.kinds.split())


def test_what_was_not_done_is_said_so_and_is_sorted_last(findings, names_only):
    for row in (rows_of(findings)["5Q-04"], *rows_of(names_only).values()):
        assert row.kinds == ""
        assert [cell.key for cell in row.cells[1:]] == [""] * (len(row.cells) - 1)
        assert row.cells[1].text in ("– not done", "not evaluable")


def test_a_study_of_nobody_has_no_table(nothing):
    assert roster(nothing, str) is None


def test_a_comparison_in_the_table_has_its_day_and_its_intervals(findings):
    pairs = {pair.patient_id: pair for pair in findings.selective if pair.in_remission and pair.spared}
    assert pairs
    for name in pairs:
        said = rows_of(findings)[name].cells[2].more
        assert re.match(r"day [\d,]+: \d", said)
        assert re.search(r"\(\S+ to \S+ %\)", said)
        assert "P(spared)" in said


def test_a_return_in_the_table_says_whether_a_later_look_confirms_it(findings):
    back = {one.patient_id for one in findings.relapses if one.day is not None}
    assert back
    for name in back:
        first = rows_of(findings)[name].cells[3].more.split(";")[0]
        assert first in ("confirmed", "not confirmed", "no later visit")
