import getpass

import pytest

from dashboard.services.curation import actor


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Ada", "Ada"),
        ("  Ada\n Lovelace ", "Ada Lovelace"),
    ],
)
def test_a_given_name_is_one_line(given: str, kept: str) -> None:
    assert actor.name(given) == kept


@pytest.mark.parametrize("given", ["", " ", "\n\t"])
def test_without_a_name_the_system_user_decides(given: str) -> None:
    assert actor.name(given) == getpass.getuser()
