"""The house watches itself."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0004'
down_revision: str | Sequence[str] | None = '0003'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the tables to this shape."""
    op.create_table('backup',
    sa.Column('place', sa.String(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('bytes', sa.BigInteger(), nullable=False),
    sa.Column('seconds', sa.Float(), nullable=False),
    sa.PrimaryKeyConstraint('place', name=op.f('pk_backup'))
    )
    op.create_table('recovery',
    sa.Column('id', sa.String(length=20), nullable=False),
    sa.Column('backup', sa.String(), nullable=False),
    sa.Column('taken_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('restored_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('found', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_by', sa.String(), server_default='', nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recovery'))
    )
    op.create_table('job_state',
    sa.Column('job', sa.String(length=60), nullable=False),
    sa.Column('failures', sa.Integer(), server_default='0', nullable=False),
    sa.Column('telling', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('alerted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('paused_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('paused_by', sa.String(), nullable=True),
    sa.Column('paused_why', sa.String(), server_default='', nullable=False),
    sa.Column('tried_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('job', name=op.f('pk_job_state'))
    )
    op.create_table('ping',
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('kind', sa.String(length=7), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('said', sa.String(), server_default='', nullable=False),
    sa.CheckConstraint("kind in ('start', 'success', 'fail')", name=op.f('ck_ping_kind')),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_ping')),
    )
    _alarms()
    _check_state(8, "'ok', 'warn', 'bad', 'unknown'")
    op.create_table('policy_version',
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('body', sa.String(), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('found_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('decided_by', sa.String(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('release', sa.String(length=64), server_default='', nullable=False),
    sa.CheckConstraint("state in ('in_force', 'waiting', 'replaced', 'refused')", name=op.f('ck_policy_version_state')),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_policy_version')),
    )
    op.create_index('uq_policy_version_in_force', 'policy_version', ['state'], unique=True,
                    postgresql_where=sa.text("state = 'in_force'"))


def downgrade() -> None:
    """Bring the tables back."""
    op.drop_table('recovery')
    op.drop_table('backup')
    op.drop_table('job_state')
    op.drop_table('ping')
    op.drop_table("receipt")
    op.drop_index("ix_outbox_alarm", table_name="outbox")
    op.drop_column("outbox", "second_at")
    op.drop_column("outbox", "critical")
    op.execute("delete from check_result where state = 'unknown'")
    _check_state(4, "'ok', 'warn', 'bad'")
    op.drop_index('uq_policy_version_in_force', table_name='policy_version',
                  postgresql_where=sa.text("state = 'in_force'"))
    op.drop_table('policy_version')


def _alarms() -> None:
    """What cannot wait, and what the second road answered about it."""
    op.add_column("outbox", sa.Column("critical", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("outbox", sa.Column("second_at", sa.DateTime(timezone=True), nullable=True))
    alarm = sa.text("critical and state not in ('sent', 'collapsed')")
    op.create_index("ix_outbox_alarm", "outbox", ["created_at"], postgresql_where=alarm)
    op.create_table(
        "receipt",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("road", sa.String(6), nullable=False),
        sa.Column("address", sa.String(), server_default="", nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("said", sa.String(), server_default="", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.CheckConstraint("road in ('second', 'file')", name=op.f("ck_receipt_road")),
        sa.CheckConstraint("state in ('begun', 'accepted', 'refused')", name=op.f("ck_receipt_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
    )
    accepted = sa.text("state = 'accepted'")
    op.create_index(
        "uq_receipt_accepted", "receipt", ["key", "road", "address"], unique=True, postgresql_where=accepted
    )
    op.create_index("ix_receipt_key", "receipt", ["key"])
    op.create_index("ix_receipt_at", "receipt", ["at"])


def _check_state(long: int, states: str) -> None:
    """What a check may have found."""
    op.drop_constraint('ck_check_result_state', 'check_result')
    op.alter_column('check_result', 'state', type_=sa.String(long))
    op.create_check_constraint('state', 'check_result', f'state in ({states})')
