"""accounts by the platform's id, whatever tenant they are known from"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
NAME = "ix_accounts_platform_external_id"


def upgrade() -> None:
    op.create_index(NAME, "accounts", ["platform", "external_id"])


def downgrade() -> None:
    op.drop_index(NAME, "accounts")
