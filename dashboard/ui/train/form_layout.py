"""The components of the training form, from top to bottom."""

from collections.abc import Iterable
from typing import Any

import gradio as gr

from core.settings import presets as preset_words
from core.settings.config import SETTINGS
from core.settings.fields import Group
from core.settings.limits import PRESETS
from dashboard.ui.train import form_values, network_choice
from dashboard.ui.train.form_values import Mode
from dashboard.ui.train.setting_field import component

NO_SAMPLES = "A model learns from labelled photographs, and there are none yet."
ABOUT_FOLDS = (
    "Cross-validation trains once more per fold and scores every photograph of train and "
    "validation by a network that has not seen its patient: its pooled matrix is in Evaluate, and "
    "doubtful labels go to Curate."
)
ABOUT_SEARCH = (
    "A search tries learning rates, frozen stages, balancing and strengths of augmentation on "
    "folds of train and validation; it never looks at test. Then train with the settings of your "
    "choice."
)
TRAIN = "Train a model"
MANY = "Cross-validate, or search for settings"
LEAK = (
    "Photographs of one patient may be on two sides. The run is stamped leaky everywhere and "
    "cannot become active."
)


class FormLayout:
    """The components; `fields` are the settings, and how to split, by their names.

    Neither the form nor what to do before it is in sight until a page has told which it is.
    """

    def __init__(self) -> None:
        self.fields: dict[str, Any] = {}
        self._usual = form_values.of_beginning(form_values.FIRST)
        self.plan = gr.State(None)
        # Both travel with the fields: a state of the server may be newer than what was sent.
        self.filled = gr.State(0)
        """Changes when a listener, not a person, has put something into the form."""
        self.opened = gr.Checkbox(False, visible="hidden", elem_id="form-opened")
        self.followed = gr.Textbox(
            form_values.FIRST, visible="hidden", elem_id="form-followed", label="Preset followed"
        )
        self.draft = gr.BrowserState(None, storage_key="ai-mpox-training-form", secret="ai-mpox")
        with gr.Column(visible=False, elem_id="train-empty", elem_classes=["card"]) as self.empty:
            gr.Markdown(NO_SAMPLES)
            self.first = gr.Button("Import photographs", variant="primary")
        with gr.Column(visible=False, elem_id="train-form", elem_classes=["card"]) as self.body:
            self._basics()
            with gr.Accordion("Advanced", open=False, elem_id="advanced"):
                self._advanced()
            self.problem = gr.Markdown(
                visible=False, elem_id="train-problem", elem_classes=["notice", "bad"]
            )
            self.time = gr.Markdown(elem_id="train-time", elem_classes=["quiet"])
            self.train = gr.Button(TRAIN, variant="primary", elem_id="train-start")
            with gr.Accordion(MANY, open=False, elem_id="many"):
                self._many()
            self._leak()

    def _basics(self) -> None:
        effort = self._setting(
            "preset", label="How much effort?", info=None, elem_classes=["presets"]
        )
        effort.choices = presets("imagenet")
        with gr.Column(visible=False, elem_id="train-kept") as self.kept:
            self.kept_words = gr.Markdown(elem_classes=["quiet"])
            self.alone = gr.Button("Use the preset's own", size="sm", elem_id="preset-alone")
        self._setting("backbone")
        self.facts = gr.Markdown(elem_id="network-facts", elem_classes=["quiet"])
        self.measure = gr.Button(
            "Measure its speed here", size="sm", visible=False, elem_id="measure"
        )
        with gr.Accordion("Compare networks", open=False, elem_id="networks") as self.networks:
            self.network_table = gr.Dataframe(
                headers=list(network_choice.COLUMNS),
                column_widths=[f"{width}px" for width in network_choice.COLUMNS.values()],
                show_label=False,
                interactive=False,
                elem_id="network-table",
            )
            gr.Markdown(network_choice.MACS, elem_classes=["quiet"])
        self._setting("init")

    def _advanced(self) -> None:
        with gr.Row(elem_classes=["fields"]):
            for name, setting in form_values.FORM.items():
                if setting.group is Group.ADVANCED:
                    self._setting(name)
        with gr.Row(elem_classes=["fields"]):
            self.fields["split"] = gr.Radio(
                [(label, name) for name, label in form_values.SPLITS.items()],
                value="patient",
                label="Split",
                info="What is kept on one side.",
                elem_id="field-split",
            )
            self.fields["author_fold"] = gr.Number(
                1, label="Fold of the authors", step=1, visible=False, elem_id="field-author_fold"
            )
            self.fields["as_of"] = gr.DateTime(
                include_time=False,
                type="string",
                label="Labels of",
                info="The end of that day; empty: now.",
                elem_id="field-as_of",
            )

    def _many(self) -> None:
        gr.Markdown(ABOUT_FOLDS, elem_classes=["quiet"])
        with gr.Row(elem_classes=["fields"]):
            self._setting("folds", form_values.FOLDS)
            self._setting("folds_by")
            self._setting("fold_everything")
        self.cross_validate = gr.Button("Cross-validate", size="md", elem_id="cross-validate")
        gr.Markdown(ABOUT_SEARCH, elem_classes=["quiet"])
        self._setting("search", form_values.TRIALS)
        self.search = gr.Button("Search for settings", size="md", elem_id="search-settings")

    def _leak(self) -> None:
        with gr.Column(visible=False, elem_id="leak", elem_classes=["notice", "bad"]) as self.leak:
            gr.Markdown(LEAK)
            self.fields["allow_leak"] = gr.Checkbox(
                label="I accept a leaking split for this run", elem_id="allow-leak"
            )

    def _setting(self, name: str, value: Any = None, **look: Any) -> Any:
        first = self._usual[name] if value is None else value
        self.fields[name] = component(SETTINGS[name], first, **look)
        return self.fields[name]

    @property
    def named(self) -> dict[str, Any]:
        """Name -> component of all that is read together."""
        states = {"opened": self.opened, "followed": self.followed, "plan": self.plan}
        return {**self.fields, **states}

    @property
    def inputs(self) -> set[Any]:
        """The form as the inputs of a listener."""
        return set(self.named.values())

    @property
    def kept_names(self) -> list[str]:
        """What the browser keeps; a leak is accepted for one run, not for those to come."""
        return [*(name for name in self.fields if name != "allow_leak"), "followed"]

    def of(self, names: Iterable[str]) -> list[Any]:
        """Return the components of these names."""
        return [self.named[name] for name in names]

    @property
    def starts(self) -> dict[Mode, gr.Button]:
        """What starts a run, by what it starts."""
        return {"train": self.train, "folds": self.cross_validate, "search": self.search}

    @property
    def buttons(self) -> list[Any]:
        """The buttons of `starts` in their order."""
        return list(self.starts.values())

    @property
    def looks(self) -> list[Any]:
        """What follows from the choices without asking for anything."""
        preset, *others = self.of(["preset", "author_fold", "folds", "balance_target"])
        return [preset, self.kept, self.kept_words, self.leak, *others]


def presets(init: str) -> list[tuple[str, str]]:
    """Return the presets to choose from, each with what it does from such weights."""
    labels = SETTINGS["preset"].choices
    number = int(init == "random")
    return [(f"{labels[name]}\n{preset_words.SENTENCES[name][number]}", name) for name in PRESETS]
