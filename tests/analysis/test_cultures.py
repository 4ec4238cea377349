"""Which plates of a patient are compared."""

from remnant.analysis.before_after import before_and_after
from remnant.study.estimate import Evidence

VISITS = {("a", -30): "a", ("b", 0): "b", ("c", 40): "c", ("d", 90): "d", ("e", 200): "e"}


def test_the_last_visit_before_treatment_meets_the_first_in_remission():
    assert before_and_after(VISITS, first_dose=0, in_remission={"d", "e"}) == ("b", "d")
    assert before_and_after(VISITS, first_dose=-1, in_remission={"e"}) == ("a", "e")


def test_without_treatment_or_remission_there_is_no_visit():
    assert before_and_after(VISITS, first_dose=None, in_remission=set()) == (None, None)


def test_every_patient_has_a_record_with_a_reason_or_a_number(findings):
    assert {item.patient_id for item in findings.cultures} == {t.patient_id for t in findings.timelines}
    remission = {item.sample_id for item in findings.courses if item.in_remission}
    for item in findings.cultures:
        if item.after_sample:
            assert item.after_sample in remission
            assert item.before_day <= 0 < item.after_day
            assert item.frequency.ratio.evidence is not Evidence.NOT_DONE
        else:
            assert item.frequency.ratio.reason
    assert len(findings.cultures_pooled) == 4
