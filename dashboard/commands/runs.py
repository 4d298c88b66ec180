"""Commands about runs that are there: list, compare, look closer, stop, pause, use, hide."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from core.types import Run
from dashboard.commands import options, output, run_words

if TYPE_CHECKING:
    from dashboard.services.runs.trainer import Trainer

Content = TypeVar("Content")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    output.command(app, "runs")(runs)
    output.command(app, "stop")(stop)
    output.command(app, "pause")(pause)
    output.command(app, "use")(use)
    output.command(app, "hide")(hide)
    output.command(app, "unhide")(unhide)


def stop(
    run: options.RunText,
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    as_json: options.Json = False,
) -> None:
    """Stop a run after its current batch; its best epoch is kept."""
    _change(workspace, run, lambda trainer, run: trainer.stop(run), "was asked to stop", as_json)


def pause(
    run: options.RunText,
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    as_json: options.Json = False,
) -> None:
    """Pause a run after its current batch; `resume` goes on from its last epoch."""
    _change(workspace, run, lambda trainer, run: trainer.pause(run), "was asked to pause", as_json)


def hide(
    run: options.RunText,
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    as_json: options.Json = False,
) -> None:
    """Keep a run out of lists; its files and numbers stay, and `unhide` brings it back."""
    _change(workspace, run, lambda trainer, run: trainer.hide(run), "is hidden", as_json)


def unhide(
    run: options.RunText,
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    as_json: options.Json = False,
) -> None:
    """Bring a hidden run back into lists."""
    _change(workspace, run, lambda trainer, run: trainer.unhide(run), "is back", as_json)


def use(
    run: options.RunText,
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    as_json: options.Json = False,
) -> None:
    """Make a run's checkpoint the active one, which predicts from now on."""
    _change(workspace, run, lambda trainer, run: trainer.use(run), "is now active", as_json)


def _change(
    workspace: "options.Folder",
    text: str,
    change: "Callable[[Trainer, Run], Run]",
    what: str,
    as_json: bool,
) -> None:
    from dashboard.commands import opening
    from dashboard.schemas.documents.runs import RunRow
    from dashboard.services.runs.trainer import Trainer

    with opening.workspace(workspace) as opened:
        trainer = Trainer(opened, serving=opened.is_served())
        changed = change(trainer, trainer.get(text))
    if as_json:
        output.document(RunRow.of(changed))
    else:
        typer.echo(f"{changed.id} {what}.")


def runs(
    diff: Annotated[
        tuple[str, str] | None,
        typer.Option("--diff", metavar="RUN RUN", help="What the second has otherwise."),
    ] = None,
    on: Annotated[
        str,
        typer.Option(
            "--on",
            metavar="validation|out_of_fold|test",
            help="Where --diff measures; test is counted as opened.",
        ),
    ] = "validation",
    show: Annotated[
        str | None,
        typer.Option("--show", metavar="RUN", help="All of one run: settings, machine, log."),
    ] = None,
    hidden: Annotated[bool, typer.Option("--hidden", help="List hidden runs, too.")] = False,
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    as_json: options.Json = False,
) -> None:
    """List training runs, best on validation first; or compare two; or look closer at one."""
    from dashboard.commands import opening
    from dashboard.schemas.documents.run_difference import RunDifferenceDocument
    from dashboard.schemas.documents.runs import RunDocument, RunRow
    from dashboard.services.runs import run_comparison, run_details
    from dashboard.services.runs.trainer import Trainer

    with opening.workspace(workspace) as opened:
        trainer = Trainer(opened, serving=opened.is_served())
        trainer.tick()
        if diff is not None:
            before, after = map(trainer.get, diff)
            difference = run_comparison.between(opened, before, after, on=on)
            compared = RunDifferenceDocument.of(difference, opening.class_names(opened))
            _print(compared, run_words.difference, as_json)
        elif show is not None:
            run = trainer.get(show)
            details = RunDocument.of_files(run, run_details.read(opened, run))
            _print(details, run_words.details, as_json)
        else:
            rows = [RunRow.of(run) for run in trainer.runs(hidden=hidden)]
            _print(rows, run_words.rows, as_json)


def _print(content: Content, in_words: Callable[[Content], None], as_json: bool) -> None:
    if as_json:
        output.document(content)
    else:
        in_words(content)
