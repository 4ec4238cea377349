"""Files that were brought: mended where they are wrong, accepted when sound, and nobody's work is lost."""

import importlib.util
from pathlib import Path

import pytest

from remnant.errors import ConflictError, NotHere, Refused, StudyError
from remnant.service import studies
from remnant.service.intake import drafts, mending, typed
from remnant.service.intake.desk import desk
from remnant.service.intake.differences import differences
from remnant.service.intake.uploads import gather
from remnant.service.viewer import LOCAL, Viewer
from remnant.store.files.blobs import read_blob
from remnant.store.files.trees import export_tree, tree_files
from remnant.store.house import open_store
from remnant.store.studies.drafts import draft as draft_called
from remnant.store.studies.drafts import drafts as all_drafts
from remnant.store.studies.studies import all_studies, revisions
from remnant.store.trail.audit import entries, verify_chain
from remnant.study.template import write_template

READER = Viewer("rita", "viewer")


@pytest.fixture
def lab(tmp_path):
    store = open_store(tmp_path / "home")
    yield store
    store.close()


@pytest.fixture
def bring(lab, tmp_path):
    """A function that makes a draft of files given as text or bytes, by name."""
    count = iter(range(1000))

    def made(files, record=None, viewer=LOCAL, **more):
        here = tmp_path / f"upload-{next(count)}"
        (here / "room").mkdir(parents=True)
        uploaded = []
        for number, (name, text) in enumerate(files.items()):
            place = here / str(number)
            place.write_bytes(text if isinstance(text, bytes) else text.encode())
            uploaded.append((name, place))
        return drafts.start(lab, viewer, gather(uploaded, here / "room"), record, **more)

    return made


@pytest.fixture
def template(tmp_path):
    """The files of a sound study."""
    write_template(tmp_path / "template")
    return {path.name: path.read_text() for path in (tmp_path / "template").iterdir()}


def gather_text(lab, name, data):
    """A file as an upload brings it."""
    place = lab.home / "partial" / "upload"
    place.write_bytes(data)
    (lab.home / "partial" / "room").mkdir(exist_ok=True)
    return gather([(name, place)], lab.home / "partial" / "room")


def text_of(lab, draft, path):
    return read_blob(lab, tree_files(lab, draft.tree)[path]).decode()


def test_a_sound_folder_becomes_a_study_with_its_bytes_its_author_and_its_reason(
    lab, bring, template, tmp_path
):
    draft = bring({f"my study/{name}": text for name, text in template.items()})
    assert desk(lab, draft).study is not None
    record = drafts.accept(lab, LOCAL, draft, None, title="Mine", why="first try")
    export_tree(lab, record.tree, tmp_path / "out")
    assert {path.name: path.read_text() for path in (tmp_path / "out").iterdir()} == template
    newest = entries(lab, study=record.id)[-1]
    assert (newest.who, newest.action, newest.why) == ("local", "create study", "first try")
    assert all_drafts(lab) == ()
    assert verify_chain(lab) == ()


def test_a_study_with_faults_is_not_accepted_and_its_draft_stays(lab, bring, template):
    template["fish.csv"] = template["fish.csv"].replace("EGR1,40,", "EGR1,4O,")
    draft = bring(template)
    with pytest.raises(StudyError) as caught:
        drafts.accept(lab, LOCAL, draft, None, title="Mine", why="")
    assert {fault.source for fault in caught.value.faults} == {"fish.csv"}
    assert all_studies(lab) == ()
    assert draft_called(lab, draft.id) == draft


def test_a_file_that_some_disk_lays_over_another_is_not_added(lab, bring, template, tmp_path):
    draft = bring(template | {"fcs/T1.fcs": "x"})
    (tmp_path / "more").write_text("y")
    (tmp_path / "room").mkdir()

    def added(name):
        return drafts.add(lab, LOCAL, draft, gather([(name, tmp_path / "more")], tmp_path / "room"))

    for name in ("FCS/T2.fcs", "fcs/t1.fcs"):
        with pytest.raises(StudyError, match="but for case or accents"):
            added(name)
    with pytest.raises(StudyError, match="Windows"):
        drafts.rename_file(lab, LOCAL, draft, "fcs/T1.fcs", "fcs/nul.fcs")
    with pytest.raises(StudyError, match="but for case"):
        drafts.rename_file(lab, LOCAL, draft, "fcs/T1.fcs", "Fish.csv")
    assert draft_called(lab, draft.id) == draft
    assert "fcs/T1.fcs" in tree_files(lab, added("fcs/T1.fcs").tree), "the same name is replaced"


def test_who_may_only_read_brings_nothing(lab, bring, template):
    with pytest.raises(Refused):
        bring(template, viewer=READER)
    draft = bring(template)
    with pytest.raises(Refused):
        drafts.accept(lab, READER, draft, None, title="Mine", why="")
    with pytest.raises(Refused):
        mending.mend(lab, READER, draft, [mending.Edit("fish.csv", 99, "probe", "EGR1")])


def test_a_cell_is_mended_and_every_other_byte_of_its_file_stays(lab, bring, template):
    before = template["fish.csv"].replace("\n", "\r\n")
    line = before.count("\n")
    draft = bring(template | {"fish.csv": before.encode().replace(b"EGR1,40,", b"EGR1,4O,")})
    found = desk(lab, draft).troubles[0]
    cell = next(cell for cell in found.sheet.lines[-1].cells if cell.faults)
    assert (cell.column, cell.text, found.sheet.lines[-1].number) == ("nuclei_scored", "4O", line)
    mended = mending.mend(lab, LOCAL, draft, [mending.Edit("fish.csv", line, cell.column, "40")])
    assert text_of(lab, mended, "fish.csv") == before
    assert desk(lab, mended).study is not None


def test_a_field_that_nobody_touched_changes_nothing(lab, bring, template):
    draft = bring(template)
    line = template["fish.csv"].count("\n")
    cells = template["fish.csv"].splitlines()[-1].split(",")
    fields = {typed.cell_field("fish", line, place): text for place, text in enumerate(cells)}
    assert typed.edits(lab, draft, draft.tree, fields) == []
    fields[typed.cell_field("fish", line, 3)] = "39"
    (edit,) = typed.edits(lab, draft, draft.tree, fields)
    assert edit == mending.Edit("fish.csv", line, "nuclei_scored", "39")


@pytest.mark.parametrize(
    "name",
    ["cell.fish.x.1", "cell.nothing.1.1", "cell.fish.1", "row.fish", "cell.fish.99999.1", "cell.fish.1.99"],
)
def test_a_field_of_no_cell_is_passed_over(lab, bring, template, name):
    draft = bring(template)
    assert typed.edits(lab, draft, draft.tree, {name: "1"}) == []


def test_what_was_typed_over_a_table_that_changed_meanwhile_is_refused_and_said(lab, bring, template):
    draft = bring(template)
    line = template["fish.csv"].count("\n")
    mending.mend(lab, LOCAL, draft, [mending.Edit("fish.csv", line, "probe", "EGR1x")])
    now = draft_called(lab, draft.id)
    with pytest.raises(ConflictError, match="another window"):
        typed.edits(lab, now, draft.tree, {typed.cell_field("fish", line, 3): "7"})


def test_settings_are_mended_as_text_and_keep_their_line_ends(lab, bring, template):
    windows = template["study.toml"].replace("\n", "\r\n")
    draft = bring(template | {"study.toml": windows.replace("iwg2006", "iwg2007")})
    (trouble,) = desk(lab, draft).troubles
    assert trouble.source == "study.toml"
    assert trouble.faults[0].line == windows[: windows.index("iwg2006")].count("\n") + 1
    same = mending.rewrite(lab, LOCAL, draft, "study.toml", trouble.text, seen=draft.tree)
    assert same == draft
    said = trouble.text.replace("iwg2007", "iwg2006")
    mended = mending.rewrite(lab, LOCAL, draft, "study.toml", said, seen=draft.tree)
    assert text_of(lab, mended, "study.toml") == windows


def test_percent_in_a_column_of_fractions_is_mended_in_all_rows_at_once(lab, bring, template):
    rows = "".join(f"P1-d{day},{day % 9}%\n" for day in range(60))
    samples = "sample_id,patient_id,day,material\n" + "".join(f"P1-d{d},P1,{d},marrow\n" for d in range(60))
    kept = {name: template[name] for name in ("study.toml", "patients.csv")}
    draft = bring(kept | {"samples.csv": samples, "marrows.csv": "sample_id,blasts_fraction\n" + rows})
    (trouble,) = desk(lab, draft).troubles
    proposals = trouble.sheet.proposals["blasts_fraction"]
    assert len(proposals) == 60
    mended = mending.change_column(lab, LOCAL, draft, "marrows.csv", "blasts_fraction", proposals)
    assert desk(lab, mended).study is not None
    assert "P1-d8,0.08\n" in text_of(lab, mended, "marrows.csv")


def test_a_misspelt_header_is_renamed_and_a_column_of_nobody_removed(lab, bring, template):
    text = template["fish.csv"].replace("nuclei_scored,", "nuclei_scord,")
    lines = [line if line.startswith("#") else f"{line},x" for line in text.splitlines()]
    draft = bring(
        template | {"fish.csv": "\n".join(lines).replace("contaminant,x", "contaminant,mood") + "\n"}
    )
    heads = {head.name: head for head in desk(lab, draft).troubles[0].sheet.header if head.faults}
    assert heads["nuclei_scord"].known == "nuclei_scored"
    assert set(heads) == {"nuclei_scord", "mood"}
    draft = mending.rename_column(lab, LOCAL, draft, "fish.csv", "nuclei_scord", "nuclei_scored")
    draft = mending.remove_column(lab, LOCAL, draft, "fish.csv", "mood")
    assert text_of(lab, draft, "fish.csv") == template["fish.csv"]


def test_a_row_with_a_cell_too_many_is_shown_and_mended_as_it_stands(lab, bring, template):
    line = template["fish.csv"].count("\n")
    draft = bring(template | {"fish.csv": template["fish.csv"].rstrip("\n") + ",extra\n"})
    shown = desk(lab, draft).troubles[0].sheet.lines[-1]
    assert (shown.number, shown.cells, shown.raw[-6:]) == (line, (), ",extra")
    edits = typed.edits(lab, draft, draft.tree, {typed.row_field("fish", line): shown.raw[:-6]})
    mended = mending.mend(lab, LOCAL, draft, edits)
    assert text_of(lab, mended, "fish.csv") == template["fish.csv"]


def test_two_people_cannot_write_over_each_other_and_their_files_come_together(lab, bring, template):
    record = drafts.accept(lab, LOCAL, bring(template), None, title="Mine", why="")
    anna, ben = Viewer("anna", "editor"), Viewer("ben", "editor")
    fish = template["fish.csv"].replace("EGR1,40,", "EGR1,41,")
    first = bring({"fish.csv": fish}, record, anna)
    second = bring({"therapy.csv": template["therapy.csv"].replace(",180,10,", ",180,5,")}, record, ben)
    after = drafts.accept(lab, anna, first, record, title="", why="recounted")
    with pytest.raises(ConflictError, match="revision 2 by anna"):
        drafts.accept(lab, ben, second, after, title="", why="dose")
    fresh = drafts.rebased(lab, ben, second, after, [])
    done = drafts.accept(lab, ben, fresh, after, title="", why="dose")
    assert [revision.by for revision in revisions(lab, done)] == ["ben", "anna", "local"]
    assert text_of(lab, done, "fish.csv") == fish
    line = fish.count("\n")
    changed = next(
        entry for entry in entries(lab, study=record.id) if entry.who == "anna" and entry.old == "40"
    )
    assert (changed.what, changed.new, changed.why) == (
        f"fish.csv line {line} nuclei_scored",
        "41",
        "recounted",
    )


def test_of_a_file_that_both_changed_each_can_be_taken(lab, bring, template):
    record = drafts.accept(lab, LOCAL, bring(template), None, title="Mine", why="")
    theirs, mine = (template["fish.csv"].replace("EGR1,40,", f"EGR1,{count},") for count in (41, 42))
    first, second, third = (bring({"fish.csv": text}, record) for text in (theirs, mine, mine))
    after = drafts.accept(lab, LOCAL, first, record, title="", why="")
    assert desk(lab, second).both == ("fish.csv",)
    assert text_of(lab, drafts.rebased(lab, LOCAL, second, after, ["fish.csv"]), "fish.csv") == mine
    assert text_of(lab, drafts.rebased(lab, LOCAL, third, after, []), "fish.csv") == theirs


def test_rows_without_a_key_are_paired_by_their_names_and_a_row_between_moves_nobody(lab, bring, template):
    header = "sample_id,compartment,probe,nuclei_scored,nuclei_abnormal\n"
    rows = [f"P1-d0,stem,EGR1,{count},1\n" for count in (100, 110, 120)]
    old = bring(template | {"fish.csv": header + "".join(rows)})
    new = bring(
        template
        | {
            "fish.csv": header
            + rows[0]
            + "P1-d0,bulk,EGR1,90,0\n"
            + rows[1]
            + rows[2].replace(",1\n", ",2\n")
        }
    )
    (change,) = differences(lab, old.tree, new.tree)
    assert [(row.line, row.kind) for row in change.rows] == [(3, "added"), (5, "changed")]
    assert change.rows[1].cells == (("nuclei_abnormal", "1", "2"),)


def test_a_missing_settings_file_is_begun_with_the_defaults(lab, bring, template):
    del template["study.toml"]
    draft = bring(template)
    (trouble,) = desk(lab, draft).troubles
    assert (trouble.source, trouble.absent) == ("study.toml", True)
    begun = drafts.begin_file(lab, LOCAL, draft, "study.toml")
    assert all(
        fault.source != "study.toml" for trouble in desk(lab, begun).troubles for fault in trouble.faults
    )


@pytest.fixture
def workbook(tmp_path):
    """A function that writes sheets as the smallest workbook."""
    path = Path(__file__).parents[1] / "study" / "test_workbook.py"
    spec = importlib.util.spec_from_file_location("workbook_by_hand", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def made(sheets):
        module.write_xlsx(tmp_path / "study.xlsx", sheets)
        return (tmp_path / "study.xlsx").read_bytes()

    return made


def test_a_workbook_is_a_study_and_becomes_tables_that_are_the_same_study(lab, bring, template, workbook):
    patients = [["patient_id", "sex"], ["P1", "female"]]
    samples = [["sample_id", "patient_id", "day", "material"], ["P1-d0", "P1", 0, "marrow"]]
    book = workbook({"patients": patients, "samples": samples})
    draft = bring({"study.toml": template["study.toml"], "study.xlsx": book})
    before = desk(lab, draft).study
    turned = drafts.as_tables(lab, LOCAL, draft)
    assert set(tree_files(lab, turned.tree)) == {"study.toml", "patients.csv", "samples.csv"}
    assert text_of(lab, turned, "samples.csv") == "sample_id,patient_id,day,material\nP1-d0,P1,0,marrow\n"
    after = desk(lab, turned).study
    assert all(after[name].drop("line").equals(before[name].drop("line")) for name in ("patients", "samples"))


def test_a_workbook_that_is_none_is_said(lab, bring, template):
    draft = bring({"study.toml": template["study.toml"], "study.xlsx": b"PK"})
    with pytest.raises(StudyError, match=r"study\.xlsx"):
        drafts.as_tables(lab, LOCAL, draft)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "an empty file"),
        (bytes(range(256)) * 50, "not UTF-8"),
        (b"sample_id;gene\n", "semicolons"),
        ("sample_id,gene\n".encode("utf-16"), "UTF-16"),
        (b'sample_id,gene\n"P1', "no table"),
        (b"sample_id,gene\n\0\n", "NUL"),
        (b"PK\x03\x04" + bytes(60), "NUL"),
    ],
)
def test_what_is_no_table_is_said_and_harms_nothing(lab, bring, template, data, found):
    draft = bring(template | {"mutations.csv": data})
    (trouble,) = desk(lab, draft).troubles
    assert trouble.source == "mutations.csv"
    assert any(found in fault.found for fault in trouble.faults)
    assert desk(lab, drafts.remove(lab, LOCAL, draft, "mutations.csv")).study is not None


def test_a_folder_read_at_once_is_the_study_of_its_files(lab, study_folder):
    record = studies.bring_in_folder(lab, LOCAL, study_folder, "the demo")
    assert record.synthetic
    assert studies.checked(lab, record).patients == studies.checked(lab, record).patients
    assert len(studies.checked(lab, record).patients) == 2


def test_a_draft_that_two_people_accept_at_once_is_one_study(lab, bring, template):
    draft = bring(template)
    drafts.accept(lab, LOCAL, draft, None, title="Mine", why="")
    with pytest.raises(NotHere):
        drafts.accept(lab, LOCAL, draft, None, title="Mine", why="")
    assert len(all_studies(lab)) == 1
    assert [entry.action for entry in entries(lab)] == ["drop draft", "create study", "put draft"]


def test_what_someone_changes_while_a_draft_is_accepted_is_not_dropped_with_it(lab, bring, template):
    seen = bring(template)
    line = template["fish.csv"].count("\n")
    mended = mending.mend(lab, LOCAL, seen, [mending.Edit("fish.csv", line, "nuclei_scored", "4000")])
    with pytest.raises(ConflictError, match="other files"):
        drafts.accept(lab, LOCAL, seen, None, title="Mine", why="")
    assert (all_studies(lab), all_drafts(lab)) == ((), (mended,))


def test_what_someone_changes_while_a_draft_is_rebased_is_not_dropped_with_it(lab, bring, template):
    record = drafts.accept(lab, LOCAL, bring(template), None, title="Mine", why="")
    seen = bring({"notes.txt": "one"}, record)
    more = drafts.add(lab, LOCAL, seen, gather_text(lab, "notes.txt", b"two"))
    with pytest.raises(ConflictError, match="other files"):
        drafts.rebased(lab, LOCAL, seen, record, [])
    assert all_drafts(lab) == (more,)
