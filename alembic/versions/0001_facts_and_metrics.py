"""What the vendors say, the metrics over it, and the pulses told."""

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


def downgrade() -> None:
    """Bring the tables back."""
    op.drop_index(op.f('ix_shop_order_day'), table_name='shop_order')
    op.drop_table('shop_order')
    op.drop_index('ix_raw_page_stream', table_name='raw_page')
    op.drop_table('raw_page')
    op.drop_table('pulse')
    op.drop_index(op.f('ix_order_refund_order_id'), table_name='order_refund')
    op.drop_index(op.f('ix_order_refund_day'), table_name='order_refund')
    op.drop_table('order_refund')
    op.drop_index('ix_order_line_day', table_name='order_line', postgresql_using='brin', postgresql_with={'pages_per_range': 16, 'autosummarize': 'on'})
    op.drop_table('order_line')
    op.drop_index('ix_metric_revision_day_key', table_name='metric_revision')
    op.drop_table('metric_revision')
    op.drop_table('metric')
    op.drop_table('key_sku')
    op.drop_table('inventory_level')
    op.drop_index(op.f('ix_inventory_day_day'), table_name='inventory_day')
    op.drop_table('inventory_day')
    op.drop_table('history_window')
    op.drop_index(op.f('ix_fulfilment_shipped_day'), table_name='fulfilment')
    op.drop_index(op.f('ix_fulfilment_day'), table_name='fulfilment')
    op.drop_table('fulfilment')
    op.drop_table('deal')
    op.drop_table('connector_state')
    op.drop_table('connector_breaker')
    op.drop_index(op.f('ix_ad_day_day'), table_name='ad_day')
    op.drop_table('ad_day')
