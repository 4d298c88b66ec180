import unicodedata

import pytest

from core.errors import AppError
from core.types import spelling

MUELLER = "Müller"
NFD = unicodedata.normalize("NFD", MUELLER)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        (NFD, MUELLER),
        ("  MKP:1\t", "MKP:1"),
        ("Ann\nMay", "Ann May"),
        ("a\u00a0 b", "a b"),
        ("Mea\u200bsles", "Measles"),
        ("\u202eselsaeM", "selsaeM"),
        ("u\u200b\u0308", "ü"),
        ("\x00\u200b\ufeff", ""),
        ("ＭＥＡＳＬＥＳ", "ＭＥＡＳＬＥＳ"),
        ("猫 7", "猫 7"),
    ],
)
def test_a_name_is_kept_in_one_form_without_what_cannot_be_seen(name: str, kept: str) -> None:
    assert spelling.plain(name) == kept
    assert spelling.plain(kept) == kept


def test_class_names_are_compared_without_case_and_width() -> None:
    names = ("Erythème", unicodedata.normalize("NFD", "ERYTHÈME"), "Ｅrythème", "ery\u200bthème")
    assert {spelling.key(name) for name in names} == {"erythème"}
    assert spelling.key("ＭＥＡＳＬＥＳ") == spelling.key("Measles")
    assert spelling.key("Erytheme") != spelling.key("Erythème")


def test_a_search_does_not_see_case_and_form() -> None:
    assert spelling.folded(NFD.upper()) == spelling.folded(MUELLER) == "müller"


def test_a_text_that_is_too_long_is_told_how_long_it_is_and_may_be() -> None:
    spelling.check("x" * 200, "The patient's name", spelling.LONGEST_PATIENT)
    with pytest.raises(AppError, match="name has 1,201 characters; it may have at most 200"):
        spelling.check("x" * 1201, "The patient's name", spelling.LONGEST_PATIENT)
