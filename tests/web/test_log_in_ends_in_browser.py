"""A log-in ends, or a server, while somebody types: what is typed stays, and is saved afterwards."""

from pathlib import Path

import pytest

from remnant.store.access import people
from remnant.store.database.tables import sessions
from remnant.store.files.trees import put_folder
from remnant.store.house import open_store
from remnant.store.studies.studies import create_study, study_called

SMALL = Path(__file__).parents[1] / "service" / "small"
ENDED = "Your log-in has ended. What you typed is still here."


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    store = open_store(tmp_path_factory.mktemp("lab") / "home")
    create_study(store, who="anna", title="Small", tree=put_folder(store, SMALL), synthetic=True)
    yield store
    store.close()


@pytest.fixture(scope="module")
def token(lab):
    return people.add_person(lab, who="local", name="anna", role="admin")


@pytest.fixture
def page(browser, served, lab, token):
    """A page of somebody who has logged in."""
    context = browser.new_context(base_url=served(lab))
    opened = context.new_page()
    log_in(opened, token)
    yield opened
    context.close()


def log_in(page, token):
    page.goto("/login")
    page.fill("#f-token", token)
    page.click("main button.main")
    page.wait_for_url("**/")


def end_every_session(lab):
    with lab.begin() as connection:
        connection.execute(sessions.delete())


def type_a_row(page):
    page.goto("/s/small/tables/fish_controls/new")
    page.fill("#f-probe", "EGR1")
    page.fill("#f-control_id", "c99")
    page.fill("#f-nuclei_scored", "200")
    page.fill("#f-nuclei_abnormal", "3")


def test_a_row_outlives_the_log_in_and_is_saved_after_the_next(page, lab, token):
    type_a_row(page)
    end_every_session(lab)
    with page.expect_response(lambda answer: answer.status == 401):
        page.press("#f-nuclei_abnormal", "Tab")  # the field asks whether it is sound
    page.wait_for_selector("#told a")
    assert ENDED in page.inner_text("#told")
    page.click("text=Save the row")
    assert page.input_value("#f-control_id") == "c99"
    with page.context.expect_page() as other:
        page.click("#told a")
    door = other.value
    door.fill("#f-token", token)
    door.click("main button.main")
    door.wait_for_url("**/fish_controls/new")
    door.close()
    page.click("text=Save the row")
    page.wait_for_url("**/fish_controls?at=*")
    assert "c99" in page.inner_text("tr.fresh")
    assert study_called(lab, "small").head == 2, "one row, once"


def test_a_form_stays_where_the_server_is_gone(page, lab):
    type_a_row(page)
    page.context.set_offline(True)
    page.click("text=Save the row")
    page.wait_for_selector("#told:not(:empty)")
    assert "cannot be reached" in page.inner_text("#told")
    assert page.input_value("#f-control_id") == "c99"
    assert page.url.endswith("/new")
    page.context.set_offline(False)
    page.fill("#f-control_id", "c100")
    head = study_called(lab, "small").head
    page.dblclick("text=Save the row")
    page.wait_for_url("**/fish_controls?at=*")
    assert study_called(lab, "small").head == head + 1, "pressed twice, saved once"
