"""Every setting has a component of its kind, with the words, choices and bounds of the model."""

import gradio as gr
import pytest

from core.settings.config import SETTINGS
from dashboard.ui.train import form_values, setting_field
from dashboard.ui.train.form_layout import FormLayout


@pytest.mark.parametrize("name", form_values.FORM)
def test_a_component_says_what_the_model_says(name: str) -> None:
    one = SETTINGS[name]
    with gr.Blocks():
        made = setting_field.component(one)
    assert (made.label, made.info) == (one.label, one.description)
    assert made.value == one.default
    if one.choices:
        assert [value for _, value in made.choices] == list(one.choices)
    if isinstance(made, gr.Slider):
        assert (made.minimum, made.maximum) == (one.low, one.high)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("backbone", gr.Dropdown),
        ("optimizer", gr.Radio),
        ("balance", gr.Dropdown),
        ("cutmix", gr.Slider),
        ("trainings", gr.Slider),
        ("epochs", gr.Number),
        ("learning_rate", gr.Number),
        ("fold_everything", gr.Checkbox),
    ],
)
def test_the_kind_of_component_follows_from_type_bounds_and_choices(name: str, kind: type) -> None:
    with gr.Blocks():
        assert type(setting_field.component(SETTINGS[name])) is kind


def test_any_network_can_be_named_and_no_other_optimizer() -> None:
    with gr.Blocks():
        assert setting_field.component(SETTINGS["backbone"]).allow_custom_value
        made = setting_field.component(SETTINGS["optimizer"])
    with pytest.raises(gr.Error):
        made.preprocess("sgd")


def test_the_form_has_a_field_for_every_setting_and_opens_with_the_usual_choice() -> None:
    with gr.Blocks():
        form = FormLayout()
    own = {"split", "author_fold", "as_of", "allow_leak"}
    assert set(form.fields) == set(form_values.FORM) | own
    assert "allow_leak" not in form.kept_names
    opened = {name: one.value for name, one in form.fields.items()}
    assert form_values.request(opened).config == form_values.request({}).config
