"""The tables of the database, the same on SQLite and PostgreSQL.

Times are text as in `remnant.store.clock`; a digest is a SHA-256 in hexadecimal; JSON is text. A number that
names a study, draft, job or result is never given twice.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from remnant.store.database.triggers import never_changed

metadata = MetaData()
LARGEST = 2**63 - 1  # number of a row: beyond, a database has no answer but an error
Whole = BigInteger().with_variant(Integer(), "sqlite")  # SQLite counts up by itself in an INTEGER only


def _text(name: str, *more: ForeignKey, null: bool = False, key: bool = False) -> Column[str]:
    return Column(name, Text, *more, nullable=null, primary_key=key)


def _whole(name: str, *more: ForeignKey, null: bool = False, key: bool = False) -> Column[int]:
    return Column(name, Whole, *more, nullable=null, primary_key=key, autoincrement=False)


def _number() -> Column[int]:
    return Column("id", Whole, primary_key=True, autoincrement=True)


meta = Table("meta", metadata, _text("key", key=True), _text("value"))

migrations = Table(
    "migrations", metadata, _whole("number", key=True), _text("name"), _text("at"), _text("version")
)

blobs = Table("blobs", metadata, _text("sha256", key=True), _whole("bytes"), _text("at"))

trees = Table("trees", metadata, _text("tree", key=True), _whole("files"), _text("at"))

tree_files = Table(
    "tree_files",
    metadata,
    _text("tree", ForeignKey("trees.tree", ondelete="CASCADE"), key=True),
    _text("path", key=True),
    _text("sha256", ForeignKey("blobs.sha256")),
    Index("tree_files_by_blob", "sha256"),
)

studies = Table(
    "studies",
    metadata,
    _number(),
    _text("slug"),
    _text("title"),
    Column("synthetic", Boolean, nullable=False),
    _whole("head"),
    _text("created"),
    _text("by"),
    _text("archived", null=True),
    UniqueConstraint("slug"),
    sqlite_autoincrement=True,
)

revisions = Table(
    "revisions",
    metadata,
    _whole("study", ForeignKey("studies.id"), key=True),
    _whole("number", key=True),
    _text("tree", ForeignKey("trees.tree")),
    _whole("parent", null=True),
    _text("by"),
    _text("at"),
    _text("why"),
    Index("revisions_by_tree", "tree"),
)

drafts = Table(
    "drafts",
    metadata,
    _number(),
    _whole("study", ForeignKey("studies.id"), null=True),
    _whole("base", null=True),
    _text("tree", ForeignKey("trees.tree")),
    _text("title"),
    _text("by"),
    _text("at"),
    Index("drafts_by_tree", "tree"),
    sqlite_autoincrement=True,
)

audit = Table(
    "audit",
    metadata,
    _whole("number", key=True),
    _text("at"),
    _text("who"),
    _text("action"),
    _whole("study", ForeignKey("studies.id"), null=True),
    _text("what"),
    _text("old"),
    _text("new"),
    _text("why"),
    _text("previous"),
    _text("hash"),
    Index("audit_by_study", "study", "number"),
)

jobs = Table(
    "jobs",
    metadata,
    _number(),
    _text("kind"),
    _whole("study", ForeignKey("studies.id"), null=True),
    _whole("revision", null=True),
    _text("arguments"),
    _text("state"),
    _text("by"),
    _text("created"),
    _text("started", null=True),
    _text("ended", null=True),
    _text("worker", null=True),
    _text("heartbeat", null=True),
    Column("attempts", Whole, nullable=False, server_default="0"),
    Column("done", Whole, nullable=False, server_default="0"),
    Column("total", Whole, nullable=False, server_default="0"),
    Column("label", Text, nullable=False, server_default=""),
    _text("result", null=True),
    Column("faults", Text, nullable=False, server_default="[]"),
    CheckConstraint("state IN ('waiting', 'running', 'done', 'failed', 'cancelled')", name="jobs_state"),
    ForeignKeyConstraint(["study", "revision"], ["revisions.study", "revisions.number"]),
    Index("jobs_by_state", "state", "id"),
    Index("jobs_by_study", "study", "id"),
    sqlite_autoincrement=True,
)

results = Table(
    "results",
    metadata,
    _number(),
    _whole("study"),
    _whole("revision"),
    _text("kind"),
    _text("tree", ForeignKey("trees.tree")),
    _text("key"),
    _whole("job", ForeignKey("jobs.id"), null=True),
    _text("at"),
    _text("by"),
    CheckConstraint("kind IN ('analysis', 'fit', 'report', 'cohort')", name="results_kind"),
    ForeignKeyConstraint(["study", "revision"], ["revisions.study", "revisions.number"]),
    Index("results_by_study", "study", "kind", "id"),
    Index("results_by_tree", "tree"),
    sqlite_autoincrement=True,
)

measured = Table(
    "measured",
    metadata,
    _text("tree", ForeignKey("trees.tree", ondelete="CASCADE"), key=True),
    _text("name", key=True),
    _text("sha256", ForeignKey("blobs.sha256")),
    _whole("rows"),
    Index("measured_by_blob", "sha256"),
)

users = Table(
    "users",
    metadata,
    _text("name", key=True),
    _text("role"),
    _text("token_sha256", null=True),
    _text("created"),
    _text("expires", null=True),
    Column("disabled", Boolean, nullable=False, server_default=false()),
    CheckConstraint("role IN ('viewer', 'editor', 'admin')", name="users_role"),
    UniqueConstraint("token_sha256"),
)

sessions = Table(
    "sessions",
    metadata,
    _text("sha256", key=True),
    _text("user", ForeignKey("users.name", ondelete="CASCADE")),
    _text("created"),
    _text("expires"),
    Index("sessions_by_user", "user"),
)

pseudonyms = Table(
    "pseudonyms",
    metadata,
    _whole("study", ForeignKey("studies.id"), key=True),
    _text("key_id", key=True),
    _text("patient_id", key=True),
    _text("pseudonym"),
    _whole("shift_days"),
    UniqueConstraint("study", "key_id", "pseudonym"),
)

pages = Table(
    "pages",
    metadata,
    _text("key", key=True),
    _text("sha256", ForeignKey("blobs.sha256")),
    Index("pages_by_blob", "sha256"),
)

for kept in (audit, revisions):
    never_changed(kept)
