"""The documents of the split in use and of the balance of classes."""

from collections.abc import Sequence
from typing import Self

from pydantic import Field

from core.types import BalanceMethod, Leak, Sample, Split, SplitVersion, Status
from dashboard.schemas.documents.document import Document, Moment
from dashboard.services.splits.balance import BalanceReport


class SplitCount(Document):
    """How much there is in a split; None: in no split. Excluded samples do not count."""

    split: Split | None
    images: int
    patients: int
    """Groups: patients that are linked count once."""


class SplitDocument(Document):
    """The split version in use."""

    split_version: int
    kind: str
    """patient, author:K or image"""
    seed: int
    created: Moment
    leaky: bool
    """Patients or identical images stood in two splits when it was made."""
    splits: tuple[SplitCount, ...]
    """Those that hold anything."""
    leaks: tuple[Leak, ...]

    @classmethod
    def of(cls, version: SplitVersion, samples: Sequence[Sample], leaks: Sequence[Leak]) -> Self:
        """Return the document of a split version; `samples` are all of the workspace."""
        groups: dict[Split | None, list[int]] = {}
        for sample in samples:
            if sample.state.status is not Status.EXCLUDED:
                groups.setdefault(sample.split, []).append(sample.group)
        return cls(
            split_version=version.number,
            kind=version.kind,
            seed=version.seed,
            created=version.created,
            leaky=version.leaky,
            splits=tuple(
                SplitCount(split=split, images=len(groups[split]), patients=len(set(groups[split])))
                for split in (*Split, None)
                if split in groups
            ),
            leaks=tuple(leaks),
        )


class ClassSplitCount(Document):
    """How much there is of a class in a split."""

    class_name: str = Field(serialization_alias="class")
    split: Split | None
    images: int
    patients: int


class PlanDocument(Document):
    """How training makes up for rare classes."""

    method: BalanceMethod
    target: dict[str, int]
    """Class -> images that an epoch shows."""
    weights: dict[str, float]
    """Class -> weight in the loss."""


class BalanceDocument(Document):
    """How much there is of each class, the balancing plan and the leaks."""

    rows: tuple[ClassSplitCount, ...]
    plan: PlanDocument
    leaks: tuple[Leak, ...]

    @classmethod
    def of(cls, report: BalanceReport) -> Self:
        """Return the document of a report."""
        names = {info.id: info.name for info in report.classes}
        plan = report.plan
        return cls(
            rows=tuple(
                ClassSplitCount(
                    class_name=names[row.class_id],
                    split=row.split,
                    images=row.images,
                    patients=row.patients,
                )
                for row in report.rows
            ),
            plan=PlanDocument(
                method=plan.method,
                target={names[class_id]: images for class_id, images in plan.target.items()},
                weights={names[class_id]: weight for class_id, weight in plan.weights.items()},
            ),
            leaks=report.leaks,
        )
