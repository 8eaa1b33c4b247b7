"""Slots, flows, processes, messages in and out, and what the house measures of itself."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0002'
down_revision: str | Sequence[str] | None = '0001'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the tables to this shape."""
    op.create_table('channel',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('is_member', sa.Boolean(), nullable=False),
    sa.Column('is_archived', sa.Boolean(), nullable=False),
    sa.Column('is_shared_outside', sa.Boolean(), nullable=False),
    sa.Column('checked_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_channel'))
    )
    op.create_index(op.f('ix_channel_name'), 'channel', ['name'], unique=False)
    op.create_table('check_result',
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.String(length=4), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('value', sa.Numeric(precision=20, scale=4), nullable=True),
    sa.CheckConstraint("state in ('ok', 'warn', 'bad')", name=op.f('ck_check_result_state')),
    sa.PrimaryKeyConstraint('name', 'at', name=op.f('pk_check_result'))
    )
    op.create_index('ix_check_result_at', 'check_result', ['at'], unique=False)
    op.create_table('executor',
    sa.Column('id', sa.String(length=80), nullable=False),
    sa.Column('role', sa.String(length=40), nullable=False),
    sa.Column('state', sa.String(length=5), server_default='alive', nullable=False),
    sa.Column('place', sa.String(), server_default='', nullable=False),
    sa.Column('pid', sa.Integer(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('beat_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('detail', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
    sa.CheckConstraint("state in ('alive', 'dead')", name=op.f('ck_executor_state')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_executor'))
    )
    op.create_index('ix_executor_beat_at', 'executor', ['beat_at'], unique=False)
    op.create_table('flow',
    sa.Column('id', sa.String(length=200), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('queue', sa.String(length=30), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('begun_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('takeovers', sa.SmallInteger(), server_default='0', nullable=False),
    sa.Column('given_up_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_flow'))
    )
    op.create_table('inbox',
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('payload', postgresql.JSON(astext_type=sa.Text()), nullable=False),
    sa.Column('owner', sa.BigInteger(), nullable=False),
    sa.Column('attempts', sa.Integer(), server_default='1', nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('outcome', sa.String(), nullable=True),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_inbox'))
    )
    op.create_index('ix_inbox_received_at', 'inbox', ['received_at'], unique=False)
    op.create_index('ix_inbox_unfinished', 'inbox', ['received_at'], unique=False, postgresql_where=sa.text('done_at is null'))
    op.create_table('job',
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('known_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('swept_until', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_job'))
    )
    op.create_table('outbox',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('target', sa.String(), nullable=False),
    sa.Column('lane', sa.String(), nullable=False),
    sa.Column('card', sa.String(), nullable=False),
    sa.Column('channel', sa.String(), nullable=True),
    sa.Column('user_id', sa.String(), nullable=True),
    sa.Column('thread_key', sa.String(), nullable=True),
    sa.Column('thread_ts', sa.String(), nullable=True),
    sa.Column('department', sa.String(), nullable=True),
    sa.Column('broadcast', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('share', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('response_url', sa.String(), nullable=True),
    sa.Column('state', sa.String(), server_default='queued', nullable=False),
    sa.Column('revision', sa.Integer(), server_default='0', nullable=False),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('parts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('not_before', sa.DateTime(timezone=True), nullable=True),
    sa.Column('tried_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('channel_id', sa.String(), nullable=True),
    sa.Column('ts', sa.String(), nullable=True),
    sa.Column('rung', sa.String(), nullable=True),
    sa.Column('error', sa.String(), nullable=True),
    sa.Column('digest', sa.String(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('delivered_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox')),
    sa.UniqueConstraint('key', name=op.f('uq_outbox_key'))
    )
    op.create_index('ix_outbox_created_at', 'outbox', ['created_at'], unique=False)
    op.create_index('ix_outbox_open', 'outbox', ['lane', 'id'], unique=False, postgresql_where=sa.text("state in ('queued', 'sending', 'ambiguous')"))
    op.create_index('ix_outbox_thread', 'outbox', ['channel_id', 'thread_ts', 'created_at'], unique=False)
    op.create_table('person',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('handle', sa.String(), nullable=False),
    sa.Column('team_id', sa.String(), nullable=False),
    sa.Column('stranger', sa.String(), nullable=False),
    sa.Column('checked_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person'))
    )
    op.create_index(op.f('ix_person_handle'), 'person', ['handle'], unique=False)
    op.create_table('slot',
    sa.Column('job', sa.String(length=60), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('slot', sa.String(length=20), nullable=False),
    sa.Column('planned_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('reason', sa.String(), server_default='', nullable=False),
    sa.Column('queue', sa.String(length=30), server_default='', nullable=False),
    sa.Column('detail', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False),
    sa.Column('claimed_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('limit_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(ended_at is null) = (state in ('claimed', 'running'))", name=op.f('ck_slot_ended')),
    sa.CheckConstraint("state in ('claimed', 'running', 'ran', 'skipped', 'escalated')", name=op.f('ck_slot_state')),
    sa.PrimaryKeyConstraint('job', 'day', 'slot', name=op.f('pk_slot'))
    )
    op.create_index('ix_slot_job_planned_at', 'slot', ['job', 'planned_at'], unique=False)
    op.create_index('ix_slot_open', 'slot', ['limit_at'], unique=False, postgresql_where=sa.text('ended_at is null'))
    op.create_index('ix_slot_planned_at', 'slot', ['planned_at'], unique=False)
    op.create_table('thread',
    sa.Column('channel_id', sa.String(), nullable=False),
    sa.Column('ts', sa.String(), nullable=False),
    sa.Column('key', sa.String(), nullable=True),
    sa.Column('department', sa.String(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.PrimaryKeyConstraint('channel_id', 'ts', name=op.f('pk_thread'))
    )


def downgrade() -> None:
    """Bring the tables back."""
    op.drop_table('thread')
    op.drop_index('ix_slot_planned_at', table_name='slot')
    op.drop_index('ix_slot_open', table_name='slot', postgresql_where=sa.text('ended_at is null'))
    op.drop_index('ix_slot_job_planned_at', table_name='slot')
    op.drop_table('slot')
    op.drop_index(op.f('ix_person_handle'), table_name='person')
    op.drop_table('person')
    op.drop_index('ix_outbox_thread', table_name='outbox')
    op.drop_index('ix_outbox_open', table_name='outbox', postgresql_where=sa.text("state in ('queued', 'sending', 'ambiguous')"))
    op.drop_index('ix_outbox_created_at', table_name='outbox')
    op.drop_table('outbox')
    op.drop_table('job')
    op.drop_index('ix_inbox_unfinished', table_name='inbox', postgresql_where=sa.text('done_at is null'))
    op.drop_index('ix_inbox_received_at', table_name='inbox')
    op.drop_table('inbox')
    op.drop_table('flow')
    op.drop_index('ix_executor_beat_at', table_name='executor')
    op.drop_table('executor')
    op.drop_index('ix_check_result_at', table_name='check_result')
    op.drop_table('check_result')
    op.drop_index(op.f('ix_channel_name'), table_name='channel')
    op.drop_table('channel')
