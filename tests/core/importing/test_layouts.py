import csv
import os
import zipfile
from collections import Counter
from pathlib import Path

import openpyxl
import pytest

from core import importing
from core.errors import AppError, ImageRefused
from core.importing import files, table
from core.types import ImportPlan, Split
from tests import images
from tests.images import jpeg, put


def reasons(plan: ImportPlan) -> dict[str, str]:
    return {skipped.file: skipped.reason for skipped in plan.skipped}


def write_csv(path: Path, *lines: str) -> Path:
    return put(path, "\n".join(lines).encode())


def test_msld_v2_in_doubled_folders(tmp_path: Path) -> None:
    plan = importing.plan(images.msld2(tmp_path / "versions" / "2"))
    originals = [source for source in plan.sources if source.parent is None]
    children = [source for source in plan.sources if source.parent is not None]
    assert plan.layout == "MSLD v2.0"
    assert len({source.key for source in originals}) == 755
    assert len({source.patient for source in originals}) == 541
    assert len(originals) == 5 * 755
    assert {source.parent for source in children} <= {source.key for source in originals}
    assert {source.split for source in children} == {Split.TRAIN}
    assert {source.fold for source in originals} == {1, 2, 3, 4, 5}
    assert plan.skipped == ()
    assert "MSLD v2.0 is complete: 755 pictures of 541 patients, as published." in plan.notes
    assert "Hidden or system entries passed over: 4." in plan.notes
    assert plan.sources.index(children[0]) > plan.sources.index(originals[-1])


def test_patient_numbers_of_msld_v2_restart_per_class(tmp_path: Path) -> None:
    for name in ("MKP_01_01.jpg", "mkp_01_02.JPG", "CHP_01_01.jpg", "MKP_1_3_original.png"):
        put(tmp_path / "FOLDS" / "Fold_1" / "VALID" / "Monkey Pox" / name, jpeg(1))
    plan = importing.plan(tmp_path)
    by_name = {source.file.rpartition("/")[2]: source for source in plan.sources}
    assert by_name["MKP_01_01.jpg"].patient == by_name["mkp_01_02.JPG"].patient == "MKP:1"
    assert by_name["CHP_01_01.jpg"].patient == "CHP:1"
    assert by_name["MKP_01_01.jpg"].split is Split.VALIDATION
    assert by_name["MKP_01_01.jpg"].fold == 1
    assert any(
        "Files in the folder of another class than their name says: 1 " in note
        for note in plan.notes
    )
    assert any('"Monkey Pox" is read as Monkeypox.' in note for note in plan.notes)
    assert any("MSLD v2.0 has 755 of 541" in note for note in plan.notes)


def test_augmented_copies_without_an_original_are_skipped_and_say_why(tmp_path: Path) -> None:
    put(
        tmp_path / "Original Images" / "FOLDS" / "fold1" / "Test" / "HFMD" / "HFMD_01_01.jpg",
        jpeg(1),
    )
    aug = tmp_path / "Augmented Images" / "FOLDS_AUG" / "fold1_AUG" / "Train" / "HFMD"
    put(aug / "HFMD_01_01_3.jpg", jpeg(2))
    put(aug / "HFMD_02_01_3.jpg", jpeg(3))
    put(aug / "rotated.jpg", jpeg(4))
    plan = importing.plan(tmp_path)
    assert [source.parent for source in plan.sources] == [None, "HFMD:1:1"]
    assert {file.rpartition("/")[2]: why for file, why in reasons(plan).items()} == {
        "HFMD_02_01_3.jpg": "an augmented copy without its original",
        "rotated.jpg": "an augmented copy whose original cannot be told from its name",
    }


def test_msld_v1_others_have_no_label(tmp_path: Path) -> None:
    put(tmp_path / "Original Images" / "Original Images" / "Monkey Pox" / "M01_01.jpg", jpeg(1))
    put(tmp_path / "Original Images" / "Original Images" / "Others" / "NM01_01.jpg", jpeg(2))
    put(tmp_path / "Fold1" / "Fold1" / "Val" / "Others" / "NM01_01_00.jpg", jpeg(3))
    plan = importing.plan(tmp_path)
    assert plan.layout == "MSLD v1"
    assert [(source.label, source.patient, source.parent) for source in plan.sources] == [
        ("Monkey Pox", "M:01", None),
        (None, "NM:01", None),
        (None, "NM:01", "NM:01:1"),
    ]
    assert any('Pictures under "Others"' in note for note in plan.notes)


def test_mcvsld_copies_are_bound_to_their_originals(tmp_path: Path) -> None:
    folder = tmp_path / "Skin Lesion Dataset" / "train" / "Healthy"
    put(folder / "HEALTHY_01_01_ORIGINAL.jpg", jpeg(1))
    put(folder / "HEALTHY_01_01_1.jpg", jpeg(2))
    plan = importing.plan(tmp_path)
    assert plan.layout == "MCVSLD"
    assert [source.parent for source in plan.sources] == [None, "HEALTHY:1:1"]
    assert plan.sources[0].split is Split.TRAIN


@pytest.mark.parametrize("above", ["", "dataset", "my download/images"])
def test_class_folders_with_or_without_something_above(tmp_path: Path, above: str) -> None:
    put(tmp_path / above / "Mpox" / "a.jpg", jpeg(1))
    put(tmp_path / above / "Normal" / "b.png", jpeg(2))
    put(tmp_path / above / "eczema" / "c", jpeg(3))
    plan = importing.plan(tmp_path)
    assert plan.layout == "image folder"
    assert [source.label for source in plan.sources] == ["Mpox", "Normal", "eczema"]
    assert {source.patient for source in plan.sources} == {None}
    assert any("Pictures whose patient is not known: 3;" in note for note in plan.notes)


def test_splits_and_folds_above_the_classes(tmp_path: Path) -> None:
    put(tmp_path / "fold2" / "holdout" / "cats" / "a.jpg", jpeg(1))
    put(tmp_path / "fold2" / "dev" / "dogs" / "b.jpg", jpeg(2))
    plan = importing.plan(tmp_path)
    assert [(source.fold, source.split, source.label) for source in plan.sources] == [
        (2, Split.VALIDATION, "dogs"),
        (2, Split.TEST, "cats"),
    ]


def test_numbers_may_be_classes(tmp_path: Path) -> None:
    for digit in range(3):
        put(tmp_path / "train" / str(digit) / "a.png", jpeg(digit))
    assert [source.label for source in importing.plan(tmp_path).sources] == ["0", "1", "2"]


def test_pictures_without_a_folder_have_no_label(tmp_path: Path) -> None:
    put(tmp_path / "a.jpg", jpeg(1))
    plan = importing.plan(tmp_path)
    assert plan.sources[0].label is None
    assert "Pictures without a label: 1; they join the pool." in plan.notes


def test_a_class_with_one_patient_is_named(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "t.csv", "path,label,patient", "a.jpg,Measles,P1", "b.jpg,Measles,P1"
    )
    put(tmp_path / "a.jpg", jpeg(1))
    put(tmp_path / "b.jpg", jpeg(2))
    assert any(
        note.startswith("Measles has only 1 patient:") for note in importing.plan(path).notes
    )


def test_other_files_are_listed_with_the_reason(tmp_path: Path) -> None:
    put(tmp_path / "A" / "a.jpg", jpeg(1))
    put(tmp_path / "A" / "notes.txt", b"hello")
    put(tmp_path / "A" / "drawing.svg", b"<svg/>")
    assert reasons(importing.plan(tmp_path)) == {
        "A/drawing.svg": ".svg files are not read as pictures",
        "A/notes.txt": ".txt files are not read as pictures",
    }


def test_links_and_devices_are_not_followed(tmp_path: Path) -> None:
    secret = put(tmp_path / "secret.jpg", jpeg(9))
    folder = tmp_path / "data"
    put(folder / "A" / "a.jpg", jpeg(1))
    (folder / "A" / "out.jpg").symlink_to(secret)
    (folder / "A" / "in.jpg").symlink_to(folder / "A" / "a.jpg")
    (folder / "A" / "dead.jpg").symlink_to(folder / "nowhere.jpg")
    os.mkfifo(folder / "A" / "pipe.jpg")
    plan = importing.plan(folder)
    assert [source.file for source in plan.sources] == ["A/a.jpg", "A/in.jpg"]
    assert reasons(plan) == {
        "A/out.jpg": "a link that leaves the folder",
        "A/dead.jpg": "a link that leads nowhere",
        "A/pipe.jpg": "not a regular file",
    }


def test_names_that_are_not_text_can_be_read(tmp_path: Path) -> None:
    folder = tmp_path / "A"
    folder.mkdir()
    with Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.jpg")).open("wb") as file:
        file.write(jpeg(1))
    with importing.opened(tmp_path) as opened:
        (source,) = opened.plan.sources
        assert source.file == "A/caf\ufffd.jpg"
        assert opened.read(source) == jpeg(1)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda root: root / "nowhere", "There is nothing at"),
        (lambda root: root, "it is empty"),
        (
            lambda root: put(root / "x" / "notes.txt", b"x").parent,
            "none of its 1 files is a picture",
        ),
        (lambda root: put(root / "a.jpg", jpeg(1)), "neither a folder, nor a zip, nor a table"),
        (lambda root: put(root / "a.zip", b"PK no"), "not a zip that can be opened"),
        (lambda root: put(root / "a.csv", b""), "it is empty"),
        (lambda root: put(root / "a.csv", b"\x00\x01\x02"), "it is not text"),
        (lambda root: put(root / "a.xlsx", b"no"), "it is not a spreadsheet"),
        (
            lambda root: write_csv(root / "a.csv", "path,age", "a.jpg,3"),
            "no column with the labels",
        ),
        (lambda root: write_csv(root / "a.csv", "x,label", "a.jpg,3"), "no column with the paths"),
        (lambda root: write_csv(root / "a.csv", "path,label"), "its table names no pictures"),
    ],
)
def test_nothing_to_import_is_said_in_one_sentence(tmp_path: Path, make, sentence: str) -> None:  # type: ignore[no-untyped-def]
    path = make(tmp_path)
    with pytest.raises(AppError, match=sentence) as caught:
        importing.plan(path)
    assert caught.value.hint


def test_a_table_without_labels_lists_its_columns(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", "path;age;sex", "a.jpg;3;f")
    with pytest.raises(AppError, match="its columns are: path, age, sex") as caught:
        importing.plan(path)
    assert "dx" in caught.value.hint


def test_a_table_with_everything(tmp_path: Path) -> None:
    for place, name in enumerate(("a.jpg", "b.jpg", "deep/ISIC_7.jpg")):
        put(tmp_path / "img" / name, jpeg(place))
    path = write_csv(
        tmp_path / "t.tsv",
        "\ufeffimage_id\tDX\tlesion id\tFold\tsplit\tSource",
        "img\\a.jpg\tmpox\tL1\tfold 2\tVAL\tclinic",
        "./img/b.jpg\t\t\t\t\t",
        "ISIC_7\teczema\tL2\t\ttest\t",
    )
    plan = importing.plan(path)
    assert plan.layout == "table"
    assert [(s.file, s.label, s.patient, s.fold, s.split, s.origin) for s in plan.sources] == [
        ("img/a.jpg", "mpox", "L1", 2, Split.VALIDATION, "clinic"),
        ("img/b.jpg", None, None, None, None, ""),
        ("img/deep/ISIC_7.jpg", "eczema", "L2", None, Split.TEST, ""),
    ]


def test_a_table_never_reaches_outside_its_folder(tmp_path: Path) -> None:
    put(tmp_path / "secret.jpg", jpeg(1))
    put(tmp_path / "data" / "x" / "a.jpg", jpeg(2))
    path = write_csv(
        tmp_path / "data" / "t.csv",
        "path,label",
        "../secret.jpg,A",
        f"{tmp_path}/secret.jpg,A",
        "x/../../secret.jpg,A",
        "C:\\secret.jpg,A",
        "https://example.org/a.jpg,A",
        "y/a.jpg,A",
        ",A",
        f"{tmp_path}/data/x/a.jpg,A",
        "x/../x/a.jpg,B",
    )
    plan = importing.plan(path)
    assert [source.file for source in plan.sources] == ["x/a.jpg", "x/a.jpg"]
    assert list(reasons(plan).values()) == [
        "its path leaves the folder of the table",
        "its path leaves the folder of the table",
        "its path leaves the folder of the table",
        "its path leaves the folder of the table",
        "a web address; pictures are only read from this machine",
        "the file is missing",
        "no path in the table",
    ]


def test_a_spreadsheet_is_a_table(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (("file name", "Diagnosis", "Patient ID"), ("a.jpg", "Measles", 7)):
        sheet.append(row)
    book.save(tmp_path / "list.xlsx")
    put(tmp_path / "a.jpg", jpeg(1))
    (source,) = importing.plan(tmp_path / "list.xlsx").sources
    assert (source.label, source.patient) == ("Measles", "7")


def test_a_folder_with_a_manifest_is_read_by_it(tmp_path: Path) -> None:
    put(tmp_path / "pictures" / "a.jpg", jpeg(1))
    write_csv(tmp_path / "manifest.csv", "path,label", "pictures/a.jpg,Measles")
    plan = importing.plan(tmp_path)
    assert plan.layout == "table"
    assert plan.sources[0].label == "Measles"


def test_metadata_without_labels_does_not_hide_class_folders(tmp_path: Path) -> None:
    put(tmp_path / "Cowpox" / "a.jpg", jpeg(1))
    write_csv(tmp_path / "metadata.csv", "file_name,age", "Cowpox/a.jpg,7")
    assert importing.plan(tmp_path).sources[0].label == "Cowpox"


def test_a_zip_is_read_in_place_and_safely(tmp_path: Path) -> None:
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("set/Mpox/a.jpg", jpeg(1))
        archive.writestr("set/Measles/b.jpg", jpeg(2))
        archive.writestr("../outside.jpg", jpeg(3))
        archive.writestr("/etc/absolute.jpg", jpeg(4))
        archive.writestr("__MACOSX/set/Mpox/._a.jpg", b"x")
        archive.writestr("set/Mpox/.DS_Store", b"x")
    before = sorted(tmp_path.rglob("*"))
    with importing.opened(path) as opened:
        assert [source.label for source in opened.plan.sources] == ["Measles", "Mpox"]
        assert [opened.read(source) for source in opened.plan.sources] == [jpeg(2), jpeg(1)]
        assert reasons(opened.plan) == {
            "../outside.jpg": "its path leaves the zip",
            "/etc/absolute.jpg": "its path leaves the zip",
        }
    assert sorted(tmp_path.rglob("*")) == before


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("A/a.jpg", jpeg(1))
        with archive.open("A/large.png", "w", force_zip64=True) as entry:
            for _block in range(65):
                entry.write(bytes(2**20))
    plan = importing.plan(path)
    assert reasons(plan) == {"A/large.png": "the file is larger than 64 MB"}


def test_too_many_entries_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(4):
            archive.writestr(f"A/{number}.jpg", b"x")
    with pytest.raises(AppError, match="more than 3 files"), files.opened(path, max_files=3):
        pytest.fail("it was opened")


def test_a_damaged_entry_is_one_bad_file(tmp_path: Path) -> None:
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("A/a.jpg", jpeg(1))
    data = bytearray(path.read_bytes())
    data[60] ^= 0xFF
    path.write_bytes(bytes(data))
    with importing.opened(path) as opened, pytest.raises(ImageRefused, match="cannot be read"):
        opened.read(opened.plan.sources[0])


def test_authors_who_put_a_patient_on_two_sides_are_named(tmp_path: Path) -> None:
    lines = ["path,label,patient,split", "a.jpg,A,P1,train", "b.jpg,A,P1,test", "c.jpg,A,P2,test"]
    path = write_csv(tmp_path / "t.csv", *lines)
    for number, name in enumerate("abc"):
        put(tmp_path / f"{name}.jpg", jpeg(number))
    notes = importing.plan(path).notes
    assert "Patients on two sides of the authors' split: 1 (the first: P1)." in notes


def test_every_alias_of_a_column_leads_to_its_role() -> None:
    for role, aliases in table.COLUMNS.items():
        for alias in aliases:
            assert table.columns([alias.upper().replace("_", " ")]) == {
                role: alias.upper().replace("_", " ")
            }


def test_the_real_manifest(shared_data: Path) -> None:
    path = shared_data / "msld6" / "manifest.csv"
    plan = importing.plan(path)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(plan.sources) == len(rows) == 331
    assert Counter(source.label for source in plan.sources) == Counter(row["label"] for row in rows)
    assert len({source.patient for source in plan.sources}) == 253


def test_the_real_pictures_without_their_manifest(shared_data: Path, tmp_path: Path) -> None:
    for folder in (shared_data / "msld6").iterdir():
        if folder.is_dir():
            (tmp_path / folder.name).mkdir()
            for path in folder.iterdir():
                put(tmp_path / folder.name / path.name, path.read_bytes())
    plan = importing.plan(tmp_path)
    assert len(plan.sources) == 331
    assert plan.skipped == ()
    assert len({source.patient for source in plan.sources}) == 253
    assert not any("another class" in note for note in plan.notes)
