"""What a value of the interface means, and one that works: for its document."""

from __future__ import annotations

from typing import Any

SLIDE = {
    "sample_id": "P1-d0", "compartment": "stem", "probe": "EGR1", "nuclei_scored": 40, "nuclei_abnormal": 38,
}  # fmt: skip

# By the name of the parameter: what it means where its route says nothing, and an example.
VALUES: dict[str, tuple[str, Any]] = {
    "slug": ("Name of the study in addresses.", "demo"),
    "number": ("Number of the revision, tube, patient or job.", 1),
    "table": ("Name of a table, as GET .../tables lists it.", "fish"),
    "line": ("Line of the file on which the row begins.", 2),
    "name": ("Name of a figure, as GET .../figures lists it.", "cohort"),
    "kind": ("Kind of results, or ending of a file: svg, png, pdf or csv.", None),
    "find": ("Words of the title.", "lenalidomide"),
    "archived": ("Whether studies that were put away are listed.", False),
    "page": ("Which page, from 1.", 1),
    "size": ("Rows of a page.", 500),
    "who": ("Only what this person did.", "anna"),
    "what": ("Only changes whose place holds this text.", "fish.csv"),
    "before": ("Only what came before this number.", 100),
    "limit": ("How many at most.", 50),
    "drafts": ("Whether changes of drafts are listed too.", False),
    "study": ("Slug of a study; all studies by default.", "demo"),
    "state": ("Only those in this state.", None),
    "response": ("Only patients with this response.", None),
    "persistence": ("Only patients whose stem cells were spared, or not.", None),
    "patient": ("Number of a patient; all by default.", 1),
    "first": ("Number of an analysis.", 1),
    "second": ("Number of another.", 2),
    "why": ("Reason, for the history.", "the gate cut the CD38-dim cells"),
    "marker": ("A marker; all of them by default.", "CD38"),
    "expected": ("The revision that was looked at; 409 when the study has gone on.", 1),
}

_ANALYSE = {"kind": "analyse", "arguments": {"seed": 12}}
_CUTS = {"cuts": {"CD38": 400}}
_STUDY, _TABLE = "/api/v1/studies/{slug}", "/api/v1/studies/{slug}/tables/{table}"

# By method and path.
BODIES: dict[str, Any] = {
    "POST /api/v1/studies": {
        "files": ["study.zip"],
        "title": "Lenalidomide, second cohort",
        "why": "first data",
    },
    "POST /api/v1/check": {"files": ["study.zip"]},
    f"POST {_STUDY}/revisions": {"files": ["fish.csv"], "expected": 1, "why": "second reader"},
    "POST /api/v1/jobs": {"kind": "simulate-study", "arguments": {"patients": 7, "seed": 1}},
    f"POST {_STUDY}/jobs": _ANALYSE,
    f"POST {_TABLE}/rows": {"rows": [SLIDE], "why": "second slide"},
    f"POST {_TABLE}/check": {"rows": [SLIDE]},
    f"POST {_TABLE}/preview": {"rows": [SLIDE]},
    f"PATCH {_TABLE}/rows/{{line}}": {
        "values": {"nuclei_abnormal": 37},
        "why": "second reader",
        "revision": 1,
    },
    f"POST {_TABLE}/rows/{{line}}/remove": {"why": "entered twice", "revision": 1},
    f"POST {_STUDY}/gates/{{number}}/proposal": _CUTS,
    f"POST {_STUDY}/gates/{{number}}/review": _CUTS | {"why": "between the two peaks", "expected": 1},
    f"POST {_STUDY}/gates/{{number}}/review/withdrawal": {"why": "the recipe was right", "marker": "CD38"},
}

# Answers of what takes nothing.
ANSWERS: dict[str, Any] = {
    "GET /api/v1/session": {"name": "anna", "role": "editor", "csrf": ""},
    "GET /api/v1/jobs/kinds": [
        {
            "name": "analyse",
            "title": "Analyse",
            "says": "Who still carries malignant stem cells.",
            "fields": [],
        }
    ],
}
