"""How well wrong labels are found where the right ones are known.

    python -m tests.benchmarks.label_errors TABLE.csv WEIGHTS.safetensors

The table has the columns path, label and verified_label; only label is imported. Prints, for ours
and for baselines on the same pictures, network and folds: AUROC, average precision, and how many of
the first hundred are wrong; and the seconds from the beginning of the import to our ranking.
"""

import csv
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from unittest import mock

import numpy as np
import numpy.typing as npt
from cleanlab.rank import get_label_quality_scores
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core.curation import embedding
from core.types import Encoder, ImageId, IssueKind, JobSample, SampleQuery
from dashboard.services.curation import listing
from dashboard.services.importing import importer
from dashboard.services.queues import issues
from storage.fiftyone_view import connect, mongod
from storage.samples import samples
from storage.workspace import media
from storage.workspace.folder import Workspace
from tests.benchmarks import results

TITLE = "Wrong labels where the right ones are known"
SIZE = 224
FIRST = 100
Scores = npt.NDArray[np.float64]


def wrong(table: Path) -> dict[str, bool]:
    """Return file name -> whether its label differs from the verified one."""
    with table.open(newline="", encoding="utf-8") as file:
        return {
            Path(row["path"]).name: row["label"] != row["verified_label"]
            for row in csv.DictReader(file)
        }


def row(name: str, scores: Scores, truth: npt.NDArray[np.bool_]) -> list[object]:
    """Return a row of the table; scores are higher for what is more probably wrong."""
    first = truth[np.argsort(-scores, kind="stable")[:FIRST]].sum()
    auroc, precision = roc_auc_score(truth, scores), average_precision_score(truth, scores)
    return [name, float(auroc), float(precision), int(first)]


def baselines(
    home: Path, vectors: npt.NDArray[np.float32], labels: npt.NDArray[np.int64]
) -> dict[str, Scores]:
    """Return what others would compute from one frozen view at 224 pixels."""
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    logistic = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=300))
    shares = cross_val_predict(logistic, vectors, labels, cv=folds, method="predict_proba")
    shrunk = make_pipeline(
        StandardScaler(),
        PCA(256, random_state=0),
        LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"),
    )
    linear = cross_val_predict(shrunk, vectors, labels, cv=folds, method="predict_proba")
    return {
        "cleanlab, self-confidence": 1
        - get_label_quality_scores(labels, shares, method="self_confidence"),
        "shrinkage LDA, margin": 1
        - get_label_quality_scores(labels, linear, method="normalized_margin"),
        "FiftyOne, mistakenness": mistakenness(home, shares, labels),
    }


def mistakenness(home: Path, shares: Scores, labels: npt.NDArray[np.int64]) -> Scores:
    """Return what FiftyOne Brain says, given the logistic regression's logits."""
    server = mongod.start(home / "fiftyone")
    try:
        fo = connect.connect(home / "fiftyone", server)
        import fiftyone.brain as fob

        dataset = fo.Dataset()
        rows = zip(labels, shares, np.log(np.clip(shares, 1e-12, 1)), strict=True)
        dataset.add_samples(
            [
                fo.Sample(
                    filepath=f"/{number}.png",
                    ground_truth=fo.Classification(label=str(label)),
                    prediction=fo.Classification(
                        label=str(share.argmax()), confidence=float(share.max()), logits=logits
                    ),
                )
                for number, (label, share, logits) in enumerate(rows)
            ]
        )
        fob.compute_mistakenness(dataset, "prediction", label_field="ground_truth")
        return np.array(dataset.values("mistakenness"), dtype=np.float64)
    finally:
        connect.disconnect()
        server.stop()


def main(table: Path, weights: Path) -> int:
    """Measure and print."""
    bad = wrong(table)
    eye = Encoder(backbone="mobilenetv2_100", init=str(weights.resolve()))
    columns = ["way", "AUROC", "average precision", "wrong of the first 100"]
    with (
        results.table("label_errors", TITLE, columns) as measured,
        tempfile.TemporaryDirectory() as home,
    ):
        began = time.perf_counter()
        workspace = Workspace.open(Path(home) / "workspace")
        importer.run(workspace, table)
        found = issues.find(workspace, IssueKind.LABEL, eye)
        seconds = time.perf_counter() - began
        # The sizes are looked at again from the cache; what differs is how many are heard.
        with mock.patch.object(embedding, "MANY", 1):
            large = issues.find(workspace, IssueKind.LABEL, eye)
        names = {one.id: one.file for one in listing.matching(workspace, SampleQuery())}
        for name, ranked in (("ours", found), ("ours, as in a large set", large)):
            truth = np.array([bad[Path(names[one.sample]).name] for one in ranked])
            measured.add(*row(name, np.array([one.score for one in ranked]), truth))
        with workspace.read() as session:
            everything = samples.everything(session)
            wanted = [
                JobSample(
                    id=one.id,
                    path=f"media/{media.file_of(session, ImageId(one.id))}",
                    label=None,
                    split=None,
                    group=one.group,
                )
                for one in everything
            ]
        look = replace(embedding.looks(eye, [SIZE])[-1], size=SIZE)
        (vectors,) = embedding.embed(wanted, workspace.folder, [look])
        labels = np.array([int(one.state.label or 0) for one in everything])
        labels = np.unique(labels, return_inverse=True)[1]
        truth = np.array([bad[Path(one.file).name] for one in everything])
        # The first columns are the embedding itself, without the blocks that ours also sees.
        for name, scores in baselines(Path(home), vectors[:, :1280], labels).items():
            measured.add(*row(name, scores, truth))
        workspace.close()
        measured.note(f"Ours takes {seconds:.0f} s from the beginning of the import.")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
