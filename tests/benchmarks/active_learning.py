"""What each way of asking buys, where the right answers are known.

    python -m tests.benchmarks.active_learning TABLE.csv WEIGHTS.safetensors OUT.png [--rival DIR]

The table has the columns path, label and verified_label. Two stories, five seeds each, the same
pictures, embeddings, classifier and budget for every strategy:

- *wrong labels*: every picture has its human label; an answer puts the verified one in its place.
- *pool*: five pictures of each class have a verified label, the rest none; an answer gives one.

After every round a classifier is fitted to the labels as they are then and measured on 1,000
pictures that are never asked about. The figure is the area under that curve of balanced accuracy
(its mean over the budget), with a 95 % interval over the seeds, and the difference to random picks
of the same seed. `--rival DIR` names a folder with modAL, whose strategies are then asked, too.
"""

import argparse
import csv
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

# Small matrices: threads only get in each other's way.
os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from scipy import stats
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.preprocessing import StandardScaler

from core.curation import label_errors, query_strategies
from core.curation.query_strategies import QueryState
from core.models import linear_head
from core.types import Encoder, FloatArray, IntArray, SampleQuery
from dashboard.services.curation import listing
from dashboard.services.importing import importer
from dashboard.services.queues import embeddings
from storage.workspace.folder import Workspace
from tests.benchmarks import results

SEEDS = 5
HELD_OUT = 1_000
BUDGET = 300
BATCH = 25
FIRST_PER_CLASS = 5
FOLDS = 5
DIMENSIONS = 128

Floats = npt.NDArray[np.float32]
Ask = Callable[[QueryState, np.random.Generator, int], IntArray]
"""(what is known, randomness, how many) -> rows to ask about"""


@dataclass(frozen=True, kw_only=True)
class World:
    """One seed's pictures."""

    seen: Floats
    """(N, D) what may be asked about, in principal components"""
    given: IntArray
    """(N,) human labels"""
    truth: IntArray
    """(N,) verified labels"""
    shown: Floats
    """(M, D) what it is measured on"""
    right: IntArray
    """(M,) verified labels"""


def read(table: Path, weights: Path, home: Path) -> tuple[Floats, IntArray, IntArray]:
    """Return embeddings (N, D), human labels and verified labels of the table's pictures."""
    with table.open(newline="", encoding="utf-8") as file:
        rows = {Path(row["path"]).name: row for row in csv.DictReader(file)}
    names = sorted({row["verified_label"] for row in rows.values()})
    workspace = Workspace.open(home / "workspace")
    if not listing.matching(workspace, SampleQuery()):
        importer.run(workspace, table)
    found = listing.matching(workspace, SampleQuery())
    eye = Encoder(backbone="mobilenetv2_100", init=str(weights.resolve()))
    vectors = np.concatenate(embeddings.of(workspace, found, eye)[-1:], axis=1)
    workspace.close()
    given = [names.index(rows[sample.file]["label"]) for sample in found]
    truth = [names.index(rows[sample.file]["verified_label"]) for sample in found]
    return vectors, np.array(given), np.array(truth)


def world(vectors: Floats, given: IntArray, truth: IntArray, seed: int) -> World:
    """Deal the pictures into those that may be asked about and those that measure."""
    order = np.random.default_rng(seed).permutation(len(truth))
    held, asked = order[:HELD_OUT], order[HELD_OUT:]
    scale = StandardScaler().fit(vectors[asked])
    spread = PCA(DIMENSIONS, random_state=0).fit(scale.transform(vectors[asked]))
    seen = spread.transform(scale.transform(vectors[asked])).astype(np.float32)
    shown = spread.transform(scale.transform(vectors[held])).astype(np.float32)
    return World(seen=seen, given=given[asked], truth=truth[asked], shown=shown, right=truth[held])


def measure(it: World, labels: IntArray) -> float:
    """Return the balanced accuracy of a classifier fitted to the labels as they are."""
    known = labels >= 0
    if len(np.unique(labels[known])) < 2:
        return 1 / len(np.unique(it.right))
    model = LogisticRegression(C=linear_head.STRENGTH, max_iter=200)  # the head of the product
    model.fit(it.seen[known], labels[known])
    return float(balanced_accuracy_score(it.right, model.predict(it.shown)))


def known(it: World, labels: IntArray, decided: npt.NDArray[np.bool_], seed: int) -> QueryState:
    """Return what the product knows at this moment: out-of-fold probabilities and doubts."""
    classes = int(it.truth.max()) + 1
    rng = np.random.default_rng(seed)
    folds = np.where(labels >= 0, rng.permutation(len(labels)) % FOLDS, -1)
    asked = np.maximum(labels, 0)
    if (labels >= 0).sum() < 400:
        model = LogisticRegression(C=linear_head.STRENGTH, max_iter=200)
        model.fit(it.seen[labels >= 0], labels[labels >= 0])
        shares = np.full((len(labels), classes), 1e-6)
        shares[:, model.classes_] = model.predict_proba(it.seen)
        shares /= shares.sum(axis=1, keepdims=True)
    else:
        shares = label_errors.combined(
            [
                label_errors.discriminant(it.seen, asked, folds, classes),
                label_errors.neighbours(it.seen, asked, folds, classes),
            ]
        )
    noise = np.zeros(len(labels))
    noise[labels >= 0] = label_errors.scores(shares[labels >= 0], labels[labels >= 0])[0]
    return QueryState(
        embeddings=it.seen,
        labels=labels,
        decided=decided,
        bundles=np.arange(len(labels)),
        probabilities=shares,
        noise=noise,
    )


def ours(name: str, share: float = 0.0) -> Ask:
    """Ask as the product does, with a share of random picks."""

    def ask(it: QueryState, rng: np.random.Generator, many: int) -> IntArray:
        picks = query_strategies.queue(it, rng, name, share)[:many]
        return np.array([pick.row for pick in picks])

    return ask


def at_random(it: QueryState, rng: np.random.Generator, many: int) -> IntArray:
    """Ask about anything that nobody has looked at."""
    return rng.permutation(np.flatnonzero(~it.decided))[:many]


def rivals(folder: Path) -> dict[str, Ask]:
    """Return modAL's strategies, as its own functions compute them from the same probabilities."""
    sys.path.insert(0, str(folder))
    from modAL import uncertainty

    class Learner:
        def __init__(self, shares: FloatArray) -> None:
            self.shares = shares

        def predict_proba(self, rows: FloatArray, **_: object) -> FloatArray:
            return self.shares[rows[:, 0].astype(int)]

    def asking(function: Callable[..., object]) -> Ask:
        def ask(it: QueryState, rng: np.random.Generator, many: int) -> IntArray:
            del rng
            assert it.probabilities is not None
            rows = np.flatnonzero(~it.decided)
            answer = function(Learner(it.probabilities), rows[:, None].astype(float), many)
            chosen = answer[0] if isinstance(answer, tuple) else answer
            return rows[np.asarray(chosen).ravel().astype(int)]

        return ask

    return {
        "modAL, uncertainty": asking(uncertainty.uncertainty_sampling),
        "modAL, margin": asking(uncertainty.margin_sampling),
        "modAL, entropy": asking(uncertainty.entropy_sampling),
    }


def play(it: World, ask: Ask, seed: int, *, pool: bool) -> tuple[list[float], int]:
    """Return the balanced accuracy after every round, and how many labels were mended."""
    rng = np.random.default_rng([seed, 1])
    decided = np.zeros(len(it.truth), dtype=np.bool_)
    labels = it.given.copy()
    if pool:
        labels[:] = -1
        for column in np.unique(it.truth):
            first = np.flatnonzero(it.truth == column)[:FIRST_PER_CLASS]
            labels[first], decided[first] = column, True
    curve, mended = [measure(it, labels)], 0
    for _ in range(BUDGET // BATCH):
        rows = ask(known(it, labels, decided, seed), rng, BATCH)
        mended += int((labels[rows] != it.truth[rows]).sum())
        labels[rows], decided[rows] = it.truth[rows], True
        curve.append(measure(it, labels))
    return curve, mended


def interval(values: FloatArray) -> tuple[float, float]:
    """Return mean and half width of a 95 % interval over seeds (Student's t)."""
    half = stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return float(values.mean()), float(half)


def figure(curves: Mapping[str, Mapping[str, FloatArray]], out: Path) -> None:
    """Draw both stories: balanced accuracy by answers, mean and interval over the seeds."""
    drawn = Figure(figsize=(12, 5), dpi=110, layout="constrained")
    axes = drawn.subplots(1, 2)
    colours = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#444444")
    shown = ("worth", "random", "margin", "entropy", "diversity", "class balance",
             "modAL, margin")  # fmt: skip
    for axis, (story, found) in zip(axes, curves.items(), strict=True):
        for name, colour in zip(shown, colours, strict=True):
            if name not in found:
                continue
            values = found[name]
            mean = values.mean(axis=0)
            half = stats.t.ppf(0.975, SEEDS - 1) * values.std(axis=0, ddof=1) / np.sqrt(SEEDS)
            answers = np.arange(len(mean)) * BATCH
            axis.plot(answers, mean, label=name, color=colour, lw=2.4 if name == "worth" else 1.4)
            axis.fill_between(answers, mean - half, mean + half, color=colour, alpha=0.10)
        axis.set_title(story)
        axis.set_xlabel("Answers given (pictures)")
        axis.set_ylabel("Balanced accuracy on 1,000 other pictures")
        axis.legend(frameon=False)
        axis.grid(alpha=0.2)
    drawn.suptitle("Which pictures to ask about: mean and 95 % interval over five seeds")
    drawn.savefig(out)


def main() -> int:
    """Play every strategy, print both tables, draw the figure."""
    reader = argparse.ArgumentParser()
    reader.add_argument("table", type=Path)
    reader.add_argument("weights", type=Path)
    reader.add_argument("out", type=Path)
    reader.add_argument("--rival", type=Path)
    reader.add_argument("--cache", type=Path)
    reader.add_argument("--only", default="")
    given = reader.parse_args()
    ways: dict[str, Ask] = {"random": at_random}
    ways |= {name: ours(name) for name in query_strategies.STRATEGIES if name != "disagreement"}
    ways["worth, one in ten at random"] = ours("worth", query_strategies.RANDOM_SHARE)
    ways |= rivals(given.rival) if given.rival else {}
    chosen = [name for name in ways if not given.only or name in given.only.split(",")]
    with tempfile.TemporaryDirectory() as home:
        material = read(given.table, given.weights, given.cache or Path(home))
    worlds = [world(*material, seed) for seed in range(SEEDS)]
    curves: dict[str, dict[str, FloatArray]] = {}
    for story, pool in (("Wrong labels", False), ("Pool", True)):
        found = {
            name: [play(it, ways[name], seed, pool=pool) for seed, it in enumerate(worlds)]
            for name in chosen
        }
        curves[story] = {
            name: np.array([curve for curve, _ in played]) for name, played in found.items()
        }
        report(story, curves[story], {name: [m for _, m in p] for name, p in found.items()})
    figure(curves, given.out)
    return 0


def report(story: str, curves: Mapping[str, FloatArray], mended: Mapping[str, list[int]]) -> None:
    """Print the table of one story, best first."""
    areas = {
        name: np.trapezoid(curve, axis=1) / (curve.shape[1] - 1) for name, curve in curves.items()
    }
    columns = [
        "strategy",
        "area",
        "against random",
        "at the end",
        "labels changed per 100 answers",
    ]
    title = f"Which images to ask about: {story.lower()}"
    name_of_file = f"active_learning_{story.lower().replace(' ', '_')}"
    with results.table(name_of_file, title, columns) as measured:
        for name in sorted(areas, key=lambda name: -float(areas[name].mean())):
            area, half = interval(areas[name])
            gain, spread = interval(areas[name] - areas["random"])
            per_hundred = 100 * float(np.mean(mended[name])) / BUDGET
            measured.add(
                name,
                f"{area:.3f} ± {half:.3f}",
                f"{gain:+.3f} ± {spread:.3f}",
                f"{curves[name][:, -1].mean():.3f}",
                f"{per_hundred:.0f}",
            )
        measured.note(f"{BUDGET} answers in rounds of {BATCH}, {SEEDS} seeds, 95 % intervals.")


if __name__ == "__main__":
    raise SystemExit(main())
