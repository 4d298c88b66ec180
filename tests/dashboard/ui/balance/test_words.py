"""What Balance says about leaks."""

from core.types import Leak
from dashboard.ui.balance import words


def leak(patient: str, *files: str) -> Leak:
    return Leak(kind="patient", patient=patient, files=files)


def test_before_the_first_split_its_shares_are_told() -> None:
    assert "64 of 100 patients" in words.leaks([], split=False, unknown=0)


def test_samples_without_a_patient_are_checked_by_duplicates_only() -> None:
    assert "patient:" not in words.leaks([], split=True, unknown=0)
    line = words.leaks([], split=True, unknown=2).replace("\u00a0", " ")
    assert "2 samples have no patient" in line


def test_a_leak_names_patients_and_at_most_three_of_their_files() -> None:
    line = words.leaks([leak("<b>_p_", "1.jpg", "2.jpg", "3.jpg", "4.jpg")], split=True, unknown=0)
    first, _, listed = line.partition("\n\n")
    assert first.replace("\u00a0", " ").startswith("**Leak:** 1 patient or photograph on two sides")
    assert listed == "- &lt;b\\>\\_p\\_: 1\\.jpg, 2\\.jpg, 3\\.jpg and 1 more"


def test_of_many_leaks_five_are_shown() -> None:
    lines = words.leaks([leak(f"p{n}", "a") for n in range(9)], split=True, unknown=0).splitlines()
    assert len([line for line in lines if line.startswith("- p")]) == words.SHOWN_LEAKS
    assert lines[-1] == "- and 4 more"
