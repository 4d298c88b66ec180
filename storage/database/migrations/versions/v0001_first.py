"""The first schema: images, samples, their sources, the ledger, splits, runs, predictions."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make all tables, in the order of their references, and guard the ledger."""
    _classes()
    _counters()
    _images()
    _imports()
    _meta()
    _patients()
    _runs()
    _split_versions()
    _evaluations()
    _file_hashes()
    _predictions()
    _samples()
    _author_folds()
    _children()
    _decisions()
    _run_predictions()
    _sources()
    _split_assignments()
    _guard_ledger()


def _classes() -> None:
    op.create_table(
        "classes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("colour", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("removed", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_classes"),
        sa.UniqueConstraint("name", name="uq_classes_name"),
    )


def _counters() -> None:
    op.create_table(
        "counters",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_counters"),
    )


def _images() -> None:
    op.create_table(
        "images",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("pixel_sha256", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("byte_size", sa.Integer(), nullable=False),
        sa.Column("added", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_images"),
        sa.UniqueConstraint("pixel_sha256", name="uq_images_pixel_sha256"),
    )


def _imports() -> None:
    op.create_table(
        "imports",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("root", sa.String(), nullable=False),
        sa.Column("layout", sa.String(), nullable=False),
        sa.Column("started", sa.String(), nullable=False),
        sa.Column("finished", sa.String(), nullable=True),
        sa.Column("report", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_imports"),
    )


def _meta() -> None:
    op.create_table(
        "meta",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_meta"),
    )


def _patients() -> None:
    op.create_table(
        "patients",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_patients"),
        sa.UniqueConstraint("name", name="uq_patients_name"),
    )


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created", sa.String(), nullable=False),
        sa.Column("started", sa.String(), nullable=True),
        sa.Column("finished", sa.String(), nullable=True),
        sa.Column("config", sa.JSON(), nullable=False),
        sa.Column("classes", sa.JSON(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("split_version", sa.Integer(), nullable=False),
        sa.Column("split_kind", sa.String(), nullable=False),
        sa.Column("test_version", sa.String(), nullable=False),
        sa.Column("leaky", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("process", sa.String(), nullable=False),
        sa.Column("best_epoch", sa.Integer(), nullable=True),
        sa.Column("epochs_done", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.Column("images_per_second", sa.Double(), nullable=True),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("test_opened", sa.Integer(), nullable=False),
        sa.Column("deleted", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_runs"),
        sa.UniqueConstraint("id", name="uq_runs_id"),
    )


def _split_versions() -> None:
    op.create_table(
        "split_versions",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("created", sa.String(), nullable=False),
        sa.Column("leaky", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_split_versions"),
    )


def _evaluations() -> None:
    op.create_table(
        "evaluations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("split", sa.String(), nullable=False),
        sa.Column("test_version", sa.String(), nullable=False),
        sa.Column("created", sa.String(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_evaluations_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_evaluations"),
        sa.UniqueConstraint(
            "run_id", "split", "test_version", name="uq_evaluations_run_id_split_test_version"
        ),
    )
    op.create_index("ix_evaluations_run_id", "evaluations", ["run_id"], unique=False)


def _file_hashes() -> None:
    op.create_table(
        "file_hashes",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("image_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["images.id"], name="fk_file_hashes_image_id"),
        sa.PrimaryKeyConstraint("sha256", name="pk_file_hashes"),
    )
    op.create_index("ix_file_hashes_image_id", "file_hashes", ["image_id"], unique=False)


def _predictions() -> None:
    op.create_table(
        "predictions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("classes", sa.JSON(), nullable=False),
        sa.Column("probabilities", sa.JSON(), nullable=False),
        sa.Column("top", sa.Integer(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["images.id"], name="fk_predictions_image_id"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_predictions_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_predictions"),
    )
    op.create_index("ix_predictions_at", "predictions", ["at"], unique=False)
    op.create_index("ix_predictions_image_id", "predictions", ["image_id"], unique=False)


def _samples() -> None:
    op.create_table(
        "samples",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("imported_label", sa.Integer(), nullable=True),
        sa.Column("label", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=True),
        sa.Column("imported_patient", sa.Integer(), nullable=True),
        sa.Column("links", sa.JSON(), nullable=False),
        sa.Column("group_number", sa.Integer(), nullable=False),
        sa.Column("split", sa.String(), nullable=True),
        sa.Column("conflict", sa.Boolean(), nullable=False),
        sa.Column("source_count", sa.Integer(), nullable=False),
        sa.Column("predicted", sa.Integer(), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.Column("added", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status in ('new', 'kept', 'relabelled', 'excluded', 'unsure')",
            name="ck_samples_status",
        ),
        sa.ForeignKeyConstraint(["id"], ["images.id"], name="fk_samples_id"),
        sa.ForeignKeyConstraint(
            ["imported_label"], ["classes.id"], name="fk_samples_imported_label"
        ),
        sa.ForeignKeyConstraint(
            ["imported_patient"], ["patients.id"], name="fk_samples_imported_patient"
        ),
        sa.ForeignKeyConstraint(["label"], ["classes.id"], name="fk_samples_label"),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name="fk_samples_patient_id"),
        sa.ForeignKeyConstraint(["predicted"], ["classes.id"], name="fk_samples_predicted"),
        sa.PrimaryKeyConstraint("number", name="pk_samples"),
        sa.UniqueConstraint("id", name="uq_samples_id"),
    )
    op.create_index("ix_samples_confidence", "samples", ["confidence"], unique=False)
    op.create_index("ix_samples_file", "samples", ["file"], unique=False)
    op.create_index("ix_samples_group_number", "samples", ["group_number"], unique=False)
    op.create_index("ix_samples_label", "samples", ["label"], unique=False)
    op.create_index("ix_samples_patient_id", "samples", ["patient_id"], unique=False)
    op.create_index("ix_samples_revision", "samples", ["revision"], unique=False)
    op.create_index("ix_samples_split", "samples", ["split"], unique=False)
    op.create_index("ix_samples_status", "samples", ["status"], unique=False)


def _author_folds() -> None:
    op.create_table(
        "author_folds",
        sa.Column("sample_id", sa.String(), nullable=False),
        sa.Column("fold", sa.Integer(), nullable=False),
        sa.Column("split", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["sample_id"], ["samples.id"], name="fk_author_folds_sample_id"),
        sa.PrimaryKeyConstraint("sample_id", "fold", name="pk_author_folds"),
    )


def _children() -> None:
    op.create_table(
        "children",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.String(), nullable=False),
        sa.Column("import_number", sa.Integer(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_number"], ["imports.number"], name="fk_children_import_number"
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["samples.id"], name="fk_children_parent_id"),
        sa.PrimaryKeyConstraint("id", name="pk_children"),
        sa.UniqueConstraint("parent_id", "file", name="uq_children_parent_id_file"),
    )
    op.create_index("ix_children_parent_id", "children", ["parent_id"], unique=False)


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("sample_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("expected", sa.String(), nullable=True),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("after", sa.String(), nullable=False),
        sa.Column("applied", sa.Boolean(), nullable=False),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("suggested_by", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["sample_id"], ["samples.id"], name="fk_decisions_sample_id"),
        sa.ForeignKeyConstraint(["undoes"], ["decisions.number"], name="fk_decisions_undoes"),
        sa.PrimaryKeyConstraint("number", name="pk_decisions"),
    )
    op.create_index("ix_decisions_batch", "decisions", ["batch"], unique=False)
    op.create_index("ix_decisions_sample_id", "decisions", ["sample_id"], unique=False)
    op.create_index("ix_decisions_undoes", "decisions", ["undoes"], unique=False)


def _run_predictions() -> None:
    op.create_table(
        "run_predictions",
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("sample_id", sa.String(), nullable=False),
        sa.Column("split", sa.String(), nullable=False),
        sa.Column("label", sa.Integer(), nullable=True),
        sa.Column("predicted", sa.Integer(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("probabilities", sa.JSON(), nullable=False),
        sa.Column("seen_in_training", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_run_predictions_run_id"),
        sa.ForeignKeyConstraint(["sample_id"], ["samples.id"], name="fk_run_predictions_sample_id"),
        sa.PrimaryKeyConstraint("run_id", "sample_id", "split", name="pk_run_predictions"),
    )
    op.create_index(
        "ix_run_predictions_run_id_split_label_predicted",
        "run_predictions",
        ["run_id", "split", "label", "predicted"],
        unique=False,
    )


def _sources() -> None:
    op.create_table(
        "sources",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sample_id", sa.String(), nullable=False),
        sa.Column("import_number", sa.Integer(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("label", sa.Integer(), nullable=True),
        sa.Column("patient_id", sa.Integer(), nullable=True),
        sa.Column("author_split", sa.String(), nullable=True),
        sa.Column("origin", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_number"], ["imports.number"], name="fk_sources_import_number"
        ),
        sa.ForeignKeyConstraint(["label"], ["classes.id"], name="fk_sources_label"),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name="fk_sources_patient_id"),
        sa.ForeignKeyConstraint(["sample_id"], ["samples.id"], name="fk_sources_sample_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sources"),
        sa.UniqueConstraint(
            "sample_id",
            "file",
            "label",
            "patient_id",
            name="uq_sources_sample_id_file_label_patient_id",
        ),
    )
    op.create_index("ix_sources_patient_id", "sources", ["patient_id"], unique=False)
    op.create_index("ix_sources_sample_id", "sources", ["sample_id"], unique=False)


def _split_assignments() -> None:
    op.create_table(
        "split_assignments",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sample_id", sa.String(), nullable=False),
        sa.Column("split", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sample_id"], ["samples.id"], name="fk_split_assignments_sample_id"
        ),
        sa.ForeignKeyConstraint(
            ["version"], ["split_versions.number"], name="fk_split_assignments_version"
        ),
        sa.PrimaryKeyConstraint("version", "sample_id", name="pk_split_assignments"),
    )


def _guard_ledger() -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER decisions_refuse_{verb.lower()} BEFORE {verb} ON decisions "
            "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        )
