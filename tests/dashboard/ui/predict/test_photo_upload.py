from pathlib import Path

import gradio as gr
from gradio.data_classes import ImageData

from core.imaging import decode
from dashboard.ui.predict.photo_upload import PhotoUpload, UploadedPhoto


def test_a_file_is_handed_over_as_it_came_and_nothing_is_decoded(tmp_path: Path) -> None:
    file = tmp_path / "upload" / "fake.jpg"
    file.parent.mkdir()
    file.write_bytes(b"These are words and no photograph.")
    with gr.Blocks():
        upload = PhotoUpload(elem_id="upload")
    photo = upload.preprocess(ImageData(path=str(file), orig_name="fake.jpg"))
    assert photo is not None
    assert (photo.name, photo.read()) == ("fake.jpg", file.read_bytes())
    assert upload.preprocess(None) is None


def test_of_a_huge_file_no_more_is_read_than_shows_that_it_is_too_large(tmp_path: Path) -> None:
    file = tmp_path / "huge.png"
    with file.open("wb") as out:
        out.truncate(2 * decode.MAX_BYTES)
    assert len(UploadedPhoto(path=file, name="huge.png").read()) == decode.MAX_BYTES + 1
