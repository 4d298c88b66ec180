"""Commands about the list of classes."""

from typing import Annotated

import typer

from dashboard.commands import curation, options, output

classes = typer.Typer(
    help="List the classes; add, rename, merge or remove one.",
    invoke_without_command=True,
    rich_markup_mode=None,
)
Name = Annotated[str, typer.Argument(metavar="CLASS", help="Name of a class.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(classes, name="classes")
    classes.callback()(_list_by_default)
    output.command(classes, "list")(list_)
    output.command(classes, "add")(add)
    output.command(classes, "rename")(rename)
    output.command(classes, "merge")(merge)
    output.command(classes, "remove")(remove)


def _list_by_default(
    context: typer.Context,
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    as_json: options.Json = False,
) -> None:
    if context.invoked_subcommand is None:
        output.expected(list_)(workspace=workspace, as_json=as_json)


def list_(
    workspace: options.Folder = options.DEFAULT_WORKSPACE, as_json: options.Json = False
) -> None:
    """List the classes with their keys, images and patients."""
    from dashboard.commands import opening
    from dashboard.schemas.documents.samples import ClassDocument
    from dashboard.services.curation import classes as service

    with opening.workspace(workspace) as opened:
        rows = [ClassDocument.of(info, count) for info, count in service.listed(opened)]
    if as_json:
        output.document(rows)
        return
    output.table(
        ["key", "code", "class", "images", "patients"],
        [[row.key, row.code, row.class_name, row.images, row.patients] for row in rows],
    )


def add(
    names: Annotated[list[str], typer.Argument(metavar="CLASS...", help="Names of new classes.")],
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    as_json: options.Json = False,
) -> None:
    """Add classes."""
    from dashboard.commands import opening
    from dashboard.services.curation import classes as service

    with opening.workspace(workspace, create=True) as opened:
        service.add(opened, names)
    list_(workspace=workspace, as_json=as_json)


def rename(
    name: Name,
    new_name: Annotated[str, typer.Argument(metavar="NEW", help="What it is called from now on.")],
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    as_json: options.Json = False,
) -> None:
    """Give a class another name; its samples, runs and decisions follow."""
    from dashboard.commands import opening
    from dashboard.services.curation import classes as service

    with opening.workspace(workspace) as opened:
        service.rename(opened, service.find(opened, name).id, new_name)
    list_(workspace=workspace, as_json=as_json)


def merge(
    name: Name,
    into: Annotated[str, typer.Option("--into", metavar="CLASS", help="The class that stays.")],
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    who: options.Who = "",
    as_json: options.Json = False,
) -> None:
    """Relabel every sample of a class to another, as one batch."""
    from dashboard.commands import opening
    from dashboard.services.curation import classes as service

    with opening.workspace(workspace) as opened:
        target = service.find(opened, into)
        result = service.merge(opened, service.find(opened, name).id, target.id, who)
    curation.tell(result, f"relabelled {target.name}", as_json)


def remove(
    name: Name,
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    as_json: options.Json = False,
) -> None:
    """Take an empty class out of the list."""
    from dashboard.commands import opening
    from dashboard.services.curation import classes as service

    with opening.workspace(workspace) as opened:
        service.remove(opened, service.find(opened, name).id)
    list_(workspace=workspace, as_json=as_json)
