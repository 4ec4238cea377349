"""What the words of the report mean."""

from __future__ import annotations

GLOSSARY = (
    ("Not done", "Nobody measured it. There is no number, and nothing follows."),
    (
        "Not evaluable",
        "It was attempted and cannot be judged, as when a hybridisation fails. The reason is given.",
    ),
    (
        "Not detected",
        "It was looked for and not found. What follows is a bound: the largest fraction that would still be "
        "missed this easily. Few cells give a high bound.",
    ),
    ("Detected", "It was found, and is given with an interval."),
    ("Nought", "A value that was measured as 0, such as a day without a transfusion inside a complete log."),
    (
        "Clone fraction",
        "Cells of the clone among a compartment, corrected for errors of the probe and purity of the sort.",
    ),
    ("Burden", "Cells of the clone in a compartment, per million viable nucleated cells."),
    (
        "G0",
        "Cells at rest: the DNA of one cell and no sign of proliferation. It is told of a compartment, for "
        "cells of the clone and normal ones alike.",
    ),
    ("Frequency", "Functional cells per cell plated, from limiting dilution."),
    ("Cut-off", "The count of abnormal nuclei from which a slide is called, at its own number of nuclei."),
    (
        "Criteria set",
        "IWG 2006, 2018 or 2023. They ask for different things of different patients, so each stands by "
        "itself; a category of one is never written for another.",
    ),
    (
        "Cytogenetic response",
        "By metaphases alone, of at least 20. With none abnormal, clones above the bound beside it are "
        "excluded, and smaller ones are not.",
    ),
    (
        "Molecular recurrence",
        "The clone rises beyond assay noise in a series after it had fallen; it is no relapse by blood or "
        "marrow.",
    ),
    (
        "After and by",
        "An event came after the last look without it and by the first look with it. No day between the two "
        "is more likely than another.",
    ),
    (
        "Range of a score",
        "The scores that missing values leave open. A category holds where it is the same all over.",
    ),
    ("Spared", "The odds of the clone are higher in stem cells than in progenitors of the same sample."),
)
