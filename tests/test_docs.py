"""What README and docs promise: commands and options that exist, links that lead somewhere."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from dashboard.cli import app

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def commands() -> dict[str, Any]:
    return dict(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def options(command: Any) -> set[str]:
    context = command.context_class(command)
    found = {name for parameter in command.get_params(context) for name in parameter.opts}
    for sub in getattr(command, "commands", {}).values():
        found |= options(sub)
    return found | {"--help"}


def calls(text: str) -> list[list[str]]:
    """Return the words of every call of `ai-mpox` in code blocks and code spans."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    spans = re.findall(r"`(ai-mpox [^`\n]+)`", text)
    lines = [line for block in blocks for line in block.splitlines()] + spans
    found = []
    for line in lines:
        for part in line.split("&&"):
            words = shlex.split(part.replace("...", ""), comments=True)
            if words[:1] == ["ai-mpox"] and words[1:] not in (["--help"], ["--version"]):
                found.append(words[1:])
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_call_in_the_pages_is_a_command_with_such_options(page: Path) -> None:
    known = commands()
    for name, *rest in calls(page.read_text()):
        assert name in known, f"{page.name}: ai-mpox {name}"
        unknown = {word for word in rest if word.startswith("--")} - options(known[name])
        assert not unknown, f"{page.name}: ai-mpox {name} {unknown}"


def test_the_readme_names_every_command() -> None:
    named = set(re.findall(r"`(?:ai-mpox )?([a-z-]+)`", (ROOT / "README.md").read_text()))
    assert set(commands()) - named == set()


def test_the_quick_start_is_two_commands() -> None:
    start = (ROOT / "README.md").read_text().partition("## Quick start")[2].partition("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", start, re.DOTALL)
    assert [len(block.strip().splitlines()) for block in blocks] == [1, 1]
    assert blocks[1].strip() == "pytest"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_inside_the_project_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_architecture_page_explains_every_room_and_no_other() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text().partition("## Rooms")[2]
    explained = set(
        re.findall(r"^\| `([a-z0-9_/]+)/` \|", text.partition("\n## ")[0], re.MULTILINE)
    )
    rooms = {
        package.parent.relative_to(ROOT).as_posix()
        for name in ("core", "storage", "dashboard")
        for package in (ROOT / name).rglob("__init__.py")
        if "migrations" not in package.parts
    }
    containers = {"core", "storage", "dashboard", "dashboard/services", "dashboard/ui"}
    assert explained == rooms - containers
