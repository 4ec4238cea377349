"""What may be a slip is said beside the answers, and nothing is refused for it."""

from remnant.study import read_study


def notes(folder, **tables):
    return read_study(folder.write({f"{name}.csv": text for name, text in tables.items()}).root).notes


HEAD = "patient_id,day,haemoglobin_g_per_dl,platelets_1e9_per_l\n"


def test_a_sample_many_years_before_day_0_is_asked_about(folder):
    (note,) = notes(folder, samples="sample_id,patient_id,day,material\nS1,P1,-7000,marrow\n")
    assert "samples.csv, line 2, day -7000" in note
    assert not notes(folder, samples="sample_id,patient_id,day,material\nS1,P1,-3600,marrow\n")


def test_a_count_that_leaps_within_days_is_asked_about(folder):
    (note,) = notes(folder, blood_counts=HEAD + "P1,0,8.4,200\nP1,7,1.6,190\n")
    assert "line 3, 8.4 to 1.6" in note
    (note,) = notes(folder, blood_counts=HEAD + "P1,0,8.4,24\nP1,14,8.6,2400\n")
    assert "platelets_1e9_per_l" in note


def test_what_treatment_does_to_counts_is_no_slip(folder):
    """Lenalidomide halves platelets and more; counts weeks apart, and counts of two patients, may differ."""
    rows = "P1,0,6.0,400\nP1,14,9.0,20\nP1,60,14.0,2100\nP2,60,3.0,10\n"
    assert not notes(folder, blood_counts=HEAD + rows)


def test_a_slip_in_many_rows_is_one_note(folder):
    rows = "".join(f"P1,{day},{8.4 if day % 2 else 1.5},200\n" for day in range(60))
    (note,) = notes(folder, blood_counts=HEAD + rows)
    assert "39 more" in note
