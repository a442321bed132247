"""reminders: on or off by person, whose zone is whose, and a quick look past what is not due"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

UNSETTLED = sa.text("settled_at IS NULL")


def waiting(columns: list[str]) -> None:
    op.drop_index("ix_inbox_waiting", "inbox")
    op.create_index(
        "ix_inbox_waiting",
        "inbox",
        columns,
        sqlite_where=UNSETTLED,
        postgresql_where=UNSETTLED,
    )


def upgrade() -> None:
    op.add_column(
        "people", sa.Column("reminders", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    op.add_column(
        "people", sa.Column("zone_chosen", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    # What a person had set before this revision was set by themselves.
    op.execute(sa.text("UPDATE people SET zone_chosen = true WHERE time_zone IS NOT NULL"))
    waiting(["person_id", "due_at", "id"])


def downgrade() -> None:
    waiting(["person_id", "id"])
    op.drop_column("people", "zone_chosen")
    op.drop_column("people", "reminders")
