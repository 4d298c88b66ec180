from core.types import Queue, SampleQuery, Split, Status
from storage.fiftyone_view import connect, projection, writer
from storage.fiftyone_view.mongod import Mongod
from storage.samples import samples
from storage.workspace.folder import Workspace
from tests.storage.fiftyone_view import fiftyone_api, view_cases


def test_what_the_bulk_path_writes_is_what_fiftyone_writes(
    workspace: Workspace, view_server: Mongod
) -> None:
    """Every field of 120 samples with odd names and missing values, read by FiftyOne's own API."""
    import fiftyone as fo

    view_cases.fill(workspace)
    view = connect.open_view(workspace, view_server)
    with workspace.read() as session:
        classes = {info.id: info for info in writer.read_classes(session)}
        everything = samples.everything(session)
    paths = dict(zip(*view.dataset.values(["sample_id", "filepath"]), strict=True))
    fields = [projection.fields(sample, paths[sample.id], classes) for sample in everything]
    peer = fo.Dataset()
    connect.add_fields(fo, peer)
    peer.add_samples([fiftyone_api.sample(content) for content in fields], progress=False)
    written = {sample.sample_id: fiftyone_api.content(sample) for sample in peer.iter_samples()}
    read = {
        sample.sample_id: fiftyone_api.content(sample) for sample in view.dataset.iter_samples()
    }
    peer.delete()
    assert len(read) == 120
    assert read == written


def test_the_app_offers_queues_and_splits_as_saved_views(
    workspace: Workspace, view_server: Mongod
) -> None:
    view_cases.fill(workspace)
    view = connect.open_view(workspace, view_server)
    queries = {
        "queue: label": SampleQuery(queues=(Queue.LABEL,)),
        "split: test": SampleQuery(splits=(Split.TEST,)),
        "excluded": SampleQuery(statuses=(Status.EXCLUDED,)),
    }
    for name, query in queries.items():
        saved = view.dataset.load_saved_view(name)
        assert set(saved.values("sample_id")) == set(view.ids(query)), name
