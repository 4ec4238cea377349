"""Where one can go from a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from remnant.service.viewer import Viewer

if TYPE_CHECKING:
    from remnant.store.studies.studies import StudyRecord

Link = tuple[str, str, str]  # key, text, address

STUDY: tuple[tuple[str, str], ...] = (
    ("cohort", "Cohort"),
    ("patients", "Patients"),
    ("check", "Check"),
    ("tables", "Tables"),
    ("gates", "Gates"),
    ("jobs", "Jobs"),
    ("results", "Results"),
    ("what-if", "What-if"),
    ("history", "History"),
    ("export", "Export"),
)


def pages_of(record: StudyRecord, viewer: Viewer) -> list[Link]:
    """List the pages of a study, in the order of the work; to bring files is for those who may."""
    home = f"/s/{record.slug}"
    return [
        (key, text, home if key == "cohort" else f"{home}/{key}")
        for key, text in STUDY
        if key != "check" or viewer.may("editor")
    ]


def everywhere(viewer: Viewer) -> list[Link]:
    """List the pages that belong to no study; the people are listed to those who may change them."""
    links = [
        ("studies", "Studies", "/"),
        *([("upload", "Check my files", "/upload")] if viewer.may("editor") else []),
        ("plan", "Plan", "/plan"),
        ("all-jobs", "All jobs", "/jobs"),
        ("help", "Help", "/help"),
        ("words", "Words used", "/help/words"),
    ]
    if viewer.may("admin"):
        links.append(("people", "People", "/people"))
    return links
