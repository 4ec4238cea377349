"""Several people at one study: no work is lost, a conflict is said in words, the history tells all."""

import random
import threading

import pytest
from starlette.testclient import TestClient
from tests.web.furnished import BUSY, ROLES

from remnant.store.backup.verify import verify
from remnant.store.files.trees import tree_files
from remnant.store.queue import jobs as queue
from remnant.store.studies.drafts import drafts
from remnant.store.studies.studies import revisions, study_called
from remnant.store.trail.audit import entries
from remnant.web.app import create_app

SLUG = "two"
PLATELETS = "platelets_1e9_per_l"
ROWS = f"/api/v1/studies/{SLUG}/tables/biomarkers/rows"


class Person(threading.Thread):
    """Somebody with a part of the work: each step asks, and notes what the server said of it."""

    def __init__(self, app, token, name, steps, seed):
        super().__init__()
        headers = {"Authorization": f"Bearer {token}"}
        self.client = TestClient(
            app, base_url="http://127.0.0.1:8765", headers=headers, follow_redirects=False
        )
        self.name, self.steps, self.chance = name, steps, random.Random(seed)
        self.added, self.changed, self.reviewed, self.brought, self.asked = [], [], [], [], []
        self.conflicts, self.broken = [], []

    def run(self):
        for number in range(self.steps):
            act = self.chance.choice(
                (self.add, self.add, self.change, self.review, self.bring, self.ask_for_work)
            )
            try:
                act(number)
            except Exception as error:
                self.broken.append(error)
                raise

    def head(self):
        return self.client.get(f"/api/v1/studies/{SLUG}").json()["study"]["head"]

    def took(self, answer, *good):
        if answer.status_code == 409:
            said = answer.json()
            self.conflicts.append(said["faults"] or said["detail"])
        else:
            assert answer.status_code in good, (answer.request.url, answer.status_code, answer.text[:300])
        return answer.status_code in good

    def add(self, number):
        name = f"{self.name}-{number}"
        row = {"sample_id": self.sample(), "name": name, "value": number, "unit": "U/l"}
        if self.took(self.client.post(ROWS, json={"rows": [row]}), 201):
            self.added.append(name)

    def change(self, number):
        """Write another value into a row that all of them write to, knowing what it was."""
        seen = self.client.get(f"/api/v1/studies/{SLUG}/tables/blood_counts", params={"size": 1}).json()
        (row,) = seen["rows"]
        value = f"{50 + self.chance.randrange(900)}"
        body = {"values": {PLATELETS: value}, "why": f"{self.name} {number}", "revision": seen["revision"]}
        place = f"/api/v1/studies/{SLUG}/tables/blood_counts/rows/{row['line']}"
        if self.took(self.client.patch(place, json=body), 200):
            self.changed.append((f"{self.name} {number}", row["values"][PLATELETS], value))

    def review(self, number):
        wish = {"cuts": {"CD38": 300 + number}, "why": f"{self.name} {number}", "expected": self.head()}
        if self.took(self.client.post(f"/api/v1/studies/{SLUG}/gates/1/review", json=wish), 200):
            self.reviewed.append(wish["why"])

    def bring(self, number):
        files = {"files": ("fish.csv", f"sample_id\n{self.name}-{number}\n")}
        answer = self.client.post(f"/s/{SLUG}/check", files=files)
        if self.took(answer, 303):
            self.brought.append(int(answer.headers["location"].split("/")[-1]))

    def ask_for_work(self, number):
        wish = {"kind": "analyse", "arguments": {"seed": self.chance.randrange(3), "forecast": "no"}}
        answer = self.client.post(f"/api/v1/studies/{SLUG}/jobs", json=wish)
        if self.took(answer, 202):
            self.asked.append(answer.json()["id"])
            if number % 3 == 0:
                self.took(self.client.post(f"/api/v1/jobs/{answer.json()['id']}/cancel"), 200)

    def sample(self):
        return self.client.get(f"/api/v1/studies/{SLUG}/tables/samples").json()["rows"][0]["values"][
            "sample_id"
        ]


def work_together(furnished, people, steps, seed):
    store = furnished.copy()
    app = create_app(store, settings=BUSY)
    token = furnished.tokens[ROLES[1]]
    present = [Person(app, token, f"p{number}", steps, seed + number) for number in range(people)]
    for person in present:
        person.start()
    for person in present:
        person.join()
    assert not [error for person in present for error in person.broken]
    return store, present


def nothing_is_lost(store, present):
    """What each was told is kept stands in the study, once, with who and why; and the store is whole."""
    record = study_called(store, SLUG)
    trail = [entry for entry in entries(store, limit=100_000) if entry.study == record.id]
    whys = [revision.why for revision in revisions(store, record)]
    numbers = [revision.number for revision in revisions(store, record)]
    assert sorted(numbers) == list(range(1, record.head + 1))
    text = (store.home / "blobs").joinpath
    sha = tree_files(store, record.tree).get("biomarkers.csv", "")
    biomarkers = text(sha[:2], sha).read_text() if sha else ""
    there = {draft.id for draft in drafts(store)}
    for person in present:
        for name in person.added:
            assert biomarkers.count(f",{name},") == 1
        for why in (*(why for why, _, _ in person.changed), *person.reviewed):
            assert whys.count(why) == 1
        assert set(person.brought) <= there
        assert all(queue.job_called(store, number) for number in person.asked)
        for why, old, new in person.changed:
            told = [(e.old, e.new) for e in trail if e.why == why and e.what.endswith(PLATELETS)]
            assert told == [(old, new)], "a change was made from what its author had seen"
        assert all(person.conflicts), "a conflict is said in words"
    assert {f"draft {number}" for person in present for number in person.brought} <= {e.what for e in trail}
    assert verify(store).faults == ()


def test_three_people_at_one_study_lose_nothing(furnished):
    store, present = work_together(furnished, 3, 8, seed=1)
    nothing_is_lost(store, present)
    store.close()


def test_two_people_who_change_one_cell_at_once_are_told_so(furnished):
    store = furnished.copy()
    app, token = create_app(store, settings=BUSY), furnished.tokens["editor"]
    one, other = (Person(app, token, name, 0, 1) for name in ("ben", "eva"))
    seen = one.client.get(f"/api/v1/studies/{SLUG}/tables/blood_counts", params={"size": 1}).json()
    place = f"/api/v1/studies/{SLUG}/tables/blood_counts/rows/{seen['rows'][0]['line']}"
    body = {"values": {PLATELETS: "101"}, "why": "a", "revision": seen["revision"]}
    assert one.client.patch(place, json=body).status_code == 200
    refused = other.client.patch(place, json=body | {"values": {PLATELETS: "102"}})
    assert refused.status_code == 409
    assert "revision 2 by editor" in refused.json()["faults"][0]["found"]
    form = {f"c-{PLATELETS}": "102", "why": "mine", "head": str(seen["revision"])}
    page = other.client.post(place.replace("/api/v1/studies", "/s"), data=form)
    assert page.status_code == 409
    assert "101" in page.text, "theirs is shown beside mine"
    assert "102" in page.text
    nothing_is_lost(store, (one, other))
    store.close()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_eight_people_for_a_long_day(furnished, seed):
    store, present = work_together(furnished, 8, 40, seed=100 * seed)
    nothing_is_lost(store, present)
    assert sum(len(person.added) for person in present) > 40
    store.close()
