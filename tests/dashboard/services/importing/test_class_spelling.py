"""One name is one patient and one class, however it is typed; a name has its limits."""

import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert

from core.errors import AppError
from core.types import ClassId, DecisionKind, PatientId, SampleId, SampleQuery, spelling
from dashboard.services.curation import classes, curation, listing
from dashboard.services.curation.curation import Choice, Order
from dashboard.services.importing import importer
from dashboard.services.ledger import pages
from dashboard.services.splits import split_versions
from storage.database.tables import ClassRow, PatientRow
from storage.queries.sample_view import SqliteView
from storage.samples import classes as stored
from storage.samples import patients
from storage.workspace.folder import Workspace
from tests import factories
from tests.images import jpeg, put


def nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def table(root: Path, *rows: tuple[str, str]) -> Path:
    """Draw a picture for each (label, patient) and write the table that names them."""
    lines = ["path,label,patient"]
    for number, (label, patient) in enumerate(rows):
        put(root / f"{number}.jpg", jpeg(number))
        lines.append(f"{number}.jpg,{label},{patient}")
    return put(root / "t.csv", "\n".join(lines).encode())


def names(workspace: Workspace) -> list[str]:
    return [info.name for info, _count in classes.listed(workspace)]


def patient_names(workspace: Workspace) -> list[str]:
    with workspace.read() as session:
        return list(patients.names(session).values())


def set_patient(workspace: Workspace, sample: SampleId, name: str, note: str = "") -> None:
    order = Order(kind=DecisionKind.SET_PATIENT, who="ann", patient=name, note=note)
    curation.decide(workspace, order, [Choice(sample=sample)])


def test_composed_and_decomposed_names_are_one_patient_and_one_class(
    workspace: Workspace, tmp_path: Path
) -> None:
    rows = [
        (form("Erythème"), form(f"Müller {number}")) for number in range(6) for form in (str, nfd)
    ]
    report = importer.run(workspace, table(tmp_path / "set", *rows))
    assert (report.samples, report.patients, report.groups) == (12, 6, 6)
    assert names(workspace) == ["Erythème"]
    split_versions.ensure(workspace)
    assert split_versions.leaks(workspace) == []


def test_folders_in_two_forms_are_one_class_and_their_files_are_found(
    workspace: Workspace, tmp_path: Path
) -> None:
    for number, form in enumerate((str, nfd)):
        put(tmp_path / "set" / form("Erythème") / form("Größe.jpg"), jpeg(number))
        put(tmp_path / "set" / "Acne" / f"{number}.jpg", jpeg(10 + number))
    report = importer.run(workspace, tmp_path / "set")
    assert (report.added, report.skipped) == (4, ())
    assert names(workspace) == ["Acne", "Erythème"]


def test_wide_letters_and_invisible_signs_make_no_class_and_no_patient_of_their_own(
    workspace: Workspace, tmp_path: Path
) -> None:
    rows = [
        ("Measles", "p1"),
        ("ＭＥＡＳＬＥＳ", "p\u200b1"),
        ("Mea\u202esles", "\u202ep1"),
        ("Eczema", "p2"),
        ("ＥＣＺＥＭＡ", "p2\ufeff"),
    ]
    report = importer.run(workspace, table(tmp_path, *rows))
    assert (report.samples, report.patients) == (5, 2)
    assert names(workspace) == ["Measles", "Eczema"]
    assert patient_names(workspace) == ["p1", "p2"]


def test_every_door_for_classes_knows_a_name_in_any_form(workspace: Workspace) -> None:
    (rash,) = classes.add(workspace, [nfd("Erythème")])
    assert rash.name == "Erythème"
    assert classes.add(workspace, ["ERYTHÈME"]) == [rash]
    assert classes.find(workspace, nfd("erythème")) == rash
    (acne,) = classes.add(workspace, ["Ac\u200bne"])
    assert acne.name == "Acne"
    with pytest.raises(AppError, match="another class called 'Erythème'"):
        classes.rename(workspace, acne.id, nfd("Erythème"))
    classes.rename(workspace, acne.id, nfd("Akné") + "\u202e")
    assert names(workspace) == ["Erythème", "Akné"]
    with pytest.raises(AppError, match="holds nothing that can be seen"):
        classes.rename(workspace, acne.id, "\u200b")


def test_setting_a_patient_finds_the_one_that_is_there(workspace: Workspace) -> None:
    first, second = factories.fill(workspace, [("A", "Müller"), ("A", "other")])
    set_patient(workspace, second, nfd("Müller") + "\u200b")
    found = {one.id: one for one in listing.matching(workspace, SampleQuery())}
    assert found[first].group == found[second].group
    assert patient_names(workspace) == ["Müller", "other"]


def test_names_that_an_older_workspace_holds_decomposed_become_no_second_one(
    workspace: Workspace,
) -> None:
    (sample,) = factories.fill(workspace, [("A", "p")])
    with workspace.transaction() as session:
        session.execute(insert(PatientRow).values(id=7, name=nfd("Müller")))
        row = {"code": "ER", "colour": "#000000", "position": 9, "removed": None}
        session.execute(insert(ClassRow).values(id=8, name=nfd("Erythème"), **row))
    with workspace.transaction() as session:
        for form in (str, nfd):
            assert patients.ensure(session, form("Müller")) == PatientId(7)
            assert patients.find(session, form("Müller ")) == PatientId(7)
            assert stored.by_name(session, form("Erythème")).id == ClassId(8)
    set_patient(workspace, sample, "Müller")
    assert len(patient_names(workspace)) == 2
    for form in (str, nfd):
        query = SampleQuery(text=form("MÜLL"))
        assert SqliteView(workspace).ids(query) == [sample]
        then = listing.as_of(workspace, datetime.now(UTC), query)
        assert [one.id for one in then] == [sample]


def test_two_forms_of_a_class_in_an_older_workspace_can_be_merged(workspace: Workspace) -> None:
    factories.fill(workspace, [("Erythème", "p")])
    with workspace.transaction() as session:
        row = {"code": "ET", "colour": "#000000", "position": 9, "removed": None}
        session.execute(insert(ClassRow).values(id=8, name=nfd("Erythème"), **row))
    old, new = (classes.find(workspace, form("Erythème")) for form in (nfd, str))
    assert old.id == ClassId(8) != new.id
    assert classes.merge(workspace, new.id, old.id, "ann").applied == 1


def test_names_and_notes_that_are_too_long_are_refused_with_their_length(
    workspace: Workspace,
) -> None:
    (sample,) = factories.fill(workspace, [("A", "p")])
    set_patient(workspace, sample, "x" * spelling.LONGEST_PATIENT, "n" * spelling.LONGEST_NOTE)
    with pytest.raises(AppError, match="name has 201 characters; it may have at most 200"):
        set_patient(workspace, sample, "x" * 201)
    with pytest.raises(AppError, match="note has 501 characters; it may have at most 500"):
        set_patient(workspace, sample, "q", "n" * 501)
    keep = Order(kind=DecisionKind.KEEP, who="w" * 81)
    with pytest.raises(AppError, match="decides has 81 characters; it may have at most 80"):
        curation.decide(workspace, keep, [Choice(sample=sample)])
    with pytest.raises(AppError, match="class has 81 characters; it may have at most 80"):
        classes.add(workspace, ["c" * 81])
    assert len(pages.history(workspace)) == 1
    assert patient_names(workspace) == ["p", "x" * 200]


def test_a_picture_with_a_name_that_is_too_long_is_listed_and_the_rest_comes_in(
    workspace: Workspace, tmp_path: Path
) -> None:
    rows = [("A", "p1"), ("A", "p" * 201), ("c" * 81, "p3")]
    report = importer.run(workspace, table(tmp_path, *rows))
    assert report.added == 1
    assert {one.file: one.reason for one in report.skipped} == {
        "1.jpg": "the name of its patient has 201 characters; it may have at most 200",
        "2.jpg": "the name of its class has 81 characters; it may have at most 80",
    }
    assert names(workspace) == ["A"]


def test_a_class_whose_every_picture_was_refused_is_not_added(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = table(tmp_path, ("Eczema", "p1"), ("Acne", "p2"))
    put(tmp_path / "1.jpg", b"no picture")
    report = importer.run(workspace, path)
    assert list(report.classes) == names(workspace) == ["Eczema"]
    put(tmp_path / "1.jpg", jpeg(1))
    assert list(importer.run(workspace, path).classes) == ["Eczema", "Acne"]


def test_a_class_stays_that_a_claim_about_a_known_picture_names(
    workspace: Workspace, tmp_path: Path
) -> None:
    importer.run(workspace, table(tmp_path / "one", ("Eczema", "p1")))
    report = importer.run(workspace, table(tmp_path / "two", ("Acne", "p1")))
    assert report.conflicts == ((("0.jpg", "0.jpg"), ("Acne", "Eczema")),)
    assert names(workspace) == ["Eczema", "Acne"]


def test_a_removed_class_comes_back_only_with_a_picture_of_it(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = table(tmp_path / "one", ("Eczema", "p1"), ("Acne", "p2"))
    importer.run(workspace, path)
    eczema, acne = classes.find(workspace, "Eczema"), classes.find(workspace, "Acne")
    classes.merge(workspace, acne.id, eczema.id, "ann")
    classes.remove(workspace, acne.id)
    importer.run(workspace, path)
    assert names(workspace) == ["Eczema"]
    put(tmp_path / "two" / "Acne" / "new.jpg", jpeg(9))
    put(tmp_path / "two" / "Eczema" / "new.jpg", jpeg(8))
    importer.run(workspace, tmp_path / "two")
    assert classes.find(workspace, "Acne").id == acne.id
