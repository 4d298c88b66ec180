"""The form that starts a run: presets in front, all other settings under "Advanced"."""

import functools
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import gradio as gr

from core.errors import AppError
from core.settings.config import SETTINGS
from dashboard.runtime.context import AppContext
from dashboard.schemas import balance as balance_choice
from dashboard.services.runs import networks, preflight
from dashboard.ui.shared import events, tabs
from dashboard.ui.shared.events import LAST, ONCE
from dashboard.ui.shared.page import Page
from dashboard.ui.train import form_layout, form_values, network_choice
from dashboard.ui.train.form_layout import FormLayout
from dashboard.ui.train.form_values import Mode, StartRequest

Given = Mapping[Any, Any]
"""Component -> its value: a form travels as a set of components."""
_HIDDEN = gr.update(visible=False)


class TrainingForm:
    """Handlers of the form; `settings` is the checked model, as a dict, for who shows more of it.

    To be made where the form is to appear.
    """

    def __init__(self, ctx: AppContext) -> None:
        self.ctx = ctx
        self.parts = FormLayout()
        self.settings = gr.State(None)
        self._starts: list[Any] = []

    def started(
        self, handler: Callable[..., Any], inputs: Any = None, outputs: Any = None, **more: Any
    ) -> None:
        """Call `handler` when the form has started or queued a run."""
        for start in self._starts:
            start.success(handler, inputs, outputs, **more)

    def listen(self, page: Page) -> None:
        """Follow what is typed and pressed here, and the plan that is chosen in Balance."""
        form, fields = self.parts, self.parts.fields
        kept = [*form.of(form.kept_names), form.plan, form.opened]
        draft = [form.draft, form.opened, page.balance_choice]
        page.clock.on("samples", self.open, [form.empty, form.body, *kept], draft)
        preset, init, network = form.of(["preset", "init", "backbone"])
        decided = form.of([*form_values.PRESET_DECIDES, "followed"])
        filled = form.filled
        gr.on([preset.input, init.input], self.follow, form.inputs, [*decided, filled], **LAST)
        network.input(self.size, network, [fields["image_size"], filled], **LAST)
        advanced = [*form.of(form_values.ADVANCED), filled]
        form.alone.click(self.preset_alone, form.inputs, advanced, **ONCE)
        typed = [field for field in fields.values() if field not in (preset, init, network)]
        # What a listener puts in is no input; a day has no event of its own for one.
        inputs = [
            field.change if isinstance(field, gr.DateTime) else field.input for field in typed
        ]
        changed = [*inputs, form.opened.change, form.filled.change]
        draft_of = [*form.of(form.kept_names), form.draft, form.opened]
        gr.on(changed, None, draft_of, form.draft, js=form_values.keeping(form.kept_names))
        reviewed = [*form.looks, *self._checked]
        changed.append(page.clock.changes(["runs", "speeds"], form.time))
        gr.on(changed, self.review, form.inputs, reviewed, **LAST)
        form.measure.click(events.shown(self.measure), form.inputs, self._checked, **ONCE)
        form.networks.expand(self.networks, None, form.network_table, **ONCE)
        chosen = [page.balance_choice, form.plan]
        planned = form.of(["balance", "balance_target", "plan"])
        page.balance_choice.change(self.take_plan, chosen, planned, **LAST)
        # Checked only where it is seen: a check measures this machine.
        page.clock.opened(self.arrive, [*planned, filled], chosen)
        form.first.click(None, None, None, js=tabs.opening("curate"))
        self._starts = [self._listen_to(button, mode) for mode, button in form.starts.items()]

    def _listen_to(self, button: gr.Button, mode: Mode) -> Any:
        """Start when a button is pressed; `once`: pressing it again meanwhile does nothing."""
        form = self.parts
        outputs = [*form.buttons, form.fields["allow_leak"]]
        start = functools.partial(self.start, mode)
        return button.click(start, form.inputs, outputs, **ONCE)

    @property
    def _checked(self) -> list[Any]:
        """The outputs of `check`."""
        form = self.parts
        return [form.problem, form.facts, form.measure, form.time, self.settings]

    def open(self, draft: object, opened: bool, plan: object) -> list[Any]:
        """Show the form, or what to do first.

        The form comes into sight with what this browser has kept in it: put back later, it would
        take back what a person has pressed meanwhile.
        """
        ready = preflight.trainable(self.ctx.workspace).images > 0
        shown = [gr.update(visible=not ready), gr.update(visible=ready)]
        return [*shown, *self._restored(draft, opened, plan)]

    def _restored(self, draft: object, opened: bool, plan: object) -> list[Any]:
        """Return what is put back, once, when the page opens.

        A plan that was chosen in Balance before is in the draft already.
        """
        names, kept = self.parts.kept_names, form_values.restored(draft)
        if opened or not kept:
            return [*[gr.skip()] * (len(names) + 1), True]
        return [*[kept.get(name, gr.skip()) for name in names], plan, True]

    def look(self, given: Given) -> tuple[Any, ...]:
        """Show what belongs to the choices."""
        values = self._named(given)
        kept = form_values.kept(values)
        names = "; ".join(SETTINGS[name].label for name in kept)
        return (
            gr.update(choices=form_layout.presets(str(values["init"]))),
            gr.update(visible=bool(kept)),
            f"Kept as you set it: {names}.",
            gr.update(visible=form_values.leaks(values)),
            gr.update(visible=values["split"] == "author"),
            gr.update(visible=values["folds_by"] != "authors"),
            gr.update(interactive=values["balance"] == "augmentation"),
        )

    def check(self, given: Given) -> tuple[Any, ...]:
        """Say what the chosen network is, how long a run takes, and what is wrong, at once."""
        try:
            config = self._request(given, "train").config
            choice = self.ctx.networks.choice(config.backbone, config.image_size)
        except AppError as error:
            return _problem(error), "", _HIDDEN, "", gr.skip()
        problem = preflight.weights_problem(config)
        measuring = self.ctx.networks.measuring()
        facts = network_choice.facts(choice, measuring, fetch=preflight.must_fetch(config))
        unknown = not (network_choice.is_measured(choice) or measuring)
        time = "" if problem else network_choice.time_words(self.ctx.estimates.expect(config))
        settings = config.model_dump(mode="json")
        return _problem(problem), facts, gr.update(visible=unknown), time, settings

    def review(self, given: Given) -> Iterator[tuple[Any, ...]]:
        """Show at once what belongs to the choices, then what has to be looked up."""
        yield *self.look(given), *[gr.skip()] * len(self._checked)
        yield *[gr.skip()] * len(self.parts.looks), *self.check(given)

    def follow(self, given: Given) -> list[Any]:
        """Fill in another preset; what a person has set stays."""
        self.ctx.trainer.prepare()
        values = self._named(given)
        new = form_values.followed(values, str(values["followed"]))
        return [*new.values(), form_values.beginning(values), _moment()]

    def preset_alone(self, given: Given) -> list[Any]:
        """Fill in the preset's own values."""
        values = self._named(given)
        usual = form_values.of_beginning(form_values.beginning(values))
        return [*(usual[name] for name in form_values.ADVANCED), _moment()]

    def size(self, backbone: str) -> tuple[Any, int]:
        """Return the size that a network was made for; `check` says what is no network."""
        try:
            return networks.usual_size(str(backbone or "")), _moment()
        except AppError:
            return gr.skip(), _moment()

    def measure(self, given: Given) -> tuple[Any, ...]:
        """Measure the chosen network in the background."""
        config = self._request(given, "train").config
        self.ctx.networks.measure(config.backbone, config.image_size)
        return self.check(given)

    def networks(self) -> Any:
        """Return the recommended networks side by side."""
        return network_choice.table(self.ctx.networks.recommended())

    def arrive(self, chosen: object, taken: object) -> tuple[Any, ...]:
        """Take over the plan of Balance when the tab opens, and let the form be reviewed then."""
        changed = gr.skip() if _plan(chosen) == taken else _moment()
        return *self.take_plan(chosen, taken), changed

    def take_plan(self, chosen: object, taken: object) -> tuple[Any, ...]:
        """Take over the plan that was chosen in Balance, where it is a new one."""
        plan = _plan(chosen)
        if plan == taken:
            return gr.skip(), gr.skip(), gr.skip()
        return plan["method"], plan["target"], plan

    def start(self, mode: Mode, given: Given) -> Iterator[tuple[Any, ...]]:
        """Start or queue a run; yield at once what is being done, then buttons that are ready.

        The button that was pressed keeps the keyboard, so it is not disabled; the others are. A
        leak that was accepted counts for one run only.
        """
        pressed = self.parts.starts[mode]
        waiting = [gr.update(interactive=button is pressed) for button in self.parts.buttons]
        if mode == "train":
            waiting[0] = gr.update(value=_waiting_for(given[self.parts.fields["init"]]))
        yield *waiting, gr.skip()
        ready = [gr.update(interactive=True) for _ in self.parts.buttons]
        ready[0] = gr.update(value=form_layout.TRAIN, interactive=True)
        try:
            wanted = self._request(given, mode)
            run = self.ctx.trainer.start(
                wanted.config,
                split=wanted.split,
                allow_leak=wanted.allow_leak,
                as_of=wanted.as_of,
            )
        except AppError as error:
            yield *ready, gr.skip()
            raise events.refusal(error) from error
        events.info(f"Run {run.number} is {run.status.value}.")
        yield *ready, False

    def _request(self, given: Given, mode: Mode) -> StartRequest:
        return form_values.request(self._named(given), mode)

    def _named(self, given: Given) -> dict[str, Any]:
        return {name: given[field] for name, field in self.parts.named.items()}


def _plan(chosen: object) -> dict[str, Any]:
    return balance_choice.read(chosen).model_dump(mode="json")


def _moment() -> int:
    """Return a value that `filled` did not have before."""
    return time.monotonic_ns()


def _waiting_for(init: object) -> str:
    return "Looking for the weights…" if init == "imagenet" else "Starting…"


def _problem(error: AppError | None) -> Any:
    words = "" if error is None else events.md(events.sentence(error))
    return gr.update(value=words, visible=error is not None)
