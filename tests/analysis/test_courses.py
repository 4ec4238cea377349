"""Courses made by hand, each with its truth: what the visits show, when, and under which dose.

All of them are synthetic. A patient has marrows on days -5, 180, 360, 540 and 720, is cleared of the clone in
progenitors and metaphases by day 180, and keeps it in a third of the stem cells, unless the case says so.
"""

from __future__ import annotations

import csv
from collections import defaultdict

import pytest

from remnant.analysis import Plan, courses
from remnant.analysis.clinical_course import LEVELS, Level, clinical_return
from remnant.analysis.clone_series import clone_series
from remnant.analysis.compartments import score_slides
from remnant.analysis.events import event_intervals, interval_times, leads
from remnant.analysis.findings import Findings
from remnant.analysis.karyotypes import metaphase_counts, read_karyotypes
from remnant.analysis.leukaemia import blast_looks
from remnant.analysis.monitoring import monitoring
from remnant.analysis.resistance import resistances
from remnant.persistence import State, follow
from remnant.response import EVENTS, NO_CATEGORY, NOT_EVALUABLE, REMISSIONS, ResponseCall, classify, histories
from remnant.store import from_json, to_json
from remnant.study import Evidence, read_study

BASE, NORMAL = "46,XX,del(5)(q13q33)[18]/46,XX[2]", "46,XX[20]"
VISITS = (-5, 180, 360, 540, 720)
U, P, CLEAR = State.UNTREATED, State.REMISSION_PERSISTENT, State.REMISSION_CLEAR
MOLECULAR, CYTOGENETIC, CLINICAL = (
    State.MOLECULAR_RECURRENCE,
    State.CYTOGENETIC_RECURRENCE,
    State.CLINICAL_RECURRENCE,
)


COMPARTMENTS = "".join(
    f'[compartments.{name}]\nrole = "{role}"\nphenotype = "{phenotype}"\n'
    for name, role, phenotype in (
        ("stem", "stem", "CD34+ CD38-/low CD90+"), ("progenitor", "progenitor", "CD34+ CD38+"),
        ("bulk", "bulk", ""), ("cd34", "bulk", "CD34+"),
    )
)  # fmt: skip


def visit(karyotype=NORMAL, progenitor=(1, 100), stem=(20, 60), bulk=(1, 200), blasts=0.02, **more):
    return dict(karyotype=karyotype, progenitor=progenitor, stem=stem, bulk=bulk, blasts=blasts, **more)


DRAWN = visit(BASE, (95, 100), (58, 60), (170, 200), dysplasia="megakaryocytic")
FULL = ("lenalidomide", 0, None, 10)
GROWN = {540: visit(progenitor=(30, 100)), 720: visit(progenitor=(40, 100))}
# name: visits that differ (None: missed), courses of therapy, days of anaemia, states
CASES = {
    "persistent": ({}, [FULL], [], [U, P, P, P, P]),
    "clear": ({day: visit(stem=(0, 60)) for day in VISITS[1:]}, [FULL], [], [U] + [CLEAR] * 4),
    "stem-not-looked-at": (
        {360: visit(stem=None), 540: visit(stem=(0, 0))},
        [FULL],
        [],
        [U, P, State.REMISSION_NOT_DONE, State.REMISSION_UNKNOWN, P],
    ),
    "missed-visit": (GROWN | {360: None}, [FULL], [], [U, P, None, MOLECULAR, MOLECULAR]),
    "transient": (
        {360: visit(progenitor=(30, 100)), 540: visit(progenitor=(0, 100))},
        [FULL],
        [],
        [U, P, P, P, P],
    ),
    "cytogenetic": (
        {720: visit("46,XX,del(5)(q13q33)[6]/46,XX[14]", (45, 100))},
        [FULL],
        [],
        [U, P, P, P, CYTOGENETIC],
    ),
    "discordant": (
        {day: visit(bulk=(50, 200)) for day in (540, 720)},
        [FULL],
        [],
        [U, P, P, CYTOGENETIC, CYTOGENETIC],
    ),
    "held": (
        GROWN,
        [("lenalidomide", 0, 399, 10), ("lenalidomide", 600, None, 10)],
        [],
        [U, P, P, MOLECULAR, MOLECULAR],
    ),
    "reduced": (
        GROWN,
        [("lenalidomide", 0, 200, 10), ("lenalidomide", 201, None, 5)],
        [],
        [U, P, P, MOLECULAR, MOLECULAR],
    ),
    "full-dose": (GROWN, [FULL], [], [U, P, P, MOLECULAR, MOLECULAR]),
    "transplant": (
        {360: visit(progenitor=(30, 100)), 540: visit(progenitor=(50, 100))},
        [("lenalidomide", 0, 500, 10), ("allogeneic transplantation", 600, 600, None)],
        [],
        [U, P, MOLECULAR, MOLECULAR, P],
    ),
    "relapse": ({720: visit(progenitor=(60, 100))}, [FULL], [(600, 720)], [U, P, P, P, CLINICAL]),
    "leukaemia": ({720: visit(blasts=0.25)}, [FULL], [], [U, P, P, P, State.AML]),
    "evolution": (
        {720: visit("47,XX,del(5)(q13q33),+8[5]/46,XX[15]")},
        [FULL],
        [],
        [U, P, P, P, State.CYTOGENETIC_PROGRESSION],
    ),
    "no-karyotype": (
        {day: visit(None, bulk=None) for day in VISITS[1:]},
        [FULL],
        [],
        [U] + [State.RESPONDING] * 4,
    ),
    "resistant": (
        {day: visit(BASE, (95, 100), (58, 60), (170, 200)) for day in VISITS[1:]},
        [FULL],
        [(0, 720)],
        [U] + [State.NO_RESPONSE] * 4,
    ),
    "expansion": (
        {-5: visit("46,XX,del(5)(q13q33)[7]/46,XX[13]", (30, 100), (40, 60), (50, 200))}
        | {day: visit(BASE, (75, 100), (45, 60), (150, 200)) for day in VISITS[1:]},
        [FULL],
        [(0, 720)],
        [U] + [State.EXPANSION] * 4,
    ),
    "not-treated": ({}, [], [], [U] * 5),
    "blood": ({}, [FULL], [], [U, P, P, MOLECULAR, MOLECULAR]),
}
BLOOD = {200: (1, 200), 300: (2, 200), 400: (30, 200), 500: (70, 200)}  # of CD34+ cells


def write(folder, name, rows):
    rows = [{key: value for key, value in row.items() if value is not None} for row in rows]
    header = list(dict.fromkeys(key for row in rows for key in row))
    with (folder / f"{name}.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, header)
        table.writeheader()
        table.writerows(rows)


def tables(name, differs, therapy, anaemic):
    rows = defaultdict(list)
    rows["patients"].append({"patient_id": name, "last_contact_day": 740, "died": "no"})
    for day in VISITS:
        found = differs.get(day, DRAWN if day < 0 else visit())
        if found is None:
            continue
        sample = f"{name}-{day}"
        rows["samples"].append({"sample_id": sample, "patient_id": name, "day": day, "material": "marrow"})
        marrow = {"blasts_fraction": found["blasts"], "dysplasia": found.get("dysplasia", "none")}
        rows["marrows"].append({"sample_id": sample} | marrow)
        if found["karyotype"]:
            rows["karyotypes"].append({"sample_id": sample, "iscn": found["karyotype"]})
        for compartment in ("stem", "progenitor", "bulk"):
            if (count := found[compartment]) is not None:
                rows["fish"].append(
                    {"sample_id": sample, "compartment": compartment, "probe": "EGR1",
                     "nuclei_abnormal": count[0], "nuclei_scored": count[1]}
                )  # fmt: skip
    for day, (k, n) in BLOOD.items() if name == "blood" else ():
        sample = f"{name}-b{day}"
        rows["samples"].append({"sample_id": sample, "patient_id": name, "day": day, "material": "blood"})
        rows["fish"].append(
            {"sample_id": sample, "compartment": "cd34", "probe": "EGR1", "nuclei_abnormal": k,
             "nuclei_scored": n}
        )  # fmt: skip
        rows["mutations"].append(
            {
                "sample_id": sample,
                "gene": "TP53",
                "variant": "p.R248W",
                "alternate_reads": 4 * k,
                "depth": 4 * n,
            }
        )
    for drug, first, last, dose in therapy:
        rows["therapy"].append(
            {"patient_id": name, "drug": drug, "start_day": first, "end_day": last, "dose_mg": dose}
        )
    rows["transfusion_log"].append({"patient_id": name, "start_day": -112, "end_day": 740})
    for day in range(-112, 741, 14):
        low = day < 28 or any(first <= day <= last for first, last in anaemic)
        rows["blood_counts"].append(
            {"patient_id": name, "day": day, "haemoglobin_g_per_dl": 8.1 if low else 12.6,
             "neutrophils_1e9_per_l": 2.5, "platelets_1e9_per_l": 250, "leukocytes_1e9_per_l": 5,
             "blasts_fraction": 0}
        )  # fmt: skip
        if low and day % 28 == 0:
            rows["transfusions"].append(
                {"patient_id": name, "day": day, "product": "red_cells", "units": 2,
                 "haemoglobin_before_g_per_dl": 8.1}
            )  # fmt: skip
    return rows


class Answers:
    """The part of the journey that follows patients, without gates, cultures and the joint model."""

    def __init__(self, folder):
        self.study = study = read_study(folder)
        self.plan = plan = Plan.of(study.config)
        karyotypes = read_karyotypes(study, plan)
        _, clones = score_slides(study, plan)
        patients = {item.patient_id: item for item in histories(study)}
        responses = classify(study, metaphases=metaphase_counts(karyotypes))
        answers = courses.answers_of(patients, responses)
        first_doses = {name: item.treatment.first_dose for name, item in patients.items()}
        series, blasts = clone_series(study, plan, clones, first_doses), blast_looks(study)
        self.returns = courses.relapses(study, answers, series)
        facts = courses.visit_facts(study, plan, clones, answers, series, karyotypes, blasts)
        self.courses = follow(facts)
        self.events = event_intervals(study, answers, responses.independence, series, self.returns, blasts)
        self.interval_times = interval_times(self.events, confidence=0.95)
        self.leads, self.pooled = leads(self.events, confidence=0.95)
        self.resistances = {
            item.patient_id: item for item in resistances(study, answers, series, probability=0.95)
        }
        self.monitoring = monitoring(series, first_doses, confidence=0.95)

    def event(self, patient, name):
        return next(item for item in self.events if (item.patient_id, item.event) == (patient, name))


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("courses")
    rows = defaultdict(list)
    for name, (differs, therapy, anaemic, _) in CASES.items():
        for table, mine in tables(name, differs, therapy, anaemic).items():
            rows[table] += mine
    (folder / "study.toml").write_text(
        '[study]\ntitle = "Courses made by hand"\nsynthetic = true\n' + COMPARTMENTS
    )
    for table, mine in rows.items():
        write(folder, table, mine)
    return Answers(folder)


@pytest.mark.parametrize("name", CASES)
def test_a_course_made_by_hand_has_the_states_of_its_truth(answers, name):
    expected = dict(zip(VISITS, CASES[name][3], strict=True))
    found = {c.day: c.state for c in answers.courses if c.patient_id == name and c.day in VISITS}
    assert found == {day: state for day, state in expected.items() if state is not None}


def test_every_state_on_treatment_has_reasons_and_rows(answers):
    for item in answers.courses:
        assert item.reasons
        if item.state is not U:
            assert item.sources


def test_the_four_absences_of_stem_cells_stay_apart(answers):
    kinds = {(c.patient_id, c.day): c.stem_evidence for c in answers.courses}
    assert kinds["persistent", 360] is Evidence.DETECTED
    assert kinds["clear", 360] is Evidence.NOT_DETECTED
    assert kinds["stem-not-looked-at", 360] is Evidence.NOT_DONE
    assert kinds["stem-not-looked-at", 540] is Evidence.NOT_EVALUABLE
    clear = next(c for c in answers.courses if (c.patient_id, c.day) == ("clear", 360))
    assert 0.03 < clear.stem_upper < 0.12
    assert any("excluded above" in reason for reason in clear.reasons)


def test_discordance_of_metaphases_and_fish_is_said(answers):
    found = next(c for c in answers.courses if (c.patient_id, c.day) == ("discordant", 540))
    assert any(reason.startswith("FISH of bulk") for reason in found.reasons)
    assert any("discordant" in reason for reason in found.reasons)


def test_a_missed_visit_widens_the_interval_of_the_recurrence(answers):
    on_time, missed = (answers.event(name, "molecular recurrence") for name in ("full-dose", "missed-visit"))
    assert (on_time.after_day, on_time.by_day) == (360, 540)
    assert (missed.after_day, missed.by_day) == (180, 540)


def test_a_rise_that_is_not_confirmed_is_no_recurrence_and_is_told(answers):
    found = answers.event("transient", "molecular recurrence")
    assert (found.after_day, found.by_day) == (720, None)
    assert "day 360 was not confirmed" in found.reason


def test_events_that_were_looked_for_and_not_seen_are_censored_at_the_last_look(answers):
    assert answers.event("persistent", "clinical recurrence").by_day is None
    assert answers.event("persistent", "clinical recurrence").after_day == 720
    assert answers.event("persistent", "death").after_day == 740
    assert answers.event("not-treated", "response").after_day is None
    assert answers.event("resistant", "cytogenetic recurrence").after_day is None
    assert answers.event("leukaemia", "acute leukaemia").by_day == 720


@pytest.mark.parametrize(
    ("name", "kind", "resistant"),
    [
        ("full-dose", "acquired resistance", True),
        ("held", "growth while held", False),
        ("reduced", "growth while dose reduced", False),
        ("transplant", "acquired resistance", True),
        ("persistent", "no resistance shown", False),
        ("resistant", "primary resistance", True),
        ("expansion", "primary resistance", True),
        ("not-treated", "not evaluable", None),
    ],
)
def test_resistance_is_growth_under_the_full_dose(answers, name, kind, resistant):
    found = answers.resistances[name]
    assert (found.kind, found.resistant) == (kind, resistant), found.reason
    if resistant:
        assert {row.file for row in found.sources} >= {"fish.csv", "therapy.csv"}


def test_the_clone_in_progenitors_leads_the_clinical_relapse_only_where_the_looks_say_so(answers):
    by = {(lead.patient_id, lead.first, lead.second): lead for lead in answers.leads}
    ahead = by["full-dose", "molecular recurrence", "clinical recurrence"]
    assert (ahead.lower, ahead.upper, ahead.sign) == (180, None, "first came first")
    both = by["relapse", "molecular recurrence", "clinical recurrence"]
    assert both.lower < 0 < both.upper
    assert both.sign == "unsure"
    assert by["not-treated", "molecular recurrence", "clinical recurrence"].sign == "not evaluable"
    assert by["persistent", "molecular recurrence", "clinical recurrence"].sign == "neither seen"


def test_bulk_cells_are_a_series_of_their_own(answers):
    found = {item.patient_id: item for item in answers.monitoring if item.of == "bulk"}
    assert found["discordant"].rise_day == 540
    assert found["persistent"].rise_day is None
    assert {item.material for item in found.values()} == {"marrow"}
    assert found["discordant"].doubling_days > 0
    assert found["discordant"].slope_lower > 0


def test_cd34_cells_and_reads_of_the_blood_are_followed_apart_from_the_sorted_marrow(answers):
    """The marrow stays clear in every sort; the blood shows the clone, and its doubling time."""
    mine = {(i.material, i.of): i for i in answers.monitoring if i.patient_id == "blood"}
    assert set(mine) == {("blood", "cd34"), ("blood", "TP53 p.R248W"), ("marrow", "bulk")}
    cells, reads = mine["blood", "cd34"], mine["blood", "TP53 p.R248W"]
    for item in (cells, reads):
        assert (item.rise_after_day, item.rise_day, item.rise_confirmed) == (300, 400, True)
        assert item.doubling_lower < item.doubling_days < item.doubling_upper < 120
    assert (cells.assay, reads.assay) == ("FISH", "reads")
    assert "no error of the sequencer" in reads.basis
    event = answers.event("blood", "molecular recurrence")
    assert (event.after_day, event.by_day) == (300, 400)
    relapse = next(r for r in answers.returns if (r.patient_id, r.kind) == ("blood", "clone"))
    assert relapse.day is None  # the sorted progenitors of the marrow
    state = next(c for c in answers.courses if (c.patient_id, c.day) == ("blood", 540))
    assert any("cd34 (blood, FISH)" in reason for reason in state.reasons)


def test_curves_of_what_the_visits_leave_open_hold_between_their_limits(answers):
    assert {item.event for item in answers.interval_times} >= {"response", "molecular recurrence", "death"}
    for item in answers.interval_times:
        for low, early, late, high in zip(item.lower, item.earliest, item.latest, item.upper, strict=True):
            assert 0 <= low <= early <= late <= high <= 1


def test_all_that_a_course_holds_can_be_stored(answers):
    """Every record goes to JSON and comes back equal."""
    stored = (
        *answers.courses, *answers.events, *answers.interval_times, *answers.leads, *answers.pooled,
        *answers.monitoring, *answers.resistances.values(), *answers.returns,
    )  # fmt: skip
    for record in stored:
        assert from_json(type(record), to_json(record), source="x") == record
    names = {"event_intervals", "interval_times", "lead_times", "pooled_leads", "monitoring", "resistances"}
    assert names <= set(Findings.__dataclass_fields__)


def call(day, category, criteria="IWG 2006", improvement=(), lost=()):
    return ResponseCall("P1", day, None, criteria, category, None, improvement, lost, (), ())


def test_every_category_that_the_response_gives_has_a_meaning():
    assert {*REMISSIONS, *EVENTS, NO_CATEGORY, NOT_EVALUABLE, "stable disease"} <= set(LEVELS)
    assert LEVELS["CR equivalent"] is Level.COMPLETE


@pytest.mark.parametrize(
    ("calls", "start", "day"),
    [
        ([call(90, "CR"), call(180, "relapse")], 90, 180),
        ([call(90, "CR"), call(180, "not evaluable"), call(270, "CR")], 90, None),
        ([call(90, "HI", "IWG 2018", ("HI-E",)), call(180, NO_CATEGORY, "IWG 2018", (), ("HI-E",))], 90, 180),
        ([call(90, "CRh", "IWG 2023"), call(180, "HI", "IWG 2023")], 90, None),
        ([call(90, "CR equivalent", "IWG 2023"), call(180, NO_CATEGORY, "IWG 2023")], 90, 180),
        ([call(90, "stable disease"), call(180, "disease progression")], None, None),
        ([call(90, "a category of another day")], None, None),
    ],
)
def test_a_response_is_lost_by_the_words_of_its_own_criteria(calls, start, day):
    found = clinical_return("P1", calls)
    assert (found.remission_day, found.day) == (start, day)


def test_a_loss_lies_between_the_last_look_without_it_and_the_first_with_it():
    calls = [call(90, "CR"), call(120, "CR"), call(150, "not evaluable"), call(180, "relapse")]
    found = clinical_return("P1", calls)
    assert (found.free_until, found.day, found.confirmed) == (120, 180, None)
