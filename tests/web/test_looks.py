"""What has to be in sight is in sight: the way out of a faulty row, the page one is on, the field to mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from remnant.store.access.people import add_person
from remnant.store.files.trees import put_folder, replaced_file
from remnant.store.house import open_store
from remnant.store.studies.drafts import put_draft
from remnant.store.studies.studies import create_study

SMALL = Path(__file__).parents[1] / "service" / "small"
COUNTS = (
    "patient_id,day,haemoglobin_g_per_dl,neutrophils_1e9_per_l,platelets_1e9_per_l,leukocytes_1e9_per_l,"
    "blasts_fraction\nP1,0,low,2.1,{platelets},4.2,0\n"
)


@pytest.fixture(scope="module")
def address(served, tmp_path_factory):
    """A server with a study, and a draft whose widest table has a fault."""
    store = open_store(tmp_path_factory.mktemp("looks") / "home")
    tree = put_folder(store, SMALL)
    study = create_study(store, who="anna", title="Small", tree=tree, synthetic=True)
    broken = replaced_file(store, tree, "blood_counts.csv", COUNTS.format(platelets="1" * 60).encode())
    put_draft(store, who="anna", study=study.id, base=1, tree=broken, title="")
    yield served(store)
    store.close()


@pytest.mark.parametrize("width", [1440, 800, 390])
def test_a_row_with_faults_can_be_removed_without_scrolling_sideways(browser, address, width):
    page = browser.new_page(viewport={"width": width, "height": 900}, base_url=address)
    page.goto("/drafts/1")
    button = page.get_by_role("button", name="Remove row").first.bounding_box()
    region = page.get_by_role("region", name="blood_counts.csv, rows with faults").bounding_box()
    assert region["x"] <= button["x"]
    assert button["x"] + button["width"] <= region["x"] + region["width"] + 1
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_on_a_telephone_the_pages_stand_in_one_line_with_this_one_in_sight(browser, address):
    page = browser.new_page(viewport={"width": 390, "height": 900}, base_url=address)
    for where in ("/s/small/export", "/people"):
        page.goto(where)
        here = page.locator("nav.side [aria-current]").bounding_box()
        assert here["x"] >= 0
        assert here["x"] + here["width"] <= 390
        assert page.locator("nav.side").bounding_box()["height"] < 130
    page.close()


def test_a_refused_form_begins_at_its_first_fault(browser, address):
    page = browser.new_page(base_url=address)
    page.goto("/s/small/tables/fish/new")
    page.get_by_label("Sample").fill("P1-d0")
    page.get_by_label("Compartment").fill("stemm")
    page.get_by_role("button", name="Save the row").click()
    page.get_by_text("Nothing was saved").wait_for()
    assert page.evaluate("document.activeElement.name") == "c-compartment"
    page.close()


def test_who_is_not_known_sees_a_log_in_and_no_empty_frame(visit, lab):
    add_person(lab, who="local", name="anna", role="admin")
    stranger = visit(secure=True).get("/login").text
    assert 'class="side"' not in stranger
    assert "autofocus" in stranger


def test_to_remove_a_person_takes_a_second_thought(visitor, lab):
    add_person(lab, who="local", name="anna", role="admin")
    token = add_person(lab, who="local", name="ben", role="admin")
    said = visitor.get("/people", headers={"Authorization": f"Bearer {token}"}).text
    asked = said.index("<summary>Remove…</summary>")
    assert asked < said.index("Remove anna for good") < said.index("</details>", asked)


def test_days_that_are_no_number_are_said_as_they_were_typed(visitor):
    said = visitor.post("/people", data={"name": "anna", "role": "admin", "days": "soon"})
    assert said.status_code == 422
    assert "Found &#39;soon&#39;; expected 1 to 3650 days" in said.text


def test_who_may_not_is_told_the_role_that_it_takes_and_how_it_is_given(visit, lab):
    add_person(lab, who="local", name="anna", role="admin")
    token = add_person(lab, who="local", name="ben", role="viewer")
    said = visit(secure=True).get("/people", headers={"Authorization": f"Bearer {token}"})
    assert said.status_code == 403
    assert "Found <b>the role viewer</b>; expected the role admin" in said.text
    assert "remnant people role NAME admin" in said.text
