from __future__ import annotations

import base64
import json
import re
import zlib
from dataclasses import replace

import pytest

from remnant.analysis.karyotype_courses import karyotype_courses
from remnant.persistence import EventInterval, LeadTime
from remnant.report import diagnosis, events, karyotypes, methods, monitoring, responses, survival
from remnant.report.drawers import Shelf
from remnant.report.page import render
from remnant.report.tables import Cell, Table
from remnant.response import Transformation

NAME = "5Q-01"


def texts(table):
    return [[cell.text for cell in row] for row in table.rows]


def test_criteria_stand_side_by_side_and_a_day_without_a_call_is_a_dash(findings):
    table = responses.matrix(findings, NAME)
    assert table.header[:5] == ("Day", "IWG 2006", "IWG 2018", "Cytogenetic", "FISH")
    late = replace(findings, beside=(replace(findings.beside[0], calls=findings.beside[0].calls[1:]),))
    assert texts(responses.matrix(late, NAME))[0][2] == "–"
    assert texts(table)[3][1:3] == ["CR", "HI"]


def test_metaphases_that_nobody_scored_are_not_done_and_few_are_not_assessable(findings):
    rows = {row[0]: row for row in texts(responses.matrix(findings, NAME))}
    assert rows["372"][4] == "partial"
    assert "– not done" in rows["92"]
    assert not any(cell in ("0", "") for row in rows.values() for cell in row)


def test_each_visit_has_a_drawer_with_the_rules_of_every_set(findings):
    shelf = Shelf("drawers")
    drawers = responses.drawers(findings, NAME, shelf)
    assert [drawer.number for drawer in drawers] == list(range(5))
    captions = [part.caption for part in drawers[2].parts if isinstance(part, Table)]
    assert [caption.split(" tried")[0] for caption in captions] == ["Rules of IWG 2006", "Rules of IWG 2018"]


def test_a_source_is_said_once_and_then_repeated_by_a_mark(findings):
    drawer = responses.drawers(findings, NAME, Shelf("drawers"))[0]
    table = next(part for part in drawer.parts if isinstance(part, Table))
    assert [row[-1].text for row in table.rows] == ["Cheson 2006, Blood 108:419, table 3", "″"]


def test_a_drawer_of_words_alone_is_none():
    shelf = Shelf("drawers")
    assert shelf.put("Nothing", "", None, "words") is None
    assert shelf.drawers == []


@pytest.mark.parametrize(
    ("after", "by", "reason", "said"),
    [
        (90, 180, "", "90 to 180"),
        (180, 180, "", "180"),
        (400, None, "not seen", "none seen up to 400"),
        (None, None, "nobody looked", "× not evaluable"),
        (None, None, "stem cells: not done", "– not done"),
    ],
)
def test_an_event_is_said_by_what_the_looks_leave_open(after, by, reason, said):
    assert events.when(EventInterval("P", "e", after, by, None, reason))[0] == said


def test_a_lead_that_nothing_is_known_of_is_left_out(findings):
    lead = LeadTime(NAME, "a", "b", None, 40, "unsure", "")
    silent = LeadTime(NAME, "a", "b", None, None, "neither seen", "")
    table = events.leads(replace(findings, lead_times=(lead, silent)), NAME)
    assert texts(table) == [["a", "b", "below 40", "cannot be told"]]


def test_growth_on_a_reduced_dose_is_not_called_resistance(findings):
    said = events.resistance(findings.resistances[0])
    assert said.startswith("Growth while dose reduced (progenitor (marrow, FISH)): ")
    assert "cquired" not in said


def test_acute_leukaemia_is_told_between_two_marrows_and_only_where_it_came():
    came = Transformation("P", "WHO", True, 400, 300, 24.0, "marrow", ">= 20 %", "24 %")
    assert events.leukaemia(came) == ("Acute leukaemia (WHO, >= 20 % blasts) after day 300 and by day 400.")
    assert events.leukaemia(replace(came, transformed=None)) is None


def test_what_is_gained_and_what_is_back_are_told_apart(findings):
    said = karyotypes.evolution(findings, NAME)
    assert said[0] == "By day 184: del(5)(q13q33) no longer seen, excluded above 14 %."
    assert said[-1] == "By day 780: del(5)(q13q33) in 4 of 20 again; gained +8 in 4 of 20."


def test_a_karyotype_of_the_other_sex_says_so(findings):
    odd = replace(findings.karyotypes[0], sex="male", sex_disagrees=True)
    table = karyotypes.table(replace(findings, karyotypes=(odd,)), NAME)
    assert table.rows[0][1].more == "shows male: not the patient's sex"


def test_where_only_one_assay_shows_the_clone_the_page_says_which(findings):
    assert karyotypes.discordant(findings, NAME) == [
        "On day 372 karyotype and FISH differ (FISH only): 0 of 20 metaphases, 9 of 200 nuclei (cut-off 7)."
    ]


def test_a_score_without_its_items_keeps_its_range_and_what_is_missing(findings):
    found = diagnosis.of(findings, NAME)
    table = {row[0].text: row for row in diagnosis.risk(found).rows}
    assert table["IPSS-R"][3].text == "–"
    assert table["IPSS-RA"][2].text == "× not evaluable"
    assert "to" in table["IPSS-M"][3].text
    assert "more" in table["IPSS-M"][4].text


def test_a_definition_that_cannot_be_decided_is_marked_and_names_what_it_lacks(findings):
    rows = diagnosis.definitions(diagnosis.of(findings, NAME)).rows
    undecided = [row for row in rows if row[1].text == "× not evaluable"]
    assert undecided
    assert all(row[2] != Cell("–") for row in undecided)


def test_a_doubling_time_without_a_limit_says_never(findings):
    table = monitoring.table(findings, NAME)
    assert table.rows[0][2].text == "3 months"
    assert table.rows[0][2].more == "never to 7 months"
    assert table.rows[0][3].text == "after day 184, by 780: awaits the next look"


def test_the_median_of_intervals_is_told_between_its_ends(findings):
    rows = {row[0]: row for row in texts(survival.interval_table(findings))}
    assert rows["molecular recurrence"][3] == "between 12 and 26 months"
    assert rows["death"][3:] == ["not reached", "all"]


def test_the_methods_name_what_ran_and_nothing_else(findings, nothing):
    said = " ".join(text for _, texts_ in methods.sections(findings) for text in texts_)
    for words in (
        "[@platzbecker2019]",
        "Turnbull",
        "alpha spending",
        "IPSS-M [@bernard2022]",
        "grammar of ISCN",
    ):
        assert words in said
    assert "Zeidan" not in said
    bare = " ".join(text for _, texts_ in methods.sections(nothing) for text in texts_)
    assert "Turnbull" not in bare
    assert "IPSS-M" not in bare


def test_every_drawer_of_the_page_has_its_contents(findings):
    page = render(findings)
    held = {
        name: len(json.loads(zlib.decompress(base64.b64decode(packed))))
        for name, packed in re.findall(r'id="charts-(drawers-[a-z0-9-]+)">([^<]+)<', page)
    }
    asked = re.findall(r'data-group="(drawers-[a-z0-9-]+)" data-drawer="(\d+)"', page)
    assert len(asked) > 40
    assert all(int(number) < held[group] for group, number in asked)
    assert len(set(asked)) == len(asked)


def test_a_composite_or_unread_part_is_said_beside_a_change(findings):
    first, last = findings.karyotypes[0], findings.karyotypes[4]
    doubtful = (first, replace(last, iscn="46,XX,del(5)(q13q33)[4],+8[3][cp6]/46,XX[14]"))
    found = replace(findings, karyotypes=doubtful, evolutions=karyotype_courses(doubtful))
    assert "a composite hides cells" in karyotypes.evolution(found, NAME)[0]
