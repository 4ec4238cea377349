"""study.toml is read strictly: every misspelt key is refused, with its line and the nearest known one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remnant.study import StudyConfig
from remnant.study.settings import SECTIONS, read_config
from remnant.study.template import STUDY_TOML


def config(tmp_path, text):
    path = tmp_path / "study.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_config(path)


def fault(tmp_path, text):
    settings, (found,) = config(tmp_path, text)
    assert settings == StudyConfig()
    assert found.source == "study.toml"
    return found


def test_an_empty_file_is_every_default(tmp_path):
    assert config(tmp_path, "") == (StudyConfig(), [])


def test_the_template_is_sound_and_says_the_defaults(tmp_path):
    settings, faults = config(tmp_path, STUDY_TOML)
    assert not faults
    default = StudyConfig()
    for name in ("clone", "compartments", "gates", "rare", "probe", "analysis"):
        assert getattr(settings, name) == getattr(default, name), name


@pytest.mark.parametrize(
    ("text", "line", "place", "near"),
    [
        ("[studdy]\n", 1, "studdy", "study"),
        ("titel = 'x'\n", 1, "titel", None),
        ("\n[study]\ntitel = 'x'\n", 3, "study.titel", "title"),
        ("[clone]\nmaker = 'x'\n", 2, "clone.maker", "marker"),
        ("[gates]\n\nfmo_quantil = 0.9\n", 3, "gates.fmo_quantil", "fmo_quantile"),
        ("[rare]\ndetection_event = 5\n", 2, "rare.detection_event", "detection_events"),
        ("[analysis]\nconfidnce = 0.9\n", 2, "analysis.confidnce", "confidence"),
        ("[compartments.stem]\nrol = 'stem'\nrole = 'stem'\n", 2, "compartments.stem.rol", "role"),
        (
            "[compartments]\nstem = { role = 'stem', phenotyp = '' }\n",
            2,
            "compartments.stem.phenotyp",
            "phenotype",
        ),
        ("[probe.EGR1]\nfalse_positiv = 1\n", 2, "probe.EGR1.false_positiv", "false_positive"),
        (
            "[probe.EGR1.false_positive]\nerrors = 1\ncorect = 9\ncorrect = 9\n",
            3,
            "probe.EGR1.false_positive.corect",
            "correct",
        ),
        ("[probe.'D5S23.1']\nfalse_negativ = 1\n", 2, "probe.D5S23.1.false_negativ", "false_negative"),
        ("[maturation.red]\nstages = ['a', 'b']\nstag = 1\n", 3, "maturation.red.stag", "stages"),
        ("study.titel = 'x'\n", 1, "study.titel", "title"),
    ],
)
def test_a_misspelt_key_at_every_depth_gives_its_line_and_the_nearest(tmp_path, text, line, place, near):
    found = fault(tmp_path, text)
    assert (found.line, found.column, found.found) == (line, place, "an unknown key")
    assert near is None or found.hint.startswith(f"did you mean {near}")


def test_a_key_in_the_wrong_section_is_sent_home(tmp_path):
    assert fault(tmp_path, "[gates]\nseed = 1\n").hint == "it belongs in [analysis]"


@pytest.mark.parametrize("section", SECTIONS)
def test_an_unknown_key_lists_the_known_ones(tmp_path, section):
    found = fault(tmp_path, f"[{section}]\nzzzzzz = 1\n")
    assert found.expected == ", ".join(SECTIONS[section].model_fields)


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("[analysis]\nseed = '5'\n", 2, "integer"),
        ("[analysis]\nseed = true\n", 2, "integer"),
        ("[analysis]\nseed = -1\n", 2, "greater than or equal to 0"),
        ("[analysis]\nconfidence = 95\n", 2, "less than 1"),
        ("[analysis]\nconfidence = nan\n", 2, "finite"),
        ("[analysis]\ncriteria = 'iwg2007'\n", 2, "'iwg2006'"),
        ("[rare]\ndetection_events = 0\n", 2, "greater than or equal to 1"),
        ("[rare]\nquantitation_events = 50.0\n", 2, "integer"),
        ("[rare]\n\nminimum_parent_events = -1\n", 3, "greater than or equal to 0"),
        ("[rare]\nquantitation_events = 10\n", 1, "at least detection_events, 20"),
        ("[study]\ntitle = 5\n", 2, "string"),
        ("[study]\nsynthetic = 'yes'\n", 2, "boolean"),
        ("study = 5\n", 1, "a section with keys"),
        ("[[study]]\ntitle = 'x'\n", 1, "a section with keys"),
        ("[compartments.x]\nrole = 'stm'\n", 2, "'stem'"),
        ("[compartments.x]\nphenotype = ''\n", 1, "a value"),
        ("[panel.hspc]\nCD34 = 1\n", 2, "string"),
        ("[probe.EGR1.false_positive]\nerrors = inf\ncorrect = 1\n", 2, "finite"),
        ("[compartments.a]\nrole = 'stem'\n[compartments.b]\nrole = 'stem'\n", 1, "two compartments"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(tmp_path, text, line, expected):
    found = fault(tmp_path, text)
    assert found.line == line
    assert expected in found.expected


def test_every_fault_is_said_at_once(tmp_path):
    _, faults = config(tmp_path, "[study]\ntitel = 'x'\n[analysis]\nseed = 'x'\nsed = 1\n")
    assert sorted(found.line for found in faults) == [2, 4, 5]


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("[study\n", 1, "TOML"),
        ("[study]\ntitle = x\n", 2, "TOML"),
        ("[study]\ntitle = 'a'\ntitle = 'b'\n", None, "TOML"),
        ("a = " + "[" * 5_000, None, "TOML"),
        ("[study]\ntitle = 'caf\u00e9'\n".encode("latin-1"), 2, "UTF-8 text"),
        ("[study]\n".encode("utf-16"), 1, "UTF-8 text"),
        (b"[study]\0\n", 1, "text"),
    ],
)
def test_what_is_no_toml_is_said(tmp_path, text, line, expected):
    found = fault(tmp_path, text)
    assert found.expected == expected
    assert line is None or found.line == line
    assert "\n" not in str(found)


def test_a_byte_order_mark_before_toml_changes_nothing(tmp_path):
    assert config(tmp_path, b"\xef\xbb\xbf[study]\ntitle = 'x'\n")[0].study.title == "x"


def test_a_settings_file_that_is_a_folder_is_said(tmp_path):
    (tmp_path / "study.toml").mkdir()
    (found,) = read_config(tmp_path / "study.toml")[1]
    assert str(tmp_path) not in str(found)


@given(st.text(max_size=80))
def test_no_text_crashes_the_settings(tmp_path_factory, text):
    settings, faults = config(tmp_path_factory.getbasetemp(), text.encode("utf-8", "replace"))
    assert settings == StudyConfig() or not faults


def test_the_role_of_a_compartment_names_it():
    assert StudyConfig().with_role("stem") == "stem"
    assert StudyConfig(compartments={}).with_role("stem") is None


def test_a_probe_that_is_not_described_has_the_labelled_example():
    assert StudyConfig().probe_errors("EGR1").false_positive.errors == 1


@pytest.mark.parametrize(
    ("stages", "said"),
    [
        ('["early"]', "stages"),
        ('["early", "early"]', "stands twice"),
        ('["early", "stem"]', "the name of a compartment"),
    ],
)
def test_stages_of_maturation_are_two_or_more_and_names_of_their_own(tmp_path, stages, said):
    assert said in str(fault(tmp_path, f"[maturation.erythroid]\nstages = {stages}\n"))
