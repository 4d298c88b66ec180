import pytest

from core.data import class_names


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Mpox", "Monkeypox"),
        ("Monkey Pox", "Monkeypox"),
        ("monkey_pox", "Monkeypox"),
        ("Normal", "Healthy"),
        ("Hand, foot and mouth disease", "HFMD"),
        ("CHICKENPOX", "Chickenpox"),
        ("  insect   bite ", "insect bite"),
        ("insect_bite", "insect bite"),
    ],
)
def test_other_names_lead_to_the_one_that_is_used(name: str, expected: str) -> None:
    assert class_names.canonical(name) == expected


def test_the_six_come_first_and_in_their_order() -> None:
    names = ["eczema", "Monkeypox", "HFMD", "Acne", "Chickenpox"]
    assert class_names.ordered(names) == ["Chickenpox", "HFMD", "Monkeypox", "Acne", "eczema"]


def test_codes_and_colours_differ() -> None:
    names = [*class_names.KNOWN, "Chigger bite", "Chilblain", "Chloasma", "C", "猫", "Cat"]
    described = class_names.describe(names)
    assert [entry.name for entry in described] == names
    assert len({entry.code for entry in described}) == len(names)
    assert len({entry.colour for entry in described}) == len(names)
    assert {len(entry.code) for entry in described} == {2}


def test_thirty_classes_have_different_codes() -> None:
    described = class_names.describe([f"class {number}" for number in range(30)])
    assert len({entry.code for entry in described}) == 30


def test_names_that_say_there_is_no_label() -> None:
    assert class_names.is_unlabelled("Unlabelled")
    assert class_names.is_unlabelled("")
    assert not class_names.is_unlabelled("Others")
