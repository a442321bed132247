"""what chat platforms keep"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def moment(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def upgrade() -> None:
    op.create_table(
        "threads",
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("coach", sa.String(), nullable=True),
        moment("created_at"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="fk_threads_person_id_people", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("conversation", name="pk_threads"),
    )
    op.create_index("ix_threads_person_id", "threads", ["person_id"])
    op.create_table(
        "once",
        sa.Column("key", sa.String(), nullable=False),
        moment("at"),
        sa.PrimaryKeyConstraint("key", name="pk_once"),
    )
    op.create_index("ix_once_at", "once", ["at"])
    op.create_table(
        "installations",
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        moment("installed_at"),
        sa.PrimaryKeyConstraint("platform", "tenant", name="pk_installations"),
    )
    op.create_table(
        "oauth_states",
        sa.Column("state", sa.String(), nullable=False),
        moment("expires_at"),
        sa.PrimaryKeyConstraint("state", name="pk_oauth_states"),
    )


def downgrade() -> None:
    for name in ("oauth_states", "installations", "once", "threads"):
        op.drop_table(name)
