"""Risk and names of the disease from a study: the last values before the first dose, each with its row."""

import pytest

from remnant.analysis import Plan, read_karyotypes
from remnant.analysis.diagnosis import Diagnosis, diagnoses
from remnant.analysis.dysplasia import dysplastic_lines
from remnant.analysis.variants import variants_of
from remnant.diagnosis.ipss_m_weights import GENES
from remnant.response import histories
from remnant.store import from_json, to_json
from remnant.study import read_study

PANEL = "".join(f"S0,{gene},,0,900,\n" for gene in (*GENES, "TP53"))
TABLES = {
    "study.toml": '[study]\ntitle = "Invented"\n',
    "patients.csv": "patient_id,sex,birth_year,anchor_date,last_contact_day\nP1,female,1955,2020-01-15,400\n",
    "samples.csv": ("sample_id,patient_id,day,material\nS0,P1,-7,marrow\nS1,P1,90,marrow\nS2,P1,0,blood\n"),
    "therapy.csv": "patient_id,drug,start_day,end_day,dose_mg\nP1,lenalidomide,0,180,10\n",
    "blood_counts.csv": (
        "patient_id,day,haemoglobin_g_per_dl,neutrophils_1e9_per_l,platelets_1e9_per_l,blasts_fraction\n"
        "P1,-30,9.5,2.4,310,0.01\nP1,-1,8.9,,300,\nP1,60,12.1,1.1,90,0\n"
    ),
    "transfusion_log.csv": "patient_id,start_day,end_day\nP1,-112,300\n",
    "marrows.csv": (
        "sample_id,blasts_fraction,dysplasia,auer_rods,ring_sideroblasts_fraction\n"
        "S0,0.03,megakaryocytic,no,0.02\nS1,0.07,none,no,0\n"
    ),
    "karyotypes.csv": (
        'sample_id,iscn\nS0,"46,XX,del(5)(q13q33)[15]/46,XX[5]"\n'
        'S1,"47,XX,del(5)(q13q33),-7,+8,+21[15]/46,XX[5]"\n'
    ),
    "mutations.csv": (
        "sample_id,gene,variant,alternate_reads,depth,loss_of_heterozygosity\n"
        + PANEL.replace("S0,SF3B1,,0,900,", "S0,SF3B1,p.K700E,350,1000,")
        + "S1,TP53,p.R248W,400,1000,yes\n"
    ),
}


@pytest.fixture
def diagnose(tmp_path):
    def at(**changed) -> Diagnosis:
        tables = TABLES | {f"{name}.csv": text for name, text in changed.items()}
        for name, text in tables.items():
            if text:
                (tmp_path / name).write_text(text)
        study = read_study(tmp_path)
        karyotypes = read_karyotypes(study, Plan.of(study.config))
        (found,) = diagnoses(study, {one.patient_id: one for one in histories(study)}, karyotypes)
        return found

    return at


def categories(found):
    return [one.category for one in found.definitions]


def test_a_patient_is_judged_by_the_last_values_before_the_first_dose(diagnose):
    found = diagnose()
    assert (found.patient_id, found.before_day) == ("P1", 0)
    facts = found.facts
    assert (facts.haemoglobin, facts.platelets, facts.neutrophils) == (8.9, 300, 2.4)
    assert (facts.marrow_blasts, facts.blood_blasts, facts.ring_sideroblasts) == (3.0, 1.0, 2.0)
    assert (facts.del5q, facts.other_abnormalities, facts.monosomy7, facts.complex_) == (
        True,
        0,
        False,
        False,
    )
    assert (facts.tp53_mutations, facts.sf3b1, facts.auer_rods, facts.dysplastic_lines) == (0, True, False, 1)
    assert found.risk.ipss_r.points == (1.0, 1.0, 1.0, 0.0, 0.0)
    assert (found.risk.ipss_r.score, found.risk.ipss_r.category) == (3.0, "Low")
    assert found.age == pytest.approx(64.54, abs=0.01)
    assert found.risk.ipss_ra.score == pytest.approx((found.age - 70) * 0.035 + 3, abs=1e-6)
    assert found.risk.ipss_m.missing == ()
    parts = {one.variable: one.value for one in found.risk.ipss_m.contributions}
    assert (parts["SF3B1_5q"], parts["SF3B1_alpha"], parts["TP53multi"]) == (1, 0, 0)
    assert categories(found) == ["MDS-5q", "not MDS with isolated del(5q)", "MDS with del(5q)"]
    assert not found.remarks


def test_every_value_names_its_day_and_row(diagnose):
    places = {one.item: (one.day, str(one.source)) for one in diagnose().values}
    assert places == {
        "haemoglobin": (-1, "blood_counts.csv:3"),
        "platelets": (-1, "blood_counts.csv:3"),
        "neutrophils": (-30, "blood_counts.csv:2"),
        "blood blasts": (-30, "blood_counts.csv:2"),
        "marrow blasts": (-7, "marrows.csv:2"),
        "karyotype": (-7, "karyotypes.csv:2"),
        "variants": (-7, "mutations.csv:2"),
    }


def test_a_gene_without_a_row_was_not_tested_and_one_with_no_variant_reads_was(diagnose):
    rows = "sample_id,gene,variant,alternate_reads,depth\nS0,ASXL1,,0,800\nS0,RUNX1,p.R162K,90,1000\n"
    found = diagnose(mutations=rows)
    assert "ASXL1" not in found.risk.ipss_m.missing
    assert "RUNX1" not in found.risk.ipss_m.missing
    assert {"TP53", "SF3B1", "FLT3"} <= set(found.risk.ipss_m.missing)
    assert found.risk.ipss_m.score is None
    assert categories(found)[0] == "MDS-5q, TP53 not tested"


@pytest.mark.parametrize(
    ("rows", "karyotype", "expected"),
    [
        ("S0,TP53,p.R248W,400,1000,yes\n", "46,XX,del(5)(q13q33)[15]", "MDS-biTP53"),
        ("S0,TP53,p.R248W,600,1000,\n", "46,XX,del(5)(q13q33)[15]", "MDS-biTP53"),
        ("S0,TP53,p.R248W,550,1000,no\n", "46,XX,del(5)(q13q33)[15]", "MDS-5q"),
        ("S0,TP53,p.R248W,90,1000,\nS0,TP53,p.C176F,30,1000,\n", "46,XX,del(5)(q13q33)[15]", "MDS-biTP53"),
        ("S0,TP53,p.R248W,90,1000,\nS0,TP53,p.C176F,19,1000,no\n", "46,XX,del(5)(q13q33)[15]", "MDS-5q"),
        ("S0,TP53,p.R248W,90,1000,\n", "46,XX,del(5)(q13q33),del(17)(p12)[15]", "MDS-biTP53"),
        ("S0,TP53,p.R248W,90,1000,\n", "46,XX,del(5)(q13q33)[15]", "not evaluable"),
        ("S0,TP53,,0,1000,\n", "46,XX,del(5)(q13q33),del(17)(p12)[15]", "MDS-5q"),
    ],
)
def test_both_copies_of_tp53_by_two_variants_a_fraction_a_loss_or_a_deletion(
    diagnose, rows, karyotype, expected
):
    head = "sample_id,gene,variant,alternate_reads,depth,loss_of_heterozygosity\n"
    found = diagnose(mutations=head + rows, karyotypes=f'sample_id,iscn\nS0,"{karyotype}"\n')
    assert categories(found)[0] == expected
    multihit = next(one for one in found.risk.ipss_m.contributions if one.variable == "TP53multi").value
    assert multihit == {"MDS-biTP53": 1, "MDS-5q": 0, "not evaluable": None}[expected]


def test_a_study_without_marrow_karyotype_or_genes_leaves_everything_open(diagnose):
    found = diagnose(marrows="", karyotypes="", mutations="", blood_counts="")
    assert found.values == ()
    assert found.risk.ipss_r.category is None
    assert categories(found) == ["not evaluable"] * 3


def test_a_failed_culture_says_nothing_of_the_chromosomes(diagnose):
    found = diagnose(karyotypes="sample_id,iscn\nS0,no growth\n")
    assert found.facts.del5q is None
    assert found.risk.ipss_r.missing == ("cytogenetics",)


def test_old_values_and_a_birthday_on_which_the_category_hangs_are_said(diagnose):
    counts = (
        "patient_id,day,haemoglobin_g_per_dl,neutrophils_1e9_per_l,platelets_1e9_per_l\nP1,-200,8.9,2.4,300\n"
    )
    people = "patient_id,birth_year,anchor_date,last_contact_day\nP1,{},2020-07-02,400\n"
    remarks = diagnose(blood_counts=counts, patients=people.format(1950)).remarks
    assert any("haemoglobin of day -200" in remark for remark in remarks)
    assert any("IPSS-RA is Low or Int" in remark for remark in remarks)
    assert not any("IPSS-RA" in remark for remark in diagnose(patients=people.format(1960)).remarks)


def test_a_haemoglobin_after_a_transfusion_says_so(diagnose):
    given = "patient_id,day,product,units\nP1,-5,red_cells,2\n"
    (value,) = (one for one in diagnose(transfusions=given).values if one.item == "haemoglobin")
    assert "red cells on day -5" in value.remark


def test_a_diagnosis_is_stored_and_read_back_as_it_was(diagnose):
    found = diagnose()
    assert from_json(Diagnosis, to_json(found), source="diagnosis") == found


@pytest.mark.parametrize(
    ("words", "lines"),
    [("none", 0), ("Normal", 0), ("megakaryocytic", 1), ("erythroid and megakaryocytic", 2),
     ("trilineage", 3), ("multilineage", None), ("yes", None),
     ("dysgranulopoiesis, dyserythropoiesis, micromegakaryocytes", 3),
     ("no megakaryocytic dysplasia", None), ("unilineage", 1), ("", None), (None, None)],
)  # fmt: skip
def test_dysplastic_lines_are_counted_only_where_the_words_say_which(words, lines):
    assert dysplastic_lines(words) == lines


@pytest.mark.parametrize(
    ("gene", "variant", "name"),
    [("KMT2A", "PTD exons 2-8", "MLL_PTD"), ("KMT2A-PTD", None, "MLL_PTD"), ("MLL", "ptd", "MLL_PTD"),
     ("FLT3-ITD", None, "FLT3"), ("FLT3", "p.D835Y", "FLT3"), ("KMT2A", "p.R1S", "KMT2A"),
     ("sf3b1", None, "SF3B1")],
)  # fmt: skip
def test_a_gene_goes_by_the_name_that_ipss_m_gives_it(gene, variant, name):
    row = {"gene": gene, "variant": variant, "alternate_reads": 50, "depth": 100, "line": 2}
    assert variants_of([row | {"loss_of_heterozygosity": None}]).mutated == {name: True}


@pytest.mark.parametrize(("reads", "mutated", "said"), [(20, True, 0), (19, False, 1), (0, False, 0)])
def test_a_variant_in_fewer_than_2_percent_of_reads_is_left_out_and_said(reads, mutated, said):
    row = {"gene": "ASXL1", "variant": None, "alternate_reads": reads, "depth": 1000, "line": 2}
    found = variants_of([row | {"loss_of_heterozygosity": None}])
    assert found.mutated == {"ASXL1": mutated}
    assert len(found.remarks) == said


def test_an_analysis_diagnoses_every_patient_by_what_came_before_treatment(findings):
    assert len(findings.diagnoses) == 2
    for found in findings.diagnoses:
        assert found.before_day is not None
        assert all(value.day <= found.before_day for value in found.values)
        assert found.facts.del5q
        assert found.risk.ipss_r.lowest is not None
        assert [one.system for one in found.definitions] == ["WHO 2022", "WHO 2016", "ICC 2022"]
