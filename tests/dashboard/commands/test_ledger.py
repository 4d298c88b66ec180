"""Numbers and options that make no sense: a sentence and an exit code, never a traceback."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.errors import AppError
from core.types import DecisionKind
from dashboard.cli import app
from dashboard.services.curation import curation
from dashboard.services.curation.curation import Choice, Order
from dashboard.services.ledger import pages
from dashboard.services.splits import split_versions
from storage.workspace.folder import Workspace
from tests import factories

HUGE = "9" * 23


@pytest.fixture
def decided(workspace: Workspace) -> Workspace:
    """A workspace in which ann has kept one sample."""
    ids = factories.fill(workspace, [("ABC"[n % 3], f"p{n}") for n in range(9)])
    order = Order(kind=DecisionKind.KEEP, who="ann")
    curation.decide(workspace, order, [Choice(sample=ids[0])])
    return workspace


def command(workspace: Workspace, *words: str | Path) -> tuple[int, str]:
    """Run a command in this process; what is no expected failure is raised."""
    done = CliRunner().invoke(app, [*map(str, words), "--workspace", str(workspace.folder)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--batch", "1", "--since", "2020-01-01"), "--batch and --since exclude each other"),
        (("--everybody",), "--everybody goes with --since MOMENT only"),
        (("--everybody", "--batch", "1"), "--everybody goes with --since MOMENT only"),
    ],
)
def test_undo_refuses_options_that_it_would_have_to_ignore(
    decided: Workspace, words: tuple[str, ...], says: str
) -> None:
    code, err = command(decided, "undo", "--as", "ann", *words)
    assert (code, says in " ".join(err.split())) == (2, True), err
    assert len(pages.history(decided)) == 1


@pytest.mark.parametrize(
    "words",
    [
        ("undo", "--batch", HUGE),
        ("undo", "--batch", "-1"),
        ("history", "--batch", HUGE),
        ("promote", HUGE, "--to", "A"),
        ("split", "--new-version", "--seed", HUGE),
        ("split", "--new-version", "--seed", "-5"),
        ("split", "--new-version", "--seed", str(2**32)),
    ],
)
def test_a_number_that_is_out_of_range_is_a_usage_error(
    decided: Workspace, words: tuple[str, ...]
) -> None:
    code, err = command(decided, *words)
    assert (code, "Invalid value for" in err) == (2, True), err


def test_the_greatest_numbers_are_taken(decided: Workspace) -> None:
    assert command(decided, "history", "--batch", str(2**63 - 1)) == (0, "No decisions yet.\n")
    code, err = command(decided, "undo", "--batch", str(2**63 - 1))
    assert (code, "nothing that could be undone" in err) == (1, True)
    assert command(decided, "split", "--new-version", "--seed", str(2**32 - 1))[0] == 0


@pytest.mark.parametrize("seed", [-1, 2**32, 10**30])
def test_a_split_refuses_a_seed_that_is_out_of_range_in_words(
    decided: Workspace, seed: int
) -> None:
    with pytest.raises(AppError, match=f"The seed is {seed}, and goes from 0 to 4294967295"):
        split_versions.new_version(decided, seed=seed)


def test_a_bad_row_of_a_ledger_is_told_by_its_line(decided: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "ledger.csv"
    assert command(decided, "ledger", "export", file)[0] == 0
    file.write_text(file.read_text().replace(",yes,yes,", ",yes,maybe,"))
    code, err = command(decided, "ledger", "import", file)
    sample = pages.history(decided)[0].sample
    assert (code, err) == (0, f"{sample}: line 2: 'stands' is 'maybe', neither yes nor no\n")
