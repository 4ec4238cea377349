"""What must hold for every karyotype: drawn as records, spelt by the test, broken at random."""

import random
import sys
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remnant.cytogenetics.iscn import read_karyotype
from remnant.cytogenetics.iscn.bands import BANDS, bands_of
from remnant.cytogenetics.iscn.karyotype import Abnormality, Change, Clone, Segment
from remnant.errors import IscnError

ARMS = sorted(BANDS)
CHANGES = {"+": Change.GAIN, "-": Change.LOSS, "": Change.STRUCTURAL}


@st.composite
def bands(draw, arm):
    """A band of an arm, with one of its sub-bands or none."""
    band = draw(st.sampled_from([band for band in bands_of(arm) if band != "10"]))
    finer = draw(st.integers(0, bands_of(arm)[band]))
    return f"{arm[-1]}{band}" + (f".{finer}" if finer else "")


@st.composite
def one_chromosome(draw):
    """A segment of one chromosome: the two bands of a deletion from the centromere outwards."""
    kind = draw(st.sampled_from(["del", "dup", "inv", "add", "i", "trp", "idic", "hsr", "r"]))
    arm = draw(st.sampled_from(ARMS))
    points = [draw(bands(arm))]
    if kind in ("del", "dup", "inv", "trp"):
        points.append(draw(bands(arm)))
    if kind == "i":
        points = [f"{arm[-1]}10"]
    if kind == "r":
        points = [draw(bands(arm[:-1] + "p")), draw(bands(arm[:-1] + "q"))]
    return Segment(kind, (arm[:-1],), ("".join(sorted(points, key=lambda p: float(p[1:]))),))


@st.composite
def exchange(draw):
    """A segment of two to four chromosomes, each broken once."""
    arms = draw(st.lists(st.sampled_from(ARMS), min_size=2, max_size=4, unique_by=lambda arm: arm[:-1]))
    kind = draw(st.sampled_from(["t", "dic", "t", "tas"])) if len(arms) == 2 else "t"
    return Segment(kind, tuple(arm[:-1] for arm in arms), tuple(draw(bands(arm)) for arm in arms))


@st.composite
def derivative(draw):
    """A derivative with its changes in a row."""
    parts = draw(st.lists(one_chromosome() | exchange(), min_size=1, max_size=3))
    parts = [part for part in parts if part.kind in ("del", "dup", "inv", "add", "t")]
    first = parts[0].chromosomes[0] if parts else "5"
    parts = parts or [Segment("t", ("5", "7"), ("q13", "q22"))]
    return (Segment("der", (first,)), *parts)


def spell(segments):
    """Spell segments by the book."""
    spelt = [
        f"{s.manner} {s.kind}".strip()
        + f"({';'.join(s.chromosomes)})"
        + (f"({';'.join(s.bands)})" if s.bands else "")
        for s in segments
    ]
    return "".join(spelt)


@st.composite
def abnormalities(draw, signs=("", "+")):
    """Any abnormality but a loss of what a parent has."""
    form = draw(st.sampled_from(["whole", "one", "exchange", "derivative", "marker"]))
    own = draw(st.booleans()) and form != "marker"
    copies = draw(st.sampled_from([1, 1, 1, 2]))
    tail = ("c" if own else "") + (f"x{copies}" if copies > 1 else "")
    if form == "whole":
        sign = "+" if "-" not in signs else draw(st.sampled_from(["+", "-"]))
        name = draw(st.sampled_from([str(n) for n in range(1, 23)]))
        part = (Segment("", (name,)),)
        return Abnormality(f"{sign}{name}{tail}", sign, part, CHANGES[sign], copies, constitutional=own)
    if form == "marker":
        number = draw(st.sampled_from(["", "1", "2"]))
        part = (Segment("mar", (number,) if number else ()),)
        return Abnormality(f"+mar{number}{tail}", "+", part, Change.GAIN, copies)
    sign = draw(st.sampled_from(sorted(signs)))
    parts = {"one": one_chromosome().map(lambda s: (s,)), "exchange": exchange().map(lambda s: (s,))}
    part = draw(parts.get(form, derivative()))
    unknown = any(p.kind == "der" and len(part) == 1 for p in part)
    return Abnormality(f"{sign}{spell(part)}{tail}", sign, part, CHANGES[sign], copies, unknown, own)


@st.composite
def karyotypes(draw):
    """Clones with a text: the first stands alone, later ones inherit from it or from a subclone."""
    clones, texts = [], []
    sex = draw(st.sampled_from(["XX", "XY"]))
    for place in range(draw(st.integers(1, 4))):
        signs = ("", "+", "-") if place == 0 else ("", "+")
        drawn = abnormalities(signs)
        if place:  # a gain or loss could take back what is inherited
            drawn = drawn.filter(lambda a: a.sign == "" or a.segments[0].kind)
        own = tuple(draw(st.lists(drawn, min_size=1, max_size=4)))
        if place == 0:
            heir, held, written = "", (), sex
        else:
            heir = draw(st.sampled_from(["idem", "sl", "sl1", *[f"sdl{n}" for n in range(1, place)]]))
            parent = int(heir[3:]) if heir.startswith("sdl") else 0
            held, written = clones[parent].abnormalities, heir
        low = draw(st.integers(44, 48))
        high = draw(st.integers(low, 48))
        cells, composite = draw(st.integers(1, 30)), draw(st.booleans())
        number = f"{low}" if low == high else f"{low}~{high}"
        text = ",".join([number, written, *(a.text for a in own)]) + f"[{'cp' if composite else ''}{cells}]"
        letters = sex if place == 0 else ""
        clones.append(Clone(text, low, high, letters, held + own, heir, cells, composite, False, False))
        texts.append(text)
    return clones, "/".join(texts)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(karyotypes())
def test_what_is_written_by_the_book_is_read_as_it_was_meant(drawn):
    clones, text = drawn
    karyotype = read_karyotype(text)
    assert [replace(clone, abnormalities=()) for clone in karyotype.clones] == [
        replace(clone, abnormalities=()) for clone in clones
    ]
    for found, meant in zip(karyotype.clones, clones, strict=True):
        assert found.abnormalities == meant.abnormalities
    assert str(karyotype) == text
    assert karyotype.complete


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(karyotypes())
def test_small_letters_and_spaces_change_nothing_but_the_remarks(drawn):
    clones, text = drawn
    assert read_karyotype(text.lower().replace(",", ", ")).clones == tuple(clones)


LETTERS = "46,XYxy del(5)(q13q33)[20]/+-78idemslcp~?;*:>nishtr.orm<4n>−×\u0663²"
SHAPES = [
    "46,XX,del(5)(q13q33)[12]/46,XX[8]",
    "45,xy,-7[3]/47,xy,idem,+8,+mar[4]/46,xy[10]",
    "43~46,XY,der(4)t(4;10)(q25;q22)add(10)(q24),-7,+1~3mar[cp5]/46,XY[2]//46,XX[3]",
    "47,XX,+12[6]/47,sl,add(4)(q25)[7]/46,sdl1,-12,psu dic(9;13)(q34;p11.2)[2]/nonclonal w/clonal[1]",
    "46,XX,der(14)(14pter->14q22::14q24.1->14q31)[2].nuc ish(D5S23x2,EGR1x1)[150/200]",
]


def broken(rng):
    """A real-shaped string with a few slips of the finger."""
    letters = list(rng.choice(SHAPES))
    for _ in range(rng.randint(1, 5)):
        place = rng.randrange(len(letters))
        slip = rng.random()
        if slip < 0.35:
            del letters[place]
        elif slip < 0.7:
            letters.insert(place, rng.choice(LETTERS))
        else:
            other = rng.randrange(len(letters))
            letters[place], letters[other] = letters[other], letters[place]
    return "".join(letters)


def check_answer(text):
    """Read, or refuse with a place in the text; what is read is written so that it reads the same."""
    try:
        karyotype = read_karyotype(text)
    except IscnError as refusal:
        (fault,) = refusal.faults
        assert 1 <= int(fault.column.removeprefix("position ")) <= len(text) + 1
        return False
    assert all(1 <= remark.position <= len(text) + 1 for remark in karyotype.remarks)
    written = str(karyotype)
    assert str(read_karyotype(written)) == written
    return True


def test_a_broken_string_is_read_or_refused_with_its_place():
    rng = random.Random(20100909)
    answers = [check_answer(broken(rng)) for _ in range(400)]
    assert 0.2 < sum(answers) / len(answers) < 0.98


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(20))
def test_a_hundred_thousand_broken_strings_are_read_or_refused(chunk):
    rng = random.Random(chunk)
    for _ in range(5_000):
        check_answer(broken(rng))


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=LETTERS, max_size=60) | st.text(max_size=40))
def test_any_text_is_read_or_refused(text):
    for whole in (text, f"46,XX,{text}[3]", f"46,XX,del(5)({text})[3]", f"46,XX[{text}]"):
        check_answer(whole)


def steps(text):
    """Function calls that reading takes, of Python and of C: a count that no other process disturbs."""
    count = 0

    def tick(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(tick)
    try:
        read_karyotype(text)
    except IscnError:
        pass
    finally:
        sys.setprofile(before)
    return count


GROWING = {
    "gains": lambda n: "46,XX" + ",+8" * (n // 3) + "[3]",
    "clones": lambda n: "/".join(["46,XX" + ",+8" * (n // 300) + "[2]"] * 100),
    "subclones of subclones": lambda n: (
        "47,XX,+8[2]/47,sl[2]" + "".join(f"/47,sdl{i}" + ",+9" * (n // 300) + "[2]" for i in range(1, 90))
    ),
    "losses of what was gained": lambda n: (
        "46,XX" + ",+8" * (n // 6) + "[3]/46,idem" + ",-8" * (n // 6) + "[3]"
    ),
    "a derivative": lambda n: "46,XX,der(5)" + "add(5)(q13)" * (n // 11) + "[3]",
    "bands": lambda n: "46,XX,r(5)(" + "q13" * (n // 3) + ")[3]",
    "brackets": lambda n: "46,XX" + "[3]" * (n // 3),
    "opening brackets": lambda n: "46,XX," + "(" * n,
    "slashes": lambda n: "46,XX[2]" + "/" * n,
    "spaces": lambda n: "46,XX," + " " * n + "+8[3]",
    "dots": lambda n: "46,XX[3]" + "." * n + "x",
    "questions": lambda n: "46,XX," + "?" * n + "[3]",
    "digits": lambda n: "4" * n + ",XX[3]",
    "commas": lambda n: "46,XX" + "," * n + "[3]",
    "ish": lambda n: "46,XX,(" + "ish " * (n // 4),
    "nonclonal": lambda n: "46,XX[2]" + "/nonclonal w" * (n // 12) + "[3]",
    "no slashes": lambda n: "46,XX[2]" * (n // 8),
    "letters": lambda n: "x" * n,
}


@pytest.mark.parametrize("shape", GROWING)
def test_the_work_grows_no_faster_than_the_text(shape):
    read_karyotype("46,XX,del(5)(q13q33)[2]")  # the grammar is made once
    lengths = [4_000, 8_000, 16_000]
    work = [steps(GROWING[shape](length)) for length in lengths]
    assert work[2] <= 2.3 * work[1] + 500
    assert work[1] <= 2.3 * work[0] + 500


@pytest.mark.slow
@pytest.mark.parametrize("shape", GROWING)
def test_the_work_grows_no_faster_up_to_64_000_letters(shape):
    work = [steps(GROWING[shape](1_000 * 2**n)) for n in range(7)]
    assert all(more <= 2.3 * less + 500 for less, more in pairwise(work))
