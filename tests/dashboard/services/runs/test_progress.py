"""Following a run reads what is new, and nothing twice."""

from pathlib import Path

from core.jobs import job_spec
from dashboard.services.runs.progress import Following, Step


def test_events_are_read_once_and_half_a_line_waits_for_its_rest(tmp_path: Path) -> None:
    reader = job_spec.EventReader(tmp_path)
    assert list(reader.fresh()) == []
    say = job_spec.EventLog(tmp_path)
    say("message", text="one")
    with (tmp_path / job_spec.EVENTS).open("a") as file:
        file.write('{"event": "mess')
    assert [event["text"] for event in reader.fresh()] == ["one"]
    assert list(reader.fresh()) == []
    with (tmp_path / job_spec.EVENTS).open("a") as file:
        file.write('age", "text": "two"}\nno event\n')
    say("message", text="three")
    assert [event["text"] for event in reader.fresh()] == ["two", "three"]


def test_who_follows_a_run_knows_what_it_said_before(tmp_path: Path) -> None:
    following, say = Following(tmp_path), job_spec.EventLog(tmp_path)
    say("epoch", epoch=1, macro_f1=0.5)
    say("message", text="halved")
    assert [row.number for row in following.now().epochs] == [1]
    before = following.now()
    say("epoch", epoch=1, macro_f1=0.6)
    say("epoch", epoch=2, macro_f1=0.7)
    say("batch", epoch=3)
    now = following.now()
    assert [row.macro_f1 for row in now.epochs] == [0.6, 0.7]
    assert (now.messages, now.step) == (("halved",), Step(epoch=3))
    # What was told before stays as it was told.
    assert [row.macro_f1 for row in before.epochs] == [0.5]
