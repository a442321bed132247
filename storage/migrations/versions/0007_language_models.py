"""what language models take, and their answers until they are written"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def moment(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def upgrade() -> None:
    counted = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "usage",
        sa.Column("id", counted, nullable=False),
        sa.Column("person_id", sa.String(), nullable=True),
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("session_id", sa.String(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("tokens_in", sa.Integer(), nullable=True),
        sa.Column("tokens_out", sa.Integer(), nullable=True),
        sa.Column("tokens_cached", sa.Integer(), nullable=True),
        sa.Column("estimated", sa.Boolean(), nullable=False),
        sa.Column("cost", sa.Float(), nullable=True),
        sa.Column("first_token_ms", sa.Integer(), nullable=True),
        sa.Column("total_ms", sa.Integer(), nullable=False),
        moment("at"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="fk_usage_person_id_people", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["persona_sessions.id"],
            name="fk_usage_session_id_persona_sessions",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_usage"),
    )
    op.create_index("ix_usage_person_id_at", "usage", ["person_id", "at"])
    op.create_index("ix_usage_tenant_at", "usage", ["tenant", "at"])
    op.create_index("ix_usage_session_id", "usage", ["session_id"])
    op.create_table(
        "memo",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("spent", sa.JSON(), nullable=False),
        moment("at"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="fk_memo_person_id_people", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", name="pk_memo"),
    )
    op.create_index("ix_memo_person_id", "memo", ["person_id"])
    op.create_index("ix_memo_at", "memo", ["at"])


def downgrade() -> None:
    for name in ("memo", "usage"):
        op.drop_table(name)
