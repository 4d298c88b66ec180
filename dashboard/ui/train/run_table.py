"""All runs: what they were, what they saw, how good they are."""

from collections.abc import Callable, Mapping, Sequence

from core.types import Evaluation, Run, RunStatus
from dashboard.services.runs import ranking, run_labels
from dashboard.services.runs.ranking import Apart
from dashboard.ui.shared import markup
from dashboard.ui.shared.markup import text
from dashboard.ui.train import run_order, setting_words

COLUMNS = (
    ("Run", "number"),
    ("Network", "network"),
    ("Validation balanced accuracy", "balanced"),
    ("Macro-F1", "f1"),
    ("Epochs", "epochs"),
    ("Time", "seconds"),
    ("Data", "data"),
    ("Test opened", "opened"),
    ("", ""),
)
ENDED = (RunStatus.FINISHED, RunStatus.STOPPED)
RESUMABLE = (RunStatus.INTERRUPTED, RunStatus.FAILED, RunStatus.PAUSED)
SETTINGS = (
    "optimizer",
    "learning_rate",
    "batch_size",
    "image_size",
    "seed",
    "balance",
    "augmentation",
    "cutmix",
    "trainings",
    "frozen_stages",
    "folds",
    "tta_views",
    "init",
)

NameOf = Callable[[str], str]


def html(runs: Sequence[Run], name_of: NameOf, apart: Apart = run_order.ALL_ALIKE) -> str:
    """Return the table of runs in the order given; its heads sort it in the browser.

    The figures of runs that are `apart` are marked: they do not rank with the others. Hidden runs
    are there, too: the browser shows them when a person asks for them.
    """
    heads = "".join(_head(label, key) for label, key in COLUMNS)
    rows = "".join(_row(run, name_of, apart) for run in runs)
    hidden = sum(run.hidden for run in runs)
    return (
        f'<section class="stack"><div class="spread"><h2>Runs</h2><p class="quiet">'
        f"{markup.count(len(runs) - hidden, 'run')}, {run_order.words(runs, apart)} Test is "
        f"never used to choose.</p></div>{_tools(hidden)}"
        '<div class="scroll"><table class="runs" data-testid="runs-table">'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div></section>"
    )


def _tools(hidden: int) -> str:
    show = (
        '<button type="button" class="button small" data-show-hidden aria-pressed="false" '
        f'data-testid="show-hidden">Show hidden ({hidden})</button>'
        if hidden
        else ""
    )
    return (
        '<div class="row"><button type="button" class="button small" data-compare disabled '
        'data-testid="compare-runs">Compare two runs</button>'
        '<p class="quiet" data-picked aria-live="polite">Mark two runs to see what differs.</p>'
        f"{show}</div>"
    )


def stamps(run: Run) -> str:
    """Return what must be seen wherever a run is named: active, leaky, how it ended."""
    parts = []
    if run.active:
        parts.append('<span class="stamp active" data-testid="stamp-active">active</span>')
    if run.hidden:
        parts.append('<span class="stamp">hidden</span>')
    if run.leaky:
        parts.append(
            '<span class="stamp leaky" data-testid="stamp-leaky" title="Photographs of one '
            'patient stand on two sides: its numbers flatter it.">leaky</span>'
        )
    if run.status is not RunStatus.FINISHED:
        parts.append(f'<span class="stamp {run.status.value}">{run.status.value}</span>')
    return " ".join(parts)


def settings(config: Mapping[str, object]) -> str:
    """Return a run's settings in one line."""
    told = (key for key in SETTINGS if key in config)
    return " · ".join(
        f"{setting_words.name(key)}: {setting_words.value(config[key], key)}" for key in told
    )


def _head(label: str, key: str) -> str:
    if not key:
        return '<th scope="col"><span class="hidden">Actions</span></th>'
    return (
        f'<th scope="col" aria-sort="none" data-key="{key}"><button type="button" '
        f'data-sort="{key}">{text(label)}<i aria-hidden="true"></i></button></th>'
    )


def _measured(evaluation: Evaluation | None, field: str) -> tuple[str, float]:
    if evaluation is None:
        return markup.metric(None), -1.0
    metric = getattr(evaluation, field)
    return markup.metric(metric), metric.value


def _row(run: Run, name_of: NameOf, apart: Apart) -> str:
    measured = ranking.figure(run)
    balanced, balanced_value = _measured(measured, "balanced_accuracy")
    balanced += run_order.mark(run, apart)
    f1, f1_value = _measured(measured, "macro_f1")
    name = name_of(str(run.config.get("backbone", "")))
    cells = (
        (run.number, f"{_pick(run)}<b>{run.number}</b> {stamps(run)}{_kind(run)}"),
        (
            name,
            f"{text(name)}<br><small class='quiet'>{text(run_labels.effort(run))}</small>",
        ),
        (balanced_value, balanced),
        (f1_value, f1),
        (run.epochs_done, _epochs(run)),
        (run.seconds or 0, _time(run)),
        (run.fingerprint, _data(run)),
        (run.test_opened, f"{run.test_opened}"),
    )
    body = "".join(
        f'<td data-value="{text(value)}" data-label="{text(label)}">{shown}</td>'
        for (value, shown), (label, _) in zip(cells, COLUMNS, strict=False)
    )
    return (
        f'<tr data-testid="run-row" data-run="{text(run.id)}" data-status="{run.status.value}"'
        f'{" data-hidden hidden" if run.hidden else ""} title="{text(settings(run.config))}">'
        f'{body}<td class="actions">{_actions(run)}</td></tr>'
    )


def _pick(run: Run) -> str:
    return (
        f'<input type="checkbox" data-pick="{run.number}" aria-label="Compare run {run.number}" '
        'data-testid="pick-run"> '
    )


def _kind(run: Run) -> str:
    """Return in small letters what is not usual about a run's labels or beginning."""
    parts = []
    if run.as_of is not None:
        parts.append(f"labels of {run.as_of.astimezone():%Y-%m-%d}")
    if run.automatic:
        parts.append("by itself")
    return f"<br><small class='quiet'>{text(', '.join(parts))}</small>" if parts else ""


def _epochs(run: Run) -> str:
    if run.config.get("epochs") == 0:
        return "<small class='quiet'>last layer only</small>"
    best = ""
    if run.best_epoch is not None:
        said = f"best {run.best_epoch}" if run.best_epoch else "best: last layer alone"
        best = f" <small class='quiet'>{said}</small>"
    return f"{run.epochs_done} of {run.all_epochs or '–'}{best}"


def _time(run: Run) -> str:
    if run.seconds is None:
        return "–"
    speed = ""
    if run.images_per_second:
        speed = f"<br><small class='quiet'>{markup.number(run.images_per_second)} images/s</small>"
    return markup.duration(run.seconds) + speed


def _data(run: Run) -> str:
    return (
        f"<code>{text(run.fingerprint[:8])}</code><br><small class='quiet'>split "
        f"{run.split_version}, {text(run.split_kind)}</small>"
    )


def _actions(run: Run) -> str:
    parts = [
        '<button type="button" class="button small" data-details aria-haspopup="dialog" '
        f'aria-label="Details of run {run.number}" data-testid="run-open">Details</button>'
    ]
    if run.status in ENDED and run.evaluations:
        parts.append(
            '<button type="button" class="button small" data-tab="Evaluate" '
            f'data-run="{text(run.id)}" data-testid="run-evaluate">Evaluate</button>'
        )
    if run.status in RESUMABLE:
        parts.append(
            markup.button("Resume", "resume", run=run.id, testid="run-resume").replace(
                'class="button"', 'class="button small"', 1
            )
        )
    if run.status in ENDED and run.evaluations and not run.active and not run.leaky:
        parts.append(
            markup.button(
                "Use this model",
                "use",
                run=run.id,
                testid="use-model",
                confirm=f"Run {run.number} will answer in Predict from now on, and the predictions "
                "of all samples become its own. Labels stay as they are.",
            ).replace('class="button"', 'class="button small"', 1)
        )
    return f'<div class="row">{"".join(parts)}</div>'
