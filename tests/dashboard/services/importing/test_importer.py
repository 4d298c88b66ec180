import io
import json
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import Engine, event

from core.demo import demo_set
from core.errors import AppError
from core.types import DecisionKind as Kind
from core.types import ImportReport, Progress, Queue, Sample, SampleQuery, Split, Status
from dashboard.services.browsing.overview import OverviewReader
from dashboard.services.curation import curation
from dashboard.services.curation.curation import Choice, Order
from dashboard.services.importing import importer
from dashboard.services.importing.import_document import ImportDocument
from dashboard.services.runs.trainer import Trainer
from dashboard.services.splits import split_versions
from storage.queries.sample_view import SqliteView
from storage.samples import classes, samples
from storage.workspace import media
from storage.workspace.folder import Workspace
from tests import images
from tests.images import jpeg, put

pytestmark = pytest.mark.process


def table(path: Path, *lines: str) -> Path:
    return put(path, "\n".join(("path,label,patient", *lines)).encode())


def everything(workspace: Workspace) -> list[Sample]:
    ids = SqliteView(workspace).ids(SampleQuery())
    with workspace.read() as session:
        return samples.many(session, ids)


def by_file(workspace: Workspace) -> dict[str, Sample]:
    return {one.file: one for one in everything(workspace)}


def label_of(workspace: Workspace, sample: Sample) -> str | None:
    with workspace.read() as session:
        names = classes.names(session)
    return None if sample.state.label is None else names[sample.state.label]


def decide(workspace: Workspace, sample: Sample, kind: Kind, label: str | None = None) -> None:
    with workspace.read() as session:
        label_id = None if label is None else classes.by_name(session, label).id
    curation.decide(
        workspace, Order(kind=kind, who="Ann", label=label_id), [Choice(sample=sample.id)]
    )


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    """Seven files: three patients, one picture twice, three that cannot be taken."""
    root = tmp_path / "set"
    put(root / "a.jpg", jpeg(1))
    put(root / "b.jpg", jpeg(2))
    put(root / "c.jpg", jpeg(3))
    put(root / "again.jpg", jpeg(3))
    put(root / "empty.jpg", b"")
    put(root / "text.jpg", b"a letter")
    put(root / "cut.jpg", jpeg(4)[:-200])
    return table(
        root / "manifest.csv",
        "a.jpg,Mpox,P1",
        "b.jpg,Mpox,P1",
        "c.jpg,Measles,P2",
        "again.jpg,Measles,P3",
        "empty.jpg,Measles,P4",
        "text.jpg,Measles,P5",
        "cut.jpg,Measles,P6",
        "missing.jpg,Measles,P7",
    )


def check_first(report: ImportReport) -> None:
    assert (report.files_seen, report.added, report.known) == (8, 3, 1)
    assert (report.samples, report.patients, report.groups) == (3, 3, 2)
    assert {name: (c.images, c.patients) for name, c in report.classes.items()} == {
        "Measles": (1, 2),
        "Monkeypox": (2, 1),
    }
    assert report.duplicates == (("c.jpg", "again.jpg"),)
    assert {one.file: one.reason for one in report.skipped} == {
        "missing.jpg": "the file is missing",
        "empty.jpg": "the file is empty (0 bytes)",
        "text.jpg": "the file is not a picture",
        "cut.jpg": "the picture is damaged or cut off",
    }


def test_an_import_takes_what_is_good_and_lists_the_rest(
    workspace: Workspace, collection: Path
) -> None:
    check_first(importer.run(workspace, collection))
    found = by_file(workspace)
    assert label_of(workspace, found["a.jpg"]) == "Monkeypox"
    assert found["a.jpg"].group == found["b.jpg"].group
    assert found["a.jpg"].patient_name == "P1"
    assert found["c.jpg"].queues == {Queue.DUPLICATE}
    with workspace.read() as session:
        for sample in found.values():
            file = media.file_of(session, media.ImageId(sample.id))
            assert file is not None
            assert Image.open(workspace.media / file).size == (16, 16)
            assert media.thumb_path(workspace, media.ImageId(sample.id)).is_file()


def test_the_same_import_again_adds_nothing(workspace: Workspace, collection: Path) -> None:
    first = importer.run(workspace, collection)
    before = everything(workspace)
    second = importer.run(workspace, collection)
    assert (second.added, second.known, second.files_seen) == (0, 4, 8)
    assert (second.samples, second.patients, second.groups) == (3, 3, 2)
    assert second.duplicates == first.duplicates
    assert second.differences == ()
    assert everything(workspace) == before


def test_a_dry_run_says_the_same_and_writes_nothing(workspace: Workspace, collection: Path) -> None:
    before = workspace.revision()
    report = importer.plan(workspace, collection)
    assert report.dry_run
    check_first(report)
    assert workspace.revision() == before
    assert everything(workspace) == []
    assert not workspace.media.exists()


def test_the_document_has_the_promised_keys(workspace: Workspace, collection: Path) -> None:
    document = ImportDocument.of(importer.plan(workspace, collection)).model_dump(mode="json")
    assert json.loads(json.dumps(document)) == document
    promised = "files_seen added known skipped samples patients groups classes duplicates conflicts"
    assert set(promised.split()) | {"children", "seconds", "dry_run"} <= set(document)
    assert document["classes"]["Monkeypox"] == {"images": 2, "patients": 1}
    assert document["duplicates"] == [["c.jpg", "again.jpg"]]


def test_two_classes_for_the_same_pixels_are_a_conflict(
    workspace: Workspace, tmp_path: Path
) -> None:
    put(tmp_path / "Measles" / "a.jpg", jpeg(1))
    put(tmp_path / "Cowpox" / "b.jpg", jpeg(1))
    put(tmp_path / "Cowpox" / "c.jpg", jpeg(2))
    report = importer.run(workspace, tmp_path)
    assert report.conflicts == ((("Cowpox/b.jpg", "Measles/a.jpg"), ("Cowpox", "Measles")),)
    found = by_file(workspace)["b.jpg"]
    assert found.state.label is None
    assert found.imported_label is None
    assert {Queue.CONFLICT, Queue.UNLABELLED} <= found.queues
    decide(workspace, found, Kind.RELABEL, "Measles")
    again = importer.run(workspace, tmp_path)
    assert again.conflicts == ()
    assert label_of(workspace, by_file(workspace)["b.jpg"]) == "Measles"
    assert again.differences == (
        "1 picture labelled Cowpox here is Measles by decision and stays so: Cowpox/b.jpg.",
    )


def test_a_later_import_never_overwrites_a_decision(workspace: Workspace, collection: Path) -> None:
    importer.run(workspace, collection)
    found = by_file(workspace)
    decide(workspace, found["a.jpg"], Kind.RELABEL, "Measles")
    decide(workspace, found["c.jpg"], Kind.EXCLUDE)
    before = {one.file: one.state for one in everything(workspace)}
    report = importer.run(workspace, collection)
    assert {one.file: one.state for one in everything(workspace)} == before
    assert report.differences == (
        "1 picture labelled Monkeypox here is Measles by decision and stays so: a.jpg.",
        "2 pictures are excluded by decision and stay out: c.jpg, again.jpg.",
    )
    other = table(collection.with_name("other.csv"), "a.jpg,Cowpox,P9", "b.jpg,Cowpox,P1")
    report = importer.run(workspace, other)
    found = by_file(workspace)
    assert label_of(workspace, found["a.jpg"]) == "Measles"
    assert found["a.jpg"].state.status is Status.RELABELLED
    assert found["b.jpg"].state.label is None
    assert Queue.CONFLICT in found["b.jpg"].queues
    assert report.differences[0].startswith("1 picture labelled Cowpox here is Measles by decision")


def test_what_was_not_known_is_filled_in_by_a_later_import(
    workspace: Workspace, tmp_path: Path
) -> None:
    put(tmp_path / "set" / "a.jpg", jpeg(1))
    importer.run(workspace, tmp_path / "set")
    assert by_file(workspace)["a.jpg"].state.label is None
    importer.run(workspace, table(tmp_path / "set" / "t.csv", "a.jpg,Measles,P1"))
    found = by_file(workspace)["a.jpg"]
    assert label_of(workspace, found) == "Measles"
    assert (found.patient_name, found.imported_label) == ("P1", found.state.label)
    assert found.queues == {Queue.DUPLICATE}


def test_the_same_pixels_with_other_metadata_are_the_same_sample(
    workspace: Workspace, tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[0x010F] = "a phone"
    buffer = io.BytesIO()
    Image.open(io.BytesIO(jpeg(5))).save(buffer, "PNG", exif=exif)
    put(tmp_path / "set" / "a.jpg", jpeg(5))
    put(tmp_path / "set" / "b.png", buffer.getvalue())
    report = importer.run(workspace, tmp_path / "set")
    assert (report.added, report.known) == (1, 1)
    stored = [path for path in workspace.media.rglob("*") if path.is_file()]
    assert len(stored) == 1
    assert b"a phone" not in stored[0].read_bytes()


def test_an_alias_after_a_rename_still_finds_its_class(
    workspace: Workspace, tmp_path: Path
) -> None:
    put(tmp_path / "one" / "Monkeypox" / "a.jpg", jpeg(1))
    put(tmp_path / "two" / "Mpox" / "b.jpg", jpeg(2))
    importer.run(workspace, tmp_path / "one")
    with workspace.transaction() as session:
        classes.rename(session, classes.by_name(session, "Monkeypox").id, "mpox (2022)")
        classes.rename(session, classes.by_name(session, "mpox (2022)").id, "Mpox")
    report = importer.run(workspace, tmp_path / "two")
    assert {name: count.images for name, count in report.classes.items()} == {"Mpox": 2}


def test_labels_that_are_no_classes_are_refused(workspace: Workspace, tmp_path: Path) -> None:
    rows = [f"a.jpg,label {number},P1" for number in range(501)]
    put(tmp_path / "a.jpg", jpeg(1))
    with pytest.raises(AppError, match="name 501 different classes"):
        importer.run(workspace, table(tmp_path / "t.csv", *rows))


def test_a_workspace_is_no_collection(workspace: Workspace, tmp_path: Path) -> None:
    put(tmp_path / "A" / "a.jpg", jpeg(1))
    for _time in range(2):
        assert importer.run(workspace, tmp_path).files_seen == 1
    with pytest.raises(AppError, match="is a workspace, not a collection"):
        importer.run(workspace, workspace.folder)


def test_progress_counts_up_and_tells_the_time_left(workspace: Workspace, tmp_path: Path) -> None:
    for number in range(150):
        put(tmp_path / "A" / f"{number}.jpg", jpeg(number))
    told: list[Progress] = []
    importer.run(workspace, tmp_path, progress=told.append)
    assert [one.done for one in told] == [0, 64, 128, 150]
    assert {one.total for one in told} == {150}
    assert told[0].seconds_left is None
    assert told[-1].seconds_left == 0


def test_a_cancelled_import_keeps_whole_batches_and_goes_on_later(
    workspace: Workspace, tmp_path: Path
) -> None:
    for number in range(150):
        put(tmp_path / "A" / f"{number:03d}.jpg", jpeg(number))
    answers = iter([False, True])
    report = importer.run(workspace, tmp_path, cancelled=lambda: next(answers))
    assert report.cancelled
    assert (report.added, report.samples) == (64, 64)
    report = importer.run(workspace, tmp_path)
    assert (report.added, report.known, report.samples) == (86, 64, 150)
    assert {source.import_number for one in everything(workspace) for source in one.sources} == {1}


def pictures_and_table(folder: Path, many: int) -> Path:
    """Draw pictures of as many patients, two classes in turn; return their table."""
    rows = []
    for number in range(many):
        put(folder / f"{number:03d}.jpg", jpeg(number))
        rows.append(f"{number:03d}.jpg,{'Measles' if number % 2 else 'Cowpox'},P{number}")
    return table(folder / "one.csv", *rows)


def test_new_samples_of_a_known_patient_inherit_their_side(
    workspace: Workspace, tmp_path: Path
) -> None:
    importer.run(workspace, pictures_and_table(tmp_path, 60))
    split_versions.ensure(workspace)
    side = {one.patient_name: one.split for one in everything(workspace)}
    more = []
    for number in range(60, 120):
        put(tmp_path / f"{number:03d}.jpg", jpeg(number))
        more.append(f"{number:03d}.jpg,Measles,P{number - 20}")
    importer.run(workspace, table(tmp_path / "two.csv", *more))
    for one in everything(workspace):
        assert one.split is not None
        if one.patient_name in side:
            assert one.split == side[one.patient_name]
        else:
            assert one.split.value in ("train", "validation")


def test_a_zip_is_imported_without_unpacking_it(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("set/Measles/a.jpg", jpeg(1))
        archive.writestr("set/Normal/b.jpg", jpeg(2))
        archive.writestr("../c.jpg", jpeg(3))
    report = importer.run(workspace, path)
    assert (report.added, len(report.skipped), list(report.classes)) == (
        2,
        1,
        ["Healthy", "Measles"],
    )
    assert by_file(workspace)["a.jpg"].sources[0].file == "set/Measles/a.jpg"


def test_msld_v2_comes_in_complete(workspace: Workspace, tmp_path: Path) -> None:
    root = images.msld2(tmp_path / "archive")
    report = importer.run(workspace, root)
    assert (report.layout, report.added, report.samples) == ("MSLD v2.0", 755, 755)
    assert (report.patients, report.groups) == (541, 541)
    assert {name: (c.images, c.patients) for name, c in report.classes.items()} == {
        name: (images, patients) for name, (_code, images, patients) in images.MSLD2.items()
    }
    assert report.children > 100
    assert report.added + report.known == 5 * 755
    assert report.files_seen == 5 * 755 + report.children
    assert report.skipped == ()
    assert report.duplicates == ()
    assert {fold: sum(sides.values()) for fold, sides in report.folds.items()} == {
        fold: 755 for fold in range(1, 6)
    }
    assert {len(one.sources) for one in everything(workspace)} == {1}
    again = importer.run(workspace, root)
    assert (again.added, again.samples, again.children) == (0, 755, report.children)


def test_a_file_below_a_table_of_real_photographs(workspace: Workspace, shared_data: Path) -> None:
    path = shared_data / "msld6" / "manifest.csv"
    report = importer.run(workspace, path)
    assert (report.files_seen, report.added, report.samples) == (331, 330, 330)
    assert (report.patients, report.groups, len(report.classes)) == (253, 252, 6)
    assert report.duplicates == (("Chickenpox/NM110_01.jpg", "Chickenpox/NM68_01.jpg"),)
    again = importer.run(workspace, path)
    assert (again.added, again.known, again.samples) == (0, 331, 330)


def test_hostile_files_are_listed_and_never_fatal(workspace: Workspace, shared_data: Path) -> None:
    report = importer.run(workspace, shared_data / "nasty")
    assert report.added + report.known + len(report.skipped) == report.files_seen == 251
    assert report.added > 100
    assert all(one.reason for one in report.skipped)


def test_the_same_picture_twice_in_an_import_is_not_called_known_before(
    workspace: Workspace, collection: Path
) -> None:
    report = importer.plan(workspace, collection)
    assert (report.known, report.repeated) == (1, 1)
    assert report.shared == ((("c.jpg", "again.jpg"), ("P2", "P3")),)
    assert report.new_classes == {"Monkeypox": 2, "Measles": 1}
    importer.run(workspace, collection)
    again = importer.plan(workspace, collection)
    assert (again.added, again.known, again.repeated) == (0, 4, 0)
    assert again.new_classes == {}
    # Classes are told as they stand after an import, whatever is new.
    assert again.classes["Monkeypox"].images == 2
    assert again.shared == report.shared


def test_the_preview_says_on_which_sides_of_the_split_new_photographs_come(
    workspace: Workspace, tmp_path: Path
) -> None:
    importer.run(workspace, pictures_and_table(tmp_path, 40))
    assert importer.plan(workspace, tmp_path / "one.csv").new_sides == {}
    split_versions.ensure(workspace)
    held = [one.patient_name for one in everything(workspace) if one.split is Split.TEST]
    for number in (40, 41, 42):
        put(tmp_path / f"{number:03d}.jpg", jpeg(number))
    more = table(
        tmp_path / "two.csv",
        f"040.jpg,Measles,{held[0]}",
        "041.jpg,Measles,Somebody",
        "042.jpg,Cowpox,Somebody else",
    )
    sides = dict(importer.plan(workspace, more).new_sides)
    # A known patient's photograph goes where the patient stands; nobody new comes into test.
    assert sides.pop("test") == 1
    assert set(sides) <= {"train", "validation"}
    assert sum(sides.values()) == 2


def test_only_something_else_beside_the_demonstration_set_is_warned_of(
    workspace: Workspace, collection: Path, tmp_path: Path
) -> None:
    assert not importer.plan(workspace, collection).demonstration
    put(tmp_path / "drawn" / "d.jpg", jpeg(90))
    lines = f"path,label,patient,source\nd.jpg,Measles,D1,{demo_set.ORIGIN}"
    drawn = put(tmp_path / "drawn" / "manifest.csv", lines.encode())
    assert not importer.run(workspace, drawn).demonstration
    reader = OverviewReader(workspace, Trainer(workspace, serving=False))
    assert (reader.read().synthetic, reader.read().own) == (True, False)
    assert not importer.plan(workspace, drawn).demonstration
    assert importer.plan(workspace, collection).demonstration
    importer.run(workspace, collection)
    assert (reader.read().synthetic, reader.read().own) == (True, True)


def test_a_longer_table_of_the_same_files_sends_few_more_statements(
    workspace: Workspace, tmp_path: Path
) -> None:
    """Six files, named again and again: each is claimed, counted and taken once a batch."""

    def statements(rows: int) -> int:
        folder = tmp_path / str(rows)
        for number in range(6):
            put(folder / f"{number}.jpg", jpeg(rows + number))
        lines = [f"{row % 6}.jpg,{'AB'[row % 2]},P{row % 6}" for row in range(rows)]
        listed = table(folder / "table.csv", *lines)
        sent: list[str] = []

        def note(*given: object) -> None:
            sent.append(str(given[2]))

        event.listen(Engine, "before_cursor_execute", note)
        try:
            importer.run(workspace, listed)
        finally:
            event.remove(Engine, "before_cursor_execute", note)
        return len(sent)

    # Some a batch: one for each row would be 540 more.
    assert statements(600) - statements(60) < 540 / 3
