import gradio as gr
import pytest
from gradio.utils import get_type_hints

from core.errors import AppError
from dashboard.ui.shared import events


@events.shown
def refuse(event: gr.SelectData) -> str:
    raise AppError("Run <7> is gone.", title="Gone", hint="Choose another & try again.")


def test_an_expected_failure_becomes_an_escaped_toast() -> None:
    with pytest.raises(gr.Error) as raised:
        refuse(None)
    assert raised.value.message == "Run &lt;7&gt; is gone. Choose another &amp; try again."


def test_a_bug_stays_loud() -> None:
    @events.shown
    def broken() -> float:
        return 1 / 0

    with pytest.raises(ZeroDivisionError):
        broken()


def test_gradio_sees_what_a_wrapped_handler_takes() -> None:
    assert get_type_hints(refuse)["event"] is gr.SelectData


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("plain words", "plain words"),
        ("a_b*c*", r"a\_b\*c\*"),
        ("[x](javascript:alert(1))", r"\[x\]\(javascript\:alert\(1\)\)"),
        ("two\n\n# lines", r"two \# lines"),
        ("<b>&amp;", "&lt;b\\>&amp;amp;"),
        ("back\\slash", "back\\\\slash"),
    ],
)
def test_typed_text_is_no_markup(typed: str, text: str) -> None:
    assert events.md(typed) == text
