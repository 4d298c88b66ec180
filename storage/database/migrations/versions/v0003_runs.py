"""Runs: a queue that can be reordered, labels of a day, what a run repeats, who asked for it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; runs that are there keep their order and everything else."""
    op.add_column("runs", sa.Column("place", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("runs", sa.Column("as_of", sa.String(), nullable=True))
    op.add_column("runs", sa.Column("repeats", sa.Integer(), nullable=True))
    op.add_column(
        "runs", sa.Column("automatic", sa.Boolean(), nullable=False, server_default=sa.false())
    )
