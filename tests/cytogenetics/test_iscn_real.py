"""Real strings, read in place: every clone's cells against a scan that knows no karyotype."""

import csv
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from remnant.cytogenetics.iscn import read_karyotype
from remnant.errors import IscnError

DATA = Path(__file__).parents[2] / ".." / "shared" / "data"
COHORT = DATA / "ipssm-cohort-a" / "df_clinical.tsv"
CLINICAL = DATA / "karyotypes-a" / "cytogps_start_karyotypes.csv"
CORPUS = DATA / "karyotypes-a" / "iscn_validity_corpus.json"
needs_cohort = pytest.mark.skipif(
    not COHORT.exists(), reason="../shared/data/ipssm-cohort-a is not beside the repository"
)
needs_clinical = pytest.mark.skipif(
    not CLINICAL.exists(), reason="../shared/data/karyotypes-a is not beside the repository"
)


def cohort():
    with COHORT.open() as lines:
        texts = [row["CYTOGENETICS"] for row in csv.DictReader(lines, delimiter="\t")]
    return [text for text in texts if text not in ("", "NA")]


def clinical():
    with CLINICAL.open() as lines:
        return list(csv.DictReader(lines))


def scan(text):
    """Cells of each clone: cut at slashes outside square brackets, take the first number of the last ones."""
    text = re.split(r"\.\s*(?:nuc )?ish\b", text)[0]
    text = re.sub(r"non[ -]?clonal w/", "nonclonal w ", text)
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(text):
        depth += (letter == "[") - (letter == "]")
        if letter == "/" and depth == 0:
            parts.append(text[start:place])
            start = place + 1
    parts.append(text[start:])
    counts = []
    for part in parts:
        brackets = re.findall(r"\[([^\[\]]*)\]", part)
        numbers = re.findall(r"\d+", brackets[-1]) if brackets else []
        counts.append(int(numbers[0]) if numbers else None)
    return counts


def try_all(texts):
    read, refused = {}, {}
    for text in texts:
        try:
            read[text] = read_karyotype(text)
        except IscnError as error:
            refused[text] = error.faults[0].column
    return read, refused


@needs_cohort
def test_at_least_99_percent_of_a_cohort_is_read_with_the_cells_that_a_scan_finds():
    texts = cohort()
    read, refused = try_all(texts)
    assert all(place.startswith("position ") for place in refused.values())
    differ = {
        text: (scan(text), [clone.cells for clone in karyotype.clones])
        for text, karyotype in read.items()
        if scan(text) != [clone.cells for clone in karyotype.clones]
    }
    # Each difference is one where the scan is too simple: 6+3 cells, or `nl` cells behind a comma.
    explained = [text for text in differ if re.search(r"\[\d+\+\d+\]|nl\[", text)]
    assert len(differ) == len(explained)
    right = sum(text in read for text in texts)
    assert right >= 0.99 * len(texts)


@needs_cohort
def test_a_cohort_is_read_whole_and_written_so_that_it_reads_the_same():
    read, _ = try_all(cohort())
    counts = Counter(cohort())
    whole = sum(counts[text] for text, karyotype in read.items() if karyotype.complete)
    assert whole >= 0.97 * sum(counts.values())
    for karyotype in read.values():
        again = read_karyotype(str(karyotype))
        assert again.clones == karyotype.clones
        assert str(again) == str(karyotype)


@needs_cohort
def test_the_sex_chromosomes_of_a_cohort_agree_with_its_patients():
    with COHORT.open() as lines:
        rows = [row for row in csv.DictReader(lines, delimiter="\t") if row["SEX"] in ("M", "F")]
    told = []
    for row in rows:
        try:
            sex = read_karyotype(row["CYTOGENETICS"]).sex
        except IscnError:
            continue
        if sex is not None:
            told.append(sex == {"M": "male", "F": "female"}[row["SEX"]])
    assert len(told) > 1000
    assert sum(told) >= 0.98 * len(told)


@needs_clinical
def test_every_string_that_another_grammar_takes_is_read_whole():
    taken = [row["karyotype"] for row in clinical() if row["cytogps_status"] != "Nonfixable grammar error"]
    read, refused = try_all(taken)
    assert refused == {}
    assert all(karyotype.complete for karyotype in read.values())
    assert all(scan(text) == [c.cells for c in karyotype.clones] for text, karyotype in read.items())


@needs_clinical
def test_strings_with_local_comments_are_read_and_the_comment_is_told():
    rest = [row["karyotype"] for row in clinical() if row["cytogps_status"] == "Nonfixable grammar error"]
    read, refused = try_all(rest)
    assert len(read) >= 0.98 * (len(read) + len(refused))
    # What has no comment was refused elsewhere for its symbols: sl2, sdl1, a chromosome that is not known.
    commented = [text for text in read if re.search(r"nonclonal|4n|one |two |three ", text)]
    assert all(read[text].remarks for text in commented)
    for text, karyotype in read.items():
        assert karyotype.remarks or text == str(karyotype) or karyotype.in_situ, text
        slashes_missing = re.search(r"\]\s*\d\d", text)
        assert slashes_missing or scan(text) == [clone.cells for clone in karyotype.clones], text
        assert read_karyotype(str(karyotype)).clones == karyotype.clones


@needs_clinical
def test_a_corpus_of_valid_and_invalid_strings_is_told_apart():
    corpus = json.loads(CORPUS.read_text())
    silent = ("no cells in brackets", "the changes give 47 chromosomes")  # one of them has a marker too many
    for case in corpus["valid"]:
        karyotype = read_karyotype(case["input"])
        assert [r for r in karyotype.remarks if not r.reading.startswith(silent)] == [], case["input"]
    read, refused = try_all([case["input"] for case in corpus["invalid"]])
    assert read == {}
    assert len(refused) == len(corpus["invalid"])
