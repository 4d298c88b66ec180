import pytest

from core import classes


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
    assert classes.canonical(name) == expected


def test_the_six_come_first_and_in_their_order() -> None:
    names = ["eczema", "Monkeypox", "HFMD", "Acne", "Chickenpox"]
    assert classes.ordered(names) == ["Chickenpox", "HFMD", "Monkeypox", "Acne", "eczema"]


def test_codes_and_colours_differ() -> None:
    names = [*classes.KNOWN, "Chigger bite", "Chilblain", "Chloasma", "C", "猫", "Cat"]
    described = classes.describe(names)
    assert [one.name for one in described] == names
    assert len({one.code for one in described}) == len(names)
    assert len({one.colour for one in described}) == len(names)
    assert {len(one.code) for one in described} == {2}


def test_thirty_classes_have_different_codes() -> None:
    described = classes.describe([f"class {number}" for number in range(30)])
    assert len({one.code for one in described}) == 30


def test_names_that_say_there_is_no_label() -> None:
    assert classes.is_unlabelled("Unlabelled")
    assert classes.is_unlabelled("")
    assert not classes.is_unlabelled("Others")
