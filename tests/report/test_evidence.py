"""What the report says of verdicts, acquisition and cells per µL: values of records, every gap said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from remnant.analysis.absolute import NO_VOLUME, CellsPerUl
from remnant.analysis.evidence import BACKGROUND, RareVerdict, TubeEvidence
from remnant.cytometry import IN, OUT
from remnant.cytometry.acquisition.cut import effect_of_cut
from remnant.cytometry.acquisition.findings import EventRange, Finding, Trouble
from remnant.cytometry.acquisition.quality import TubeQuality
from remnant.cytometry.acquisition.signal import ChannelQuality
from remnant.cytometry.rare.absolute import Platform
from remnant.cytometry.rare.verdict import Verdict
from remnant.report.evidence import acquisition, evidence_tables, not_counted, rule, verdict_cell
from remnant.report.page import render
from remnant.study.estimate import Estimate

CODES = np.where(np.arange(10_000) % 250 == 0, IN, OUT).astype(np.int8)
CUT = EventRange(1000, 2000)
QUIET = TubeQuality("t.fcs", 10_000, 20, (), (ChannelQuality("A", 1.0, 0.1, 0, 0, 0),) * 3, (), (), 0, ())
SHIFT = Finding(Trouble.SHIFT, "APC-A", (CUT,), 0.8, "APC-A CD34: median of 2 of 20 bins moved")
LOUD = replace(QUIET, findings=(SHIFT,), cut=(CUT,), cut_events=1000)
NOT_DONE = CellsPerUl("S", "t.fcs", "stem", None, Estimate.not_done(NO_VOLUME), Estimate.not_done(NO_VOLUME))


def verdict(kind, fraction, events=7, upper=3e-4, notes=()):
    return RareVerdict(
        "S", "t.fcs", "stem", kind, events, 40_000, 900, 20, 50, fraction, upper, "Said.", notes
    )


def evidence(found=None, quality=QUIET, absolute=NOT_DONE):
    found = found or verdict(Verdict.BELOW_LOD, Estimate.not_detected(3e-4, confidence=0.95))
    return TubeEvidence((found,), quality, (effect_of_cut("stem", CODES, quality.cut),), (absolute,))


def test_a_verdict_stands_with_its_bound_or_its_reason():
    below = verdict_cell(evidence(), "stem")
    assert (below.text, below.more) == ("below the limit of detection", "below 300 per million (one-sided)")
    few = verdict(Verdict.NOT_EVALUABLE, Estimate.not_evaluable("40,000 parent events of 500,000"))
    cell = verdict_cell(evidence(few), "stem")
    assert cell.text == "not evaluable"
    assert cell.more == "40,000 parent events of 500,000; below 300 per million (one-sided)"
    lost = verdict(Verdict.NOT_EVALUABLE, Estimate.not_evaluable("no CD90"), events=None, upper=None)
    assert verdict_cell(evidence(lost), "stem").more == ""
    assert verdict_cell(evidence(), "progenitor").text == verdict_cell(None, "stem").text == "–"


def test_what_weakens_a_verdict_is_said_and_the_convention_once():
    notes = ("limits by the convention of 20 events", BACKGROUND)
    found = verdict(Verdict.QUANTIFIED, Estimate.detected(1e-3, 8e-4, 2e-3, confidence=0.95), notes=notes)
    assert verdict_cell(evidence(found), "stem").more == BACKGROUND
    assert rule(evidence(found)) == " Verdict: detected from 20 events, quantified from 50."
    assert rule(None) == ""


def test_a_quiet_acquisition_is_one_short_statement_with_both_counts():
    assert acquisition(evidence()) == (
        "Nothing was found in 3 channels over 20 bins of time.",
        "No cut is proposed, so counts with and without it are the same (stem 40).",
    )
    assert acquisition(None) == ()
    assert evidence_tables(evidence()) == (None, None)


def test_a_change_is_said_with_its_events_and_both_counts_stand_in_a_table():
    found = evidence(quality=LOUD)
    assert acquisition(found) == (
        "APC-A CD34: median of 2 of 20 bins moved (events 1,001 to 2,000).",
        "Proposed cut, not applied: 1,000 of 10,000 events (1,001 to 2,000).",
    )
    table = evidence_tables(found)[0]
    assert [cell.text for cell in table.rows[0][:4]] == ["stem", "40", "36", "10 %"]


def test_a_tube_too_small_to_judge_says_so_and_many_ranges_are_counted():
    small = replace(QUIET, bins=0, notes=("300 events: changes over time are not evaluable below 5,000",))
    assert acquisition(evidence(quality=small))[0].startswith("300 events: changes")
    many = tuple(EventRange(n * 100, n * 100 + 50) for n in range(7))
    said = acquisition(evidence(quality=replace(LOUD, cut=many, cut_events=350)))[-1]
    assert said.endswith("301 to 350 and 3 further ranges).")


def test_cells_per_ul_are_shown_with_limits_or_with_the_reason_why_not():
    assert not_counted(evidence()) == (f"Cells per µL: not done, {NO_VOLUME}.",)
    limits = Estimate.detected(3.8, 3.3, 4.4, confidence=0.95)
    done = CellsPerUl("S", "t.fcs", "stem", Platform.BEADS, limits, limits, 5200, ("the lot",))
    table = evidence_tables(evidence(absolute=done))[1]
    assert [cell.text for cell in table.rows[0]] == ["stem", "3.80", "3.80", str(Platform.BEADS)]
    assert table.rows[0][3].more == "5,200 beads"
    assert table.caption.endswith("The lot.")
    assert not_counted(evidence(absolute=done)) == ()
    unknown = Estimate.not_evaluable("no beads")
    refused = CellsPerUl("S", "t.fcs", "stem", None, unknown, unknown)
    assert evidence_tables(evidence(absolute=refused))[1].rows[0][1].more == "no beads"


@pytest.mark.parametrize("quality", [QUIET, LOUD])
def test_the_page_takes_evidence_of_every_kind(cases, quality):
    findings = cases.example()
    loud = tuple(replace(tube, evidence=evidence(quality=quality)) for tube in findings.tubes)
    assert render(replace(findings, tubes=loud)).startswith("<!doctype html>")
