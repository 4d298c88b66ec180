"""Commands that keep a workspace and its machine in order."""

from typing import Annotated

import typer

from dashboard.commands import options, output


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    output.command(app, "sync")(sync)
    output.command(app, "doctor")(doctor)


def sync(
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Throw the view away and make it anew.")
    ] = False,
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    as_json: options.Json = False,
) -> None:
    """Bring the FiftyOne view to the state of the database."""
    from dashboard.commands import opening
    from dashboard.services.view import sync as service

    with opening.workspace(workspace) as opened:
        report = service.sync(opened, rebuild=rebuild)
    if as_json:
        output.document(report)
        return
    typer.echo(
        f"{report.projected} samples written to the view, "
        f"{report.decided} labels edited in the FiftyOne App taken over."
    )
    for refused in report.refused:
        output.say(f"{refused.sample}: {refused.why}")


def doctor(
    workspace: options.Folder = options.DEFAULT_WORKSPACE, as_json: options.Json = False
) -> None:
    """Say what works on this machine, what does not, and how to mend it."""
    from dashboard.services.system import doctor as service

    checks = service.checks(workspace)
    if as_json:
        output.document(checks)
    else:
        for check in checks:
            typer.echo(f"{'ok ' if check.ok else 'NO '} {check.check}: {check.found}")
            if not check.ok and check.hint:
                typer.echo(f"    {check.hint}")
