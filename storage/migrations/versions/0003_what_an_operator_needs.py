"""what an operator needs: chores, and indexes of what was put aside"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

ASIDE = {"inbox": "state = 'dead'", "outbox": "state IN ('failed', 'unsure')"}


def upgrade() -> None:
    op.create_table(
        "chores",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_chores"),
    )
    for table, states in ASIDE.items():
        where = sa.text(states)
        op.create_index(
            f"ix_{table}_aside",
            table,
            ["settled_at"],
            sqlite_where=where,
            postgresql_where=where,
        )


def downgrade() -> None:
    for table in ASIDE:
        op.drop_index(f"ix_{table}_aside", table)
    op.drop_table("chores")
