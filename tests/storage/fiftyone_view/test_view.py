import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from core.errors import ViewUnavailable
from core.types import (
    ClassId,
    PatientId,
    Queue,
    SampleId,
    SampleQuery,
    Sort,
    Split,
    Status,
)
from storage.database import revisions
from storage.database.tables import ClassRow
from storage.fiftyone_view import connect
from storage.fiftyone_view.mongod import Mongod
from storage.fiftyone_view.view import FiftyOneView
from storage.queries.sample_view import SqliteView
from storage.samples import samples
from storage.workspace.folder import Workspace
from tests import factories
from tests.storage.fiftyone_view import view_cases

Opened = tuple[Workspace, FiftyOneView, SqliteView, list[SampleId]]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory, view_server: Mongod) -> Iterator[Opened]:
    workspace = Workspace.open(tmp_path_factory.mktemp("view") / "workspace")
    ids = view_cases.fill(workspace)
    yield workspace, connect.open_view(workspace, view_server), SqliteView(workspace), ids
    workspace.close()


@pytest.fixture
def view(workspace: Workspace, view_server: Mongod) -> FiftyOneView:
    return connect.open_view(workspace, view_server)


def several(values: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.one_of(st.just(()), st.lists(values, max_size=2, unique=True).map(tuple))


CLASS_IDS = st.sampled_from([ClassId(number) for number in range(1, 6)])
QUERIES = st.builds(
    SampleQuery,
    labels=several(st.one_of(st.none(), CLASS_IDS)),
    splits=several(st.sampled_from([*Split, None])),
    statuses=several(st.sampled_from(list(Status))),
    queues=several(st.sampled_from(list(Queue))),
    patient=st.one_of(st.none(), st.none(), st.integers(1, 9).map(PatientId)),
    text=st.one_of(st.just(""), st.sampled_from(view_cases.TEXTS)),
    cell=st.one_of(st.none(), st.none(), st.builds(view_cases.cell, CLASS_IDS, CLASS_IDS)),
    among=st.one_of(
        st.none(),
        st.none(),
        st.sets(st.integers(1, 130)).map(
            lambda numbers: tuple(factories.sample_id(number) for number in numbers)
        ),
    ),
    sort=st.sampled_from([sort for sort in Sort if sort is not Sort.SIMILARITY]),
    descending=st.booleans(),
)


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(query=QUERIES, offset=st.integers(0, 130), limit=st.sampled_from([1, 7, 48]))
def test_both_views_give_the_same_page_for_any_query(
    opened: Opened, query: SampleQuery, offset: int, limit: int
) -> None:
    _, view, sqlite, _ = opened
    assert view.page(query, offset, limit) == sqlite.page(query, offset, limit)
    assert view.ids(query) == sqlite.ids(query)
    assert view.problem is None


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(query=QUERIES, place=st.integers(0, 100), offset=st.integers(0, 60))
def test_both_views_agree_about_what_is_similar(
    opened: Opened, query: SampleQuery, place: int, offset: int
) -> None:
    _, view, sqlite, ids = opened
    near = replace(query, sort=Sort.SIMILARITY, similar_to=ids[place])
    assert view.page(near, offset, 48) == sqlite.page(near, offset, 48)
    assert view.similar(ids[place], 12) == sqlite.similar(ids[place], 12)
    assert view.similar(ids[place], 12)[0] == ids[place]


def test_similarity_to_a_picture_without_embedding_is_refused_in_words(opened: Opened) -> None:
    _, view, _, ids = opened
    with pytest.raises(ViewUnavailable, match="newer than the embeddings"):
        view.page(SampleQuery(sort=Sort.SIMILARITY, similar_to=ids[-1]), 0, 48)


def test_every_cell_of_the_matrix_is_found(opened: Opened) -> None:
    _, view, _, _ = opened
    labels = [ClassId(number) for number in range(1, 5)]
    sizes = [
        view.page(SampleQuery(cell=view_cases.cell(true, predicted)), 0, 1).total
        for true in labels
        for predicted in labels
    ]
    assert sum(sizes) > 20


def test_a_change_shows_in_the_next_answer(workspace: Workspace, view: FiftyOneView) -> None:
    first, second = factories.fill(workspace, [("acne", "a"), ("Measles", "b")])
    with workspace.read() as session:
        label = samples.get(session, first).state.label
    assert view.ids(SampleQuery(labels=(label,))) == [first]
    with workspace.transaction() as session:
        state = samples.states(session, [second])[second]
        samples.write_states(session, {second: replace(state, label=label)})
    assert view.ids(SampleQuery(labels=(label,))) == [first, second]
    assert view.catch_up() == 0


def test_only_what_has_changed_is_projected(workspace: Workspace, view: FiftyOneView) -> None:
    ids = factories.fill(workspace, [("acne", None)] * 30)
    assert view.catch_up() == 30
    with workspace.transaction() as session:
        revisions.touch(session, ids[:4])
    assert view.catch_up() == 4
    assert view.catch_up() == 0


def test_a_renamed_class_shows_although_no_sample_was_stamped(
    workspace: Workspace, view: FiftyOneView
) -> None:
    ids = factories.fill(workspace, [("acne", None), ("Measles", None)])
    view.catch_up()
    with workspace.transaction() as session:
        session.execute(
            update(ClassRow).where(ClassRow.name == "acne").values(name="Acne", position=99)
        )
    assert view.ids(SampleQuery(sort=Sort.LABEL)) == SqliteView(workspace).ids(
        SampleQuery(sort=Sort.LABEL)
    )
    sample = view.dataset.match({"sample_id": ids[0]}).first()
    assert (sample.ground_truth.label, sample.imported_label.label) == ("Acne", "Acne")
    assert view.foreign_edits() == []


def test_the_app_can_read_the_documents(workspace: Workspace, view: FiftyOneView) -> None:
    ids = factories.fill(workspace, [("acne", "MKP:1")], pictures=True)
    view.catch_up()
    sample = view.dataset.first()
    assert sample.sample_id == ids[0]
    assert Path(sample.filepath).is_file()
    assert (sample.ground_truth.label, sample.patient, sample.group) == ("acne", "MKP:1", 1)
    sample.tags.append("by hand")
    sample.save()
    with workspace.transaction() as session:
        revisions.touch(session, ids)
    view.catch_up()
    assert view.dataset.first().tags == ["by hand"]


def test_paths_follow_a_workspace_that_has_moved(
    workspace: Workspace, view_server: Mongod, tmp_path: Path
) -> None:
    factories.fill(workspace, [("acne", None)] * 3, pictures=True)
    connect.open_view(workspace, view_server)
    workspace.close()
    moved = tmp_path / "$elsewhere ä"
    shutil.move(workspace.folder, moved)
    again = Workspace.open(moved)
    view = connect.open_view(again, view_server)
    assert view.projected == 0
    assert all(Path(path).is_file() for path in view.dataset.values("filepath"))
    again.close()


def test_a_workspace_restored_from_an_older_copy_is_projected_anew(
    workspace: Workspace, view_server: Mongod, tmp_path: Path
) -> None:
    factories.fill(workspace, [("acne", None)] * 5)
    workspace.close()
    shutil.copytree(workspace.folder, tmp_path / "copy")
    newer = Workspace.open(workspace.folder)
    with newer.transaction() as session:
        sample = factories.sample_id(1)
        state = samples.states(session, [sample])[sample]
        samples.write_states(session, {sample: replace(state, label=None)})
    connect.open_view(newer, view_server)
    newer.close()
    older = Workspace.open(tmp_path / "copy")
    view = connect.open_view(older, view_server)
    assert view.projected == 5
    assert view.ids(SampleQuery(labels=(None,))) == []
    older.close()


def test_documents_that_somebody_deleted_come_back(
    workspace: Workspace, view_server: Mongod
) -> None:
    ids = factories.fill(workspace, [("acne", None)] * 5)
    view = connect.open_view(workspace, view_server)
    view.dataset.delete_samples(view.dataset.values("id")[:2])
    assert connect.open_view(workspace, view_server).ids(SampleQuery()) == ids


def test_many_threads_may_ask_while_one_writes(workspace: Workspace, view: FiftyOneView) -> None:
    ids = factories.fill(workspace, [("acne", "p"), ("Measles", "q")] * 100)
    label = _label_of(workspace, ids[0])
    wrong: list[object] = []

    def ask() -> None:
        for _ in range(15):
            before = _labelled(workspace, label)
            total = view.page(SampleQuery(labels=(label,)), 0, 48).total
            after = _labelled(workspace, label)
            if not before <= total <= after:
                wrong.append((before, total, after))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for sample in ids[1:60:2]:
        with workspace.transaction() as session:
            state = samples.states(session, [sample])[sample]
            samples.write_states(session, {sample: replace(state, label=label)})
    for thread in threads:
        thread.join()
    assert wrong == []
    assert view.problem is None
    assert view.ids(SampleQuery()) == ids


def _label_of(workspace: Workspace, sample: SampleId) -> ClassId | None:
    with workspace.read() as session:
        return samples.get(session, sample).state.label


def _labelled(workspace: Workspace, label: ClassId | None) -> int:
    return SqliteView(workspace).page(SampleQuery(labels=(label,)), 0, 1).total


def test_while_somebody_writes_sqlite_answers_at_once_and_that_is_no_problem(
    workspace: Workspace, view: FiftyOneView
) -> None:
    view_cases.fill(workspace)
    writes, done = threading.Event(), threading.Event()

    def write() -> None:
        with view._lock:
            writes.set()
            done.wait(30)

    writer = threading.Thread(target=write)
    writer.start()
    writes.wait(30)
    query = SampleQuery(sort=Sort.FILE)
    assert view.page(query, 0, 48) == SqliteView(workspace).page(query, 0, 48)
    assert view.problem is None
    assert view.projected == 0  # Nothing has been written meanwhile.
    with pytest.raises(ViewUnavailable, match="large change"):
        view.catch_up()
    done.set()
    writer.join()
    assert view.catch_up() == 120
