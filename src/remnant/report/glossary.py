"""What the words of the report mean, and the papers that its methods come from."""

from __future__ import annotations

REFERENCES = (
    "Tehranchi R, et al. Persistent malignant stem cells in del(5q) myelodysplasia in remission. N Engl J "
    "Med 2010;363:1025-37.",
    "Cheson BD, et al. Response criteria in myelodysplasia. Blood 2006;108:419-25.",
    "Platzbecker U, et al. Proposals for revised IWG 2018 hematological response criteria. Blood "
    "2019;133:1020-30.",
    "Zeidan AM, et al. Consensus proposal for revised IWG 2023 response criteria. Blood 2023;141:2047-61.",
    "Khoury JD, et al. The 5th edition of the WHO classification of haematolymphoid tumours. Leukemia "
    "2022;36:1703-19.",
    "Arber DA, et al. The 2016 revision to the WHO classification of myeloid neoplasms. Blood 2016;127:2391.",
    "Arber DA, et al. International Consensus Classification of myeloid neoplasms. Blood 2022;140:1200.",
    "Greenberg PL, et al. Revised International Prognostic Scoring System. Blood 2012;120:2454-65.",
    "Bernard E, et al. Molecular International Prognostic Scoring System. NEJM Evid 2022;1(7).",
    "Schanz J, et al. New comprehensive cytogenetic scoring system. J Clin Oncol 2012;30:820-9.",
    "Boultwood J, et al. Advances in the 5q- syndrome. Blood 2010;116:5803-11.",
    "Clopper CJ, Pearson ES. Confidence limits of the binomial. Biometrika 1934;26:404-13.",
    "Rogan WJ, Gladen B. Prevalence from an imperfect test. Am J Epidemiol 1978;107:71-6.",
    "Hu Y, Smyth GK. Limiting dilution analysis. J Immunol Methods 2009;347:70-8.",
    "Moore WA, Parks DR. The logicle scale. Cytometry A 2012;81A:273-7.",
    "Cousins RD, Highland VL. Incorporating systematic uncertainties into an upper limit. Nucl Instrum "
    "Methods A 1992;320:331-5.",
    "Zou GY, Donner A. Construction of confidence limits about effect measures. Stat Med 2008;27:1693-702.",
    "Heuser M, et al. 2021 update on MRD in acute myeloid leukemia. Blood 2021;138:2753-67.",
    "Kaplan EL, Meier P. Estimation from incomplete observations. J Am Stat Assoc 1958;53:457-81.",
    "Turnbull BW. The empirical distribution function with censored data. J R Stat Soc B 1976;38:290-5.",
    "DeMets DL, Lan KKG. Interim analysis: the alpha spending function approach. Stat Med 1994;13:1341-52.",
    "Neal RM. Slice sampling. Ann Stat 2003;31:705-67.",
    "Vehtari A, et al. Rank-normalization, folding, and localization: an improved R-hat. Bayesian Anal "
    "2021;16:667-718.",
)

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
