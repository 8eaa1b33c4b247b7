"""first house."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0001'
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Bring the tables to this shape."""
    op.create_table('ad_day',
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('campaign', sa.String(), nullable=False),
    sa.Column('adset', sa.String(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('spend', sa.Numeric(precision=16, scale=4), nullable=False),
    sa.Column('impressions', sa.Integer(), nullable=False),
    sa.Column('clicks', sa.Integer(), nullable=False),
    sa.Column('conversions', sa.Numeric(precision=16, scale=4), nullable=False),
    sa.Column('value', sa.Numeric(precision=16, scale=4), nullable=False),
    sa.Column('currency', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('source', 'campaign', 'adset', 'day', name=op.f('pk_ad_day'))
    )
    op.create_index(op.f('ix_ad_day_day'), 'ad_day', ['day'], unique=False)
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
    op.create_table('connector_breaker',
    sa.Column('connector', sa.String(), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('probe_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('trips', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('connector', name=op.f('pk_connector_breaker'))
    )
    op.create_table('connector_state',
    sa.Column('connector', sa.String(), nullable=False),
    sa.Column('stream', sa.String(), nullable=False),
    sa.Column('cursor', sa.String(), nullable=True),
    sa.Column('last_try_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_ok_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_rows', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('last_data_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('fault', sa.String(), nullable=True),
    sa.Column('fault_text', sa.String(), server_default=sa.text("''"), nullable=False),
    sa.Column('fault_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('faults', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('notices', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
    sa.PrimaryKeyConstraint('connector', 'stream', name=op.f('pk_connector_state'))
    )
    op.create_table('deal',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('amount', sa.Numeric(precision=16, scale=4), nullable=True),
    sa.Column('currency', sa.String(), nullable=False),
    sa.Column('stage', sa.String(), nullable=False),
    sa.Column('is_closed', sa.Boolean(), nullable=False),
    sa.Column('is_won', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('touched_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deal'))
    )
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
    op.create_table('fulfilment',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('order_name', sa.String(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('late', sa.Boolean(), nullable=False),
    sa.Column('exception', sa.String(), nullable=False),
    sa.Column('shipped_day', sa.Date(), nullable=True),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_fulfilment'))
    )
    op.create_index(op.f('ix_fulfilment_day'), 'fulfilment', ['day'], unique=False)
    op.create_index(op.f('ix_fulfilment_shipped_day'), 'fulfilment', ['shipped_day'], unique=False)
    op.create_table('history_window',
    sa.Column('connector', sa.String(), nullable=False),
    sa.Column('stream', sa.String(), nullable=False),
    sa.Column('first', sa.Date(), nullable=False),
    sa.Column('last', sa.Date(), nullable=False),
    sa.Column('expected', sa.Integer(), nullable=False),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('connector', 'stream', 'first', name=op.f('pk_history_window'))
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
    op.create_table('inventory_day',
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('location', sa.String(), nullable=False),
    sa.Column('sku', sa.String(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('on_hand', sa.Integer(), nullable=False),
    sa.Column('available', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('source', 'location', 'sku', 'day', name=op.f('pk_inventory_day'))
    )
    op.create_index(op.f('ix_inventory_day_day'), 'inventory_day', ['day'], unique=False)
    op.create_table('inventory_level',
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('location', sa.String(), nullable=False),
    sa.Column('sku', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('on_hand', sa.Integer(), nullable=False),
    sa.Column('available', sa.Integer(), nullable=False),
    sa.Column('committed', sa.Integer(), nullable=False),
    sa.Column('incoming', sa.Integer(), nullable=False),
    sa.Column('as_of', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('source', 'location', 'sku', name=op.f('pk_inventory_level'))
    )
    op.create_table('job',
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('known_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('swept_until', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_job'))
    )
    op.create_table('key_sku',
    sa.Column('sku', sa.String(), nullable=False),
    sa.Column('rank', sa.Integer(), nullable=False),
    sa.Column('revenue', sa.Numeric(precision=20, scale=4), nullable=False),
    sa.Column('chosen_for', sa.Date(), nullable=False),
    sa.Column('since', sa.Date(), nullable=False),
    sa.Column('chosen_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('sku', name=op.f('pk_key_sku'))
    )
    op.create_table('metric',
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('dimension', sa.String(), nullable=False),
    sa.Column('value', sa.Numeric(precision=20, scale=4), nullable=False),
    sa.Column('unit', sa.String(), nullable=False),
    sa.Column('as_of', sa.DateTime(timezone=True), nullable=False),
    sa.Column('source_rows', sa.Integer(), nullable=False),
    sa.Column('said_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('first_seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('key', 'day', 'dimension', name=op.f('pk_metric'))
    )
    op.create_table('metric_revision',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('dimension', sa.String(), nullable=False),
    sa.Column('value', sa.Numeric(precision=20, scale=4), nullable=False),
    sa.Column('unit', sa.String(), nullable=False),
    sa.Column('as_of', sa.DateTime(timezone=True), nullable=False),
    sa.Column('source_rows', sa.Integer(), nullable=False),
    sa.Column('said_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('restated_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_metric_revision'))
    )
    op.create_index('ix_metric_revision_day_key', 'metric_revision', ['day', 'key'], unique=False)
    op.create_table('order_line',
    sa.Column('order_id', sa.String(), nullable=False),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.Column('sku', sa.String(), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('amount', sa.Numeric(precision=16, scale=4), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('channel', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('order_id', 'line', name=op.f('pk_order_line'))
    )
    op.create_index('ix_order_line_day', 'order_line', ['day'], unique=False, postgresql_using='brin', postgresql_with={'pages_per_range': 16, 'autosummarize': 'on'})
    op.create_table('order_refund',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('order_id', sa.String(), nullable=False),
    sa.Column('refunded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('amount', sa.Numeric(precision=16, scale=4), nullable=False),
    sa.Column('custom', sa.Numeric(precision=16, scale=4), nullable=False),
    sa.Column('units', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_order_refund'))
    )
    op.create_index(op.f('ix_order_refund_day'), 'order_refund', ['day'], unique=False)
    op.create_index(op.f('ix_order_refund_order_id'), 'order_refund', ['order_id'], unique=False)
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
    op.create_table('pulse',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('score', sa.Numeric(precision=5, scale=1), nullable=True),
    sa.Column('confidence', sa.Numeric(precision=5, scale=1), nullable=False),
    sa.Column('parts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('facts', sa.String(), nullable=False),
    sa.Column('sha256', sa.String(), nullable=False),
    sa.Column('narrative', sa.String(), nullable=False),
    sa.Column('path', sa.String(), nullable=False),
    sa.Column('bindings', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('card', sa.String(), nullable=False),
    sa.Column('detail', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('day', 'version', name=op.f('pk_pulse'))
    )
    op.create_table('raw_page',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('connector', sa.String(), nullable=False),
    sa.Column('stream', sa.String(), nullable=False),
    sa.Column('fetched_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('request', sa.String(), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_raw_page'))
    )
    op.create_index('ix_raw_page_stream', 'raw_page', ['connector', 'stream', 'fetched_at'], unique=False)
    op.create_table('shop_order',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('ordered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('cancelled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('test', sa.Boolean(), nullable=False),
    sa.Column('net', sa.Numeric(precision=16, scale=4), nullable=False),
    sa.Column('custom', sa.Numeric(precision=16, scale=4), nullable=False),
    sa.Column('units', sa.Integer(), nullable=False),
    sa.Column('lines', sa.Integer(), nullable=False),
    sa.Column('currency', sa.String(), nullable=False),
    sa.Column('customer', sa.String(), nullable=True),
    sa.Column('seen_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_shop_order'))
    )
    op.create_index(op.f('ix_shop_order_day'), 'shop_order', ['day'], unique=False)
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
    op.drop_index(op.f('ix_shop_order_day'), table_name='shop_order')
    op.drop_table('shop_order')
    op.drop_index('ix_raw_page_stream', table_name='raw_page')
    op.drop_table('raw_page')
    op.drop_table('pulse')
    op.drop_index(op.f('ix_person_handle'), table_name='person')
    op.drop_table('person')
    op.drop_index('ix_outbox_thread', table_name='outbox')
    op.drop_index('ix_outbox_open', table_name='outbox', postgresql_where=sa.text("state in ('queued', 'sending', 'ambiguous')"))
    op.drop_index('ix_outbox_created_at', table_name='outbox')
    op.drop_table('outbox')
    op.drop_index(op.f('ix_order_refund_order_id'), table_name='order_refund')
    op.drop_index(op.f('ix_order_refund_day'), table_name='order_refund')
    op.drop_table('order_refund')
    op.drop_index('ix_order_line_day', table_name='order_line', postgresql_using='brin', postgresql_with={'pages_per_range': 16, 'autosummarize': 'on'})
    op.drop_table('order_line')
    op.drop_index('ix_metric_revision_day_key', table_name='metric_revision')
    op.drop_table('metric_revision')
    op.drop_table('metric')
    op.drop_table('key_sku')
    op.drop_table('job')
    op.drop_table('inventory_level')
    op.drop_index(op.f('ix_inventory_day_day'), table_name='inventory_day')
    op.drop_table('inventory_day')
    op.drop_index('ix_inbox_unfinished', table_name='inbox', postgresql_where=sa.text('done_at is null'))
    op.drop_index('ix_inbox_received_at', table_name='inbox')
    op.drop_table('inbox')
    op.drop_table('history_window')
    op.drop_index(op.f('ix_fulfilment_shipped_day'), table_name='fulfilment')
    op.drop_index(op.f('ix_fulfilment_day'), table_name='fulfilment')
    op.drop_table('fulfilment')
    op.drop_table('flow')
    op.drop_index('ix_executor_beat_at', table_name='executor')
    op.drop_table('executor')
    op.drop_table('deal')
    op.drop_table('connector_state')
    op.drop_table('connector_breaker')
    op.drop_index('ix_check_result_at', table_name='check_result')
    op.drop_table('check_result')
    op.drop_index(op.f('ix_channel_name'), table_name='channel')
    op.drop_table('channel')
    op.drop_index(op.f('ix_ad_day_day'), table_name='ad_day')
    op.drop_table('ad_day')
