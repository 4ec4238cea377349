"""Figures as files, made without a browser."""

import pytest


@pytest.fixture
def reader(analysed, visit):
    """Somebody at this machine, with the analysed study."""
    return visit(store=analysed)


def test_each_figure_that_is_listed_is_a_file_of_every_kind(reader):
    listed = reader.get("/api/v1/studies/four/figures").json()
    assert listed
    mine = reader.get("/api/v1/studies/four/figures", params={"patient": 1}).json()
    assert {one["patient"] for one in mine} == {1}
    for name in (listed[0]["name"], mine[0]["name"]):
        for kind, start in (("svg", b"<svg"), ("png", b"\x89PNG"), ("pdf", b"%PDF"), ("csv", b"table,")):
            answer = reader.get(f"/s/four/figures/{name}.{kind}")
            assert answer.status_code == 200
            assert answer.content.startswith(start)
            assert "attachment" in answer.headers["content-disposition"]


def test_the_library_that_draws_is_served_packed_and_kept_for_ever(reader):
    page = reader.get("/s/four").text
    where = page.split('id="library" data-src="')[1].split('"')[0]
    answer = reader.get(where, headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert answer.headers["content-encoding"] == "gzip"
    assert "immutable" in answer.headers["cache-control"]
    assert b"vegaEmbed" in answer.content


def test_the_interface_says_what_it_takes_and_what_goes_wrong(reader):
    spec = reader.get("/api/v1/openapi.json").json()
    mine = {path: way for path, way in spec["paths"].items() if path.startswith("/api/v1/studies/{slug}/")}
    for path in (
        "findings",
        "patients",
        "patients/{number}",
        "figures",
        "what-if/{number}",
        "results/compare",
    ):
        operations = mine[f"/api/v1/studies/{{slug}}/{path}"]
        for operation in operations.values():
            assert operation.get("description")
            assert "404" in operation["responses"]
