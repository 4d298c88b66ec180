"""Queues: scores of finders and strategies, second readings, opinions."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCORES = (
    "worth",
    "issue_label",
    "issue_near_duplicate",
    "issue_cross_patient",
    "issue_leak",
    "issue_outlier",
    "issue_quality",
    "issue_siblings",
    "issue_shortcut",
)


def upgrade() -> None:
    """Add the columns and the table; rows that are there keep all they have."""
    for name in SCORES:
        op.add_column("samples", sa.Column(name, sa.Double(), nullable=True))
    op.add_column("samples", sa.Column("readers", sa.Integer(), nullable=False, server_default="0"))
    op.add_column(
        "samples", sa.Column("disputed", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    # Alembic cannot add a reference to a table of SQLite; SQLite itself can.
    op.execute(
        "ALTER TABLE decisions ADD COLUMN opinion INTEGER "
        "CONSTRAINT fk_decisions_opinion REFERENCES classes (id)"
    )
    op.add_column("decisions", sa.Column("origin", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "issues",
        sa.Column("sample_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("suggested", sa.Integer(), nullable=True),
        sa.Column("related", sa.JSON(), nullable=False),
        sa.Column("arm", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["sample_id"], ["samples.id"], name="fk_issues_sample_id"),
        sa.ForeignKeyConstraint(["suggested"], ["classes.id"], name="fk_issues_suggested"),
        sa.PrimaryKeyConstraint("sample_id", "kind", name="pk_issues"),
    )
