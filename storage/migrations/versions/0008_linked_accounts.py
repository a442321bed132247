"""linked accounts: by which of them a row came, offers to link, what is kept to part them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

LANES = ("accounts", "persona_sessions", "persona_cross_analysis", "goals", "outcomes", "threads")
LINKED = sa.text("linked IS NOT NULL")


def text(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(), nullable=nullable)


def moment(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def person(table: str, column: str = "person_id") -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{column}_people"
    return sa.ForeignKeyConstraint([column], ["people.id"], name=name, ondelete="CASCADE")


def upgrade() -> None:
    for name in LANES:
        op.add_column(name, text("lane", nullable=True))
    op.add_column("mailbox", text("linked", nullable=True))
    op.create_index(
        "ix_mailbox_linked", "mailbox", ["linked"], sqlite_where=LINKED, postgresql_where=LINKED
    )
    op.create_table(
        "link_offers",
        text("id"),
        text("person_id"),
        sa.Column("maker", sa.JSON(), nullable=False),
        text("taker_id", nullable=True),
        sa.Column("taker", sa.JSON(), nullable=True),
        text("code_hash", nullable=True),
        text("state"),
        moment("expires_at"),
        person("link_offers"),
        person("link_offers", "taker_id"),
        sa.PrimaryKeyConstraint("id", name="pk_link_offers"),
        sa.UniqueConstraint("code_hash", name="uq_link_offers_code_hash"),
    )
    op.create_index("ix_link_offers_person_id", "link_offers", ["person_id"])
    op.create_index("ix_link_offers_taker_id", "link_offers", ["taker_id"])
    op.create_table(
        "link_tries",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        text("person_id"),
        moment("at"),
        person("link_tries"),
        sa.PrimaryKeyConstraint("id", name="pk_link_tries"),
    )
    op.create_index("ix_link_tries_person_id", "link_tries", ["person_id"])
    op.create_table(
        "links",
        text("id"),
        text("person_id"),
        text("other"),
        sa.Column("lanes", sa.JSON(), nullable=False),
        sa.Column("kept", sa.JSON(), nullable=False),
        moment("created_at"),
        person("links"),
        sa.PrimaryKeyConstraint("id", name="pk_links"),
    )
    op.create_index("ix_links_person_id", "links", ["person_id"])


def downgrade() -> None:
    for name in ("links", "link_tries", "link_offers"):
        op.drop_table(name)
    op.drop_index("ix_mailbox_linked", "mailbox")
    op.drop_column("mailbox", "linked")
    for name in LANES:
        op.drop_column(name, "lane")
