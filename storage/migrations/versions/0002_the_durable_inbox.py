"""the durable inbox"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

COUNTED = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def moment(name: str, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.add_column("messages", sa.Column("parts", sa.JSON(), nullable=True))
    op.create_table(
        "mailbox",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        moment("ready_at"),
        moment("lease_until"),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(), nullable=True),
        moment("minute_at"),
        sa.Column("minute_turns", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_mailbox"),
    )
    op.create_index("ix_mailbox_ready_at", "mailbox", ["ready_at"])
    op.create_table(
        "inbox",
        sa.Column("id", COUNTED, nullable=False),
        sa.Column("event_key", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=True),
        moment("accepted_at", nullable=False),
        moment("due_at"),
        moment("retry_at"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        moment("settled_at"),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("reply_key", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_inbox"),
        sa.UniqueConstraint("event_key", name="uq_inbox_event_key"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", COUNTED, nullable=False),
        sa.Column("reply_key", sa.String(), nullable=False),
        sa.Column("inbox_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("platform_id", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        moment("next_at"),
        moment("created_at", nullable=False),
        moment("settled_at"),
        sa.Column("error", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("reply_key", name="uq_outbox_reply_key"),
    )
    unsettled = sa.text("settled_at IS NULL")
    for table in ("inbox", "outbox"):
        op.create_index(
            f"ix_{table}_waiting",
            table,
            ["person_id", "id"],
            sqlite_where=unsettled,
            postgresql_where=unsettled,
        )
        op.create_index(f"ix_{table}_settled_at", table, ["settled_at"])


def downgrade() -> None:
    for table in ("outbox", "inbox"):
        op.drop_index(f"ix_{table}_settled_at", table)
        op.drop_index(f"ix_{table}_waiting", table)
        op.drop_table(table)
    op.drop_index("ix_mailbox_ready_at", "mailbox")
    op.drop_table("mailbox")
    op.drop_column("messages", "parts")
