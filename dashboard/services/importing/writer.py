"""The writing half of an import: what files claim -> samples, sources, folds, groups.

One `ImportWriter` lives as long as one import; its methods work inside the caller's transaction.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from core.data import class_names, splits
from core.types import (
    ClassId,
    ImageId,
    PatientId,
    PlannedSource,
    SampleId,
    SampleState,
    Skipped,
    Split,
    Status,
    spelling,
)
from dashboard.services.importing.differences import Differences
from dashboard.services.importing.reader import Item
from storage.database import revisions
from storage.ledger import decisions
from storage.samples import author_folds, groups, patients, samples, sources
from storage.samples.samples import NewSample
from storage.samples.sources import NewSource
from storage.workspace import media

_WHOLE_SET = 1
"""The fold under which a split without folds is kept, so that it can be chosen as author:1."""


@dataclass
class _Claimed:
    """What files say about one sample, over all imports."""

    keys: set[tuple[object, ...]] = field(default_factory=set)
    count: int = 0
    labels: set[ClassId] = field(default_factory=set)
    patients: dict[PatientId | None, None] = field(default_factory=dict)
    """In the order of the claims."""

    def add(self, claim: NewSource) -> None:
        self.keys.add(claim.claim)
        self.count += 1
        self.patients.setdefault(claim.patient)
        if claim.label is not None:
            self.labels.add(claim.label)

    def state(self, status: Status, links: tuple[SampleId, ...]) -> SampleState:
        """Return what the claims together say: no label where they disagree, the first patient."""
        label = next(iter(self.labels)) if len(self.labels) == 1 else None
        patient = next((patient for patient in self.patients if patient is not None), None)
        return SampleState(label=label, status=status, patient=patient, links=links)


class ImportWriter:
    """Writes batches of read files and keeps count of what they were."""

    def __init__(self, import_number: int, class_ids: Mapping[str, ClassId]) -> None:
        self.added = 0
        self.known = 0
        self.repeated = 0
        """Of the known ones, files of an image that this import has added itself."""
        self.fresh: dict[SampleId, None] = {}
        """Samples that this import has added."""
        self.own_claims: dict[SampleId, list[NewSource]] = {}
        """What the files of this import say, whether or not that was known."""
        self.children = 0
        self.skipped: list[Skipped] = []
        self.seen: dict[SampleId, None] = {}
        """Samples that this import has files of, in the order of the files."""
        self.differences = Differences()
        self.moved: set[str] = set()
        """Files that lie on two sides of one of the authors' folds."""
        self._number = import_number
        self._class_ids = class_ids
        self._patients: dict[str, PatientId] = {}
        self._sample_of: dict[str, SampleId] = {}
        self._claimed: dict[SampleId, _Claimed] = {}
        self._sides: dict[tuple[SampleId, int], Split] = {}

    def write(self, session: Session, items: Sequence[Item]) -> None:
        """Write a batch whose images are published already."""
        for item in items:
            if item.refused:
                self.skipped.append(Skipped(file=item.source.file, reason=item.refused))
        taken = [
            (SampleId(_image(session, item)), item.source) for item in items if not item.refused
        ]
        named = {source.patient for _sample, source in taken if source.patient is not None}
        self._patients |= patients.ensure_all(session, named - self._patients.keys())
        claims = [self._claim(sample, source) for sample, source in taken]
        self._take(session, claims)
        places: list[tuple[SampleId, int, Split]] = []
        for sample, source in taken:
            places.extend(self._place(sample, source))
            if source.key is not None:
                self._sample_of.setdefault(source.key, sample)
        author_folds.add(session, places)
        _merge_groups(session, {claim.patient for claim in claims if claim.patient is not None})

    def bind(self, session: Session, children: Sequence[PlannedSource]) -> None:
        """Bind augmented copies to their originals; they are never read."""
        rows: list[tuple[SampleId, str]] = []
        places: list[tuple[SampleId, int, Split]] = []
        for child in children:
            parent = self._sample_of.get(child.parent or "")
            if parent is None:
                reason = "an augmented copy whose original was not taken"
                self.skipped.append(Skipped(file=child.file, reason=reason))
                continue
            rows.append((parent, child.file))
            if child.fold is not None and (parent, child.fold) not in self._sides:
                places.extend(self._place(parent, child))
        self.children += len(rows)
        sources.add_children(session, self._number, rows)
        author_folds.add(session, places)

    def _claim(self, sample: SampleId, source: PlannedSource) -> NewSource:
        label = None
        if source.label is not None:
            label = self._class_ids[spelling.key(class_names.canonical(source.label))]
        return NewSource(
            sample=sample,
            import_number=self._number,
            file=source.file,
            label=label,
            patient=None if source.patient is None else self._patients[source.patient],
            author_split=source.split if source.fold is None else None,
            origin=source.origin,
        )

    def _take(self, session: Session, claims: Sequence[NewSource]) -> None:
        """Record claims, and let them count unless a person has decided about the sample."""
        ids = dict.fromkeys(claim.sample for claim in claims)
        states = samples.states(session, ids)
        decided = decisions.last_authors(session, list(states)).keys()
        self._recall(session, states.keys())
        new: list[NewSource] = []
        for claim in claims:
            sample = claim.sample
            self.seen.setdefault(sample)
            self.own_claims.setdefault(sample, []).append(claim)
            if sample in states:
                self.known += 1
                self.repeated += sample in self.fresh
            else:
                self.added += 1
                self.fresh[sample] = None
                self._claimed[sample] = _Claimed()
                samples.add(session, _new_sample(claim))
                states[sample] = _first_state(claim)
            claimed = self._claimed[sample]
            is_new = claim.claim not in claimed.keys
            if is_new:
                claimed.add(claim)
                new.append(claim)
            if sample in decided and (
                is_new or self.differences.would_differ(claim, states[sample])
            ):
                self.differences.compare(claim, states[sample], claimed.patients)
        sources.add(session, new)
        changed = {
            claim.sample
            for claim in new
            if claim.sample not in self.fresh or self._claimed[claim.sample].count > 1
        }
        self._reconsider(session, states, changed, decided)

    def _recall(self, session: Session, ids: Iterable[SampleId]) -> None:
        """Read what earlier imports say about samples that this one meets for the first time."""
        met = [sample for sample in ids if sample not in self._claimed]
        self._claimed |= {sample: _Claimed() for sample in met}
        for claim in sources.of_samples(session, met):
            self._claimed[claim.sample].add(claim)

    def _reconsider(
        self,
        session: Session,
        states: Mapping[SampleId, SampleState],
        changed: Set[SampleId],
        decided: Set[SampleId],
    ) -> None:
        """Note what all claims together say about the samples that have new ones."""
        counts: dict[SampleId, tuple[int, bool]] = {}
        imported: dict[SampleId, SampleState] = {}
        for sample in changed:
            claimed, state = self._claimed[sample], states[sample]
            disagree = len(claimed.labels) > 1 and state.status is Status.NEW
            counts[sample] = (claimed.count, disagree)
            if sample not in decided:
                imported[sample] = claimed.state(state.status, state.links)
        sources.set_counts(session, counts)
        sources.set_imported(session, imported)
        samples.write_states(session, imported)
        revisions.touch(session, changed & decided)

    def _place(self, sample: SampleId, source: PlannedSource) -> list[tuple[SampleId, int, Split]]:
        if source.split is None:
            return []
        fold = _WHOLE_SET if source.fold is None else source.fold
        if self._sides.setdefault((sample, fold), source.split) is not source.split:
            self.moved.add(source.file)
            return []
        return [(sample, fold, source.split)]


def _image(session: Session, item: Item) -> ImageId:
    """Return the image that a file is, registering it when it is new."""
    if item.known is not None:
        return item.known
    if item.prepared is None:
        raise ValueError("a file that was not refused is known or prepared")
    image = media.by_pixel_hash(session, item.prepared.image.pixel_sha256)
    if image is None:
        image = item.prepared.image.id
        media.add(session, item.prepared.image)
    media.remember_file(session, item.file_sha256, image)
    return image


def _first_state(claim: NewSource) -> SampleState:
    return SampleState(label=claim.label, status=Status.NEW, patient=claim.patient)


def _new_sample(claim: NewSource) -> NewSample:
    return NewSample(
        id=claim.sample,
        file=claim.file.rpartition("/")[2],
        label=claim.label,
        patient=claim.patient,
        added=datetime.now(UTC),
    )


def _merge_groups(session: Session, touched: set[PatientId]) -> None:
    """Join the groups that a common patient connects; an import only ever connects."""
    if not touched:
        return
    pairs = groups.of_patients(session, touched)
    merged = splits.groups({group for group, _patient in pairs}, pairs, ())
    changed = {group: new for group, new in merged.items() if group != new}
    if changed:
        numbers = groups.members(session, changed)
        samples.set_groups(session, {number: changed[group] for number, group in numbers})
