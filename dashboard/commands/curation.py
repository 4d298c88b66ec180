"""Commands that decide about samples: each call is one batch in the ledger."""

from collections.abc import Callable
from typing import Annotated

import typer

from core.types import BatchResult, DecisionKind, spelling
from dashboard.commands import options, output

MOST_NUMBER = 2**63 - 1
"""The database holds no greater one."""

Label = Annotated[str, typer.Option("--to", "--label", metavar="CLASS", help="Name of the class.")]
Patient = Annotated[
    str, typer.Option("--patient", "--to", metavar="NAME", help="Name of the patient.")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    output.command(app, "relabel")(relabel)
    for kind, text in PLAIN.items():
        output.command(app, kind.value)(_plain(kind, text))
    output.command(app, "set-patient")(set_patient)
    output.command(app, "join")(join)
    output.command(app, "promote")(promote)


def relabel(
    samples: options.Samples,
    to: Label,
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    who: options.Who = "",
    reason: options.Reason = "",
    note: options.Note = "",
    as_json: options.Json = False,
) -> None:
    """Give samples another label."""
    from dashboard.commands import opening
    from dashboard.services.curation import classes, curation

    with opening.workspace(workspace) as opened:
        label = classes.find(opened, to)
        order = curation.Order(
            kind=DecisionKind.RELABEL, who=who, label=label.id, reason=reason, note=note
        )
        choices = [curation.Choice(sample=s) for s in opening.sample_ids(opened, samples)]
        tell(curation.decide(opened, order, choices), f"relabelled {label.name}", as_json)


PLAIN = {
    DecisionKind.KEEP: ("Confirm the labels that samples have.", "kept"),
    DecisionKind.EXCLUDE: ("Take samples out of training and evaluation.", "excluded"),
    DecisionKind.RESTORE: ("Bring excluded samples back.", "restored"),
    DecisionKind.UNSURE: ("Put samples aside for a second look.", "put aside as unsure"),
}


def _plain(kind: DecisionKind, words: tuple[str, str]) -> Callable[..., None]:
    """Return the command for a kind of decision that needs nothing but samples."""

    def run(
        samples: options.Samples,
        workspace: options.Folder = options.DEFAULT_WORKSPACE,
        who: options.Who = "",
        reason: options.Reason = "",
        note: options.Note = "",
        as_json: options.Json = False,
    ) -> None:
        from dashboard.commands import opening
        from dashboard.services.curation import curation

        with opening.workspace(workspace) as opened:
            order = curation.Order(kind=kind, who=who, reason=reason, note=note)
            choices = [curation.Choice(sample=s) for s in opening.sample_ids(opened, samples)]
            tell(curation.decide(opened, order, choices), words[1], as_json)

    run.__doc__ = words[0]
    return run


def set_patient(
    samples: options.Samples,
    patient: Patient,
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    who: options.Who = "",
    reason: options.Reason = "",
    note: options.Note = "",
    as_json: options.Json = False,
) -> None:
    """Say which patient samples belong to."""
    from dashboard.commands import opening
    from dashboard.services.curation import curation

    with opening.workspace(workspace) as opened:
        order = curation.Order(
            kind=DecisionKind.SET_PATIENT, who=who, patient=patient, reason=reason, note=note
        )
        choices = [curation.Choice(sample=s) for s in opening.sample_ids(opened, samples)]
        named = spelling.plain(patient)
        what = f"now of patient {named}" if named else "now of an unknown patient"
        tell(curation.decide(opened, order, choices), what, as_json)


def join(
    samples: options.Samples,
    other: Annotated[str, typer.Option("--with", metavar="SAMPLE", help="The sample they join.")],
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    who: options.Who = "",
    reason: options.Reason = "",
    as_json: options.Json = False,
) -> None:
    """Say that samples belong together although their patients differ."""
    from dashboard.commands import opening
    from dashboard.services.curation import curation

    with opening.workspace(workspace) as opened:
        (target,) = opening.sample_ids(opened, [other])
        order = curation.Order(kind=DecisionKind.JOIN, who=who, join=target, reason=reason)
        choices = [curation.Choice(sample=s) for s in opening.sample_ids(opened, samples)]
        tell(curation.decide(opened, order, choices), "joined", as_json)


def promote(
    prediction: Annotated[
        int,
        typer.Argument(
            metavar="PREDICTION", min=1, max=MOST_NUMBER, help="Number that `predict` gave."
        ),
    ],
    label: Label,
    patient: Annotated[str, typer.Option(metavar="NAME", help="The patient, if known.")] = "",
    workspace: options.Folder = options.DEFAULT_WORKSPACE,
    who: options.Who = "",
    as_json: options.Json = False,
) -> None:
    """Add a classified upload to the training pool, never to a test set."""
    from dashboard.commands import opening
    from dashboard.services.curation import classes
    from dashboard.services.prediction.predictor import Predictor

    with opening.workspace(workspace) as opened:
        chosen = classes.find(opened, label)
        result = Predictor(opened).promote(prediction, chosen.id, patient or None, who)
        tell(result, f"added as {chosen.name}", as_json)


def tell(result: BatchResult, what: str, as_json: bool) -> None:
    """Print what a batch did, and name what it refused."""
    if as_json:
        output.document(result)
        return
    noun = "sample" if result.applied == 1 else "samples"
    number = "" if result.batch is None else f" (batch {result.batch})"
    typer.echo(f"{result.applied} {noun} {what}{number}.")
    for refused in result.refused:
        output.say(f"{refused.sample}: {refused.why}")
