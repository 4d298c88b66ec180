"""The writing half of an import: what files claim -> samples, sources, folds, groups.

One `ImportWriter` lives as long as one import; its methods work inside the caller's transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
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


_States = dict[SampleId, SampleState]


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
        self._claims: dict[SampleId, list[NewSource]] = {}
        self._sides: dict[tuple[SampleId, int], Split] = {}

    def write(self, session: Session, items: Sequence[Item]) -> None:
        """Write a batch whose images are published already."""
        places: list[tuple[SampleId, int, Split]] = []
        touched: set[PatientId] = set()
        for item in items:
            if item.refused:
                self.skipped.append(Skipped(file=item.source.file, reason=item.refused))
        taken = [
            (SampleId(_image(session, item)), item.source) for item in items if not item.refused
        ]
        states = samples.states(session, {sample for sample, _source in taken})
        for sample, source in taken:
            claim = self._claim(session, sample, source)
            if claim.patient is not None:
                touched.add(claim.patient)
            self._take(session, claim, states)
            places.extend(self._place(sample, source))
            if source.key is not None:
                self._sample_of.setdefault(source.key, sample)
        author_folds.add(session, places)
        _merge_groups(session, touched)

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

    def _claim(self, session: Session, sample: SampleId, source: PlannedSource) -> NewSource:
        label = None
        if source.label is not None:
            label = self._class_ids[spelling.key(class_names.canonical(source.label))]
        patient = None
        if source.patient is not None:
            patient = self._patients.get(source.patient)
            if patient is None:
                patient = patients.ensure(session, source.patient)
                self._patients[source.patient] = patient
        return NewSource(
            sample=sample,
            import_number=self._number,
            file=source.file,
            label=label,
            patient=patient,
            author_split=source.split if source.fold is None else None,
            origin=source.origin,
        )

    def _take(self, session: Session, claim: NewSource, states: _States) -> None:
        sample = claim.sample
        is_new = sample not in states
        self.seen.setdefault(sample)
        self.own_claims.setdefault(sample, []).append(claim)
        if is_new:
            self.added += 1
            self.fresh[sample] = None
            samples.add(session, _new_sample(claim))
            states[sample] = SampleState(
                label=claim.label, status=Status.NEW, patient=claim.patient
            )
        else:
            self.known += 1
            self.repeated += sample in self.fresh
        if sample not in self._claims:
            self._claims[sample] = [] if is_new else sources.of_sample(session, sample)
        claims = self._claims[sample]
        if claim.claim not in {earlier.claim for earlier in claims}:
            sources.add(session, claim)
            claims.append(claim)
            if not is_new:
                states[sample] = self._reconsider(session, claim, claims, states[sample])
        elif self.differences.would_differ(claim, states[sample]) and _is_decided(session, sample):
            self.differences.compare(claim, states[sample], claims)

    def _reconsider(
        self, session: Session, claim: NewSource, claims: list[NewSource], state: SampleState
    ) -> SampleState:
        """Let a new claim about a known sample count, unless a person has decided about it."""
        labels = {source.label for source in claims if source.label is not None}
        conflict = len(labels) > 1 and state.status is Status.NEW
        sources.set_counts(session, claim.sample, len(claims), conflict)
        if _is_decided(session, claim.sample):
            self.differences.compare(claim, state, claims)
            revisions.touch(session, [claim.sample])
            return state
        label = labels.pop() if len(labels) == 1 else None
        patient = next((source.patient for source in claims if source.patient is not None), None)
        sources.set_imported(session, claim.sample, label, patient)
        new = replace(state, label=label, patient=patient)
        samples.write_states(session, {claim.sample: new})
        return new

    def _place(self, sample: SampleId, source: PlannedSource) -> list[tuple[SampleId, int, Split]]:
        if source.split is None:
            return []
        fold = _WHOLE_SET if source.fold is None else source.fold
        if self._sides.setdefault((sample, fold), source.split) is not source.split:
            self.moved.add(source.file)
            return []
        return [(sample, fold, source.split)]


def _is_decided(session: Session, sample: SampleId) -> bool:
    return bool(decisions.last_authors(session, [sample]))


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
