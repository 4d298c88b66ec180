"""Which sample a person means."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.errors import AppError
from core.types import SampleId
from storage.database.tables import SampleRow, SourceRow


def resolve(session: Session, text: str) -> SampleId:
    """Find the one sample that a person means: by id, file name, path or beginning of an id."""
    wanted = text.strip()
    name = func.casefold(wanted)
    exact = select(SampleRow.id).where(SampleRow.id == wanted.lower())
    by_file = select(SampleRow.id).where(func.casefold(SampleRow.file) == name)
    by_source = select(SourceRow.sample_id).where(
        (func.casefold(SourceRow.file) == name)
        | (SourceRow.file.endswith("/" + wanted, autoescape=True))
    )
    by_prefix = select(SampleRow.id).where(SampleRow.id.startswith(wanted.lower(), autoescape=True))
    for statement in (exact, by_file, by_source.distinct(), by_prefix):
        matches = list(session.scalars(statement.limit(9))) if wanted else []
        if len(matches) == 1:
            return SampleId(matches[0])
        if matches:
            raise AppError(
                f"'{wanted}' names {'over 8' if len(matches) > 8 else len(matches)} samples.",
                title="Not one sample",
                hint="Give the id, or enough of the path or of the id to name one.",
            )
    raise AppError(
        f"No sample is called '{wanted}'.",
        title="No such sample",
        hint="Give an id, the beginning of one, or a file name; `ai-mpox samples` lists them.",
    )
