"""Work comes in, fails, is asked for and done once; and the trail that explains it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0003'
down_revision: str | Sequence[str] | None = '0002'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


ROLE = "operations_brain_app"
"""What the house works as: it may do everything with its tables but change what the trail says."""

_ROLE = f"""
do $$ begin
  if not exists (select from pg_roles where rolname = '{ROLE}') then create role {ROLE} nologin; end if;
exception
  when duplicate_object or unique_violation then null;
  when insufficient_privilege then
    raise exception 'the owner of this database may not create roles: create role {ROLE} and grant it to %', current_user;
end $$;
grant {ROLE} to current_user;
grant usage on schema public to {ROLE};
grant select, insert, update, delete, truncate on all tables in schema public to {ROLE};
grant usage, select on all sequences in schema public to {ROLE};
alter default privileges in schema public grant select, insert, update, delete on tables to {ROLE};
alter default privileges in schema public grant usage, select on sequences to {ROLE};
revoke update, delete, truncate on trail, trail_link from {ROLE};
revoke insert on trail, trail_link from {ROLE};
grant insert (what, subject, "by", why, cause, body) on trail to {ROLE};
revoke update on alembic_version from {ROLE};
"""

_CHAIN = """
create function trail_chain() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
  last record;
  said text := '';
  part text;
begin
  perform pg_advisory_xact_lock(727012);
  select seq, hash into last from trail_link order by seq desc limit 1;
  foreach part in array array[
    new.id::text, to_char(new.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24\\:MI\\:SS.US'),
    new.what, new.subject, new."by", new.why, new.cause, new.body::text]
  loop
    said := said || length(part) || ':' || part;
  end loop;
  insert into trail_link (seq, trail_id, hash) values (
    coalesce(last.seq, 0) + 1, new.id,
    encode(sha256(convert_to(coalesce(last.hash, repeat('0', 64)) || said, 'UTF8')), 'hex'));
  return null;
end $$;
create constraint trigger trail_chain after insert on trail deferrable initially deferred
  for each row execute function trail_chain();
create function trail_refuse() returns trigger language plpgsql as $$
begin
  raise exception 'the trail is only ever appended to';
end $$;
create trigger trail_refuse before update or delete or truncate on trail
  for each statement execute function trail_refuse();
create trigger trail_refuse before update or delete or truncate on trail_link
  for each statement execute function trail_refuse();
"""


def upgrade() -> None:
    """Bring the tables to this shape."""
    op.create_table('action',
    sa.Column('id', sa.String(length=20), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('kind', sa.String(length=60), nullable=False),
    sa.Column('args', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('requester', sa.String(), nullable=False),
    sa.Column('department', sa.String(length=30), nullable=False),
    sa.Column('risk', sa.String(length=10), nullable=False),
    sa.Column('amount', sa.Numeric(precision=16, scale=4), nullable=True),
    sa.Column('task_id', sa.String(length=20), nullable=True),
    sa.Column('escalation_id', sa.String(length=20), nullable=True),
    sa.Column('plan_id', sa.String(), nullable=True),
    sa.Column('step', sa.SmallInteger(), server_default='0', nullable=False),
    sa.Column('snapshot_id', sa.String(length=20), nullable=True),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('decided', sa.String(), nullable=True),
    sa.Column('before', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('saved', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('after', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('error', sa.String(), server_default='', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('moved_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state in ('proposed', 'approved', 'running', 'done', 'failed', 'unclear', 'refused', 'stale', 'undoing', 'undone')", name=op.f('ck_action_state')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_action')),
    sa.UniqueConstraint('key', name=op.f('uq_action_key'))
    )
    op.create_index('ix_action_kind', 'action', ['kind', 'created_at'], unique=False)
    op.create_index('ix_action_open', 'action', ['state', 'moved_at'], unique=False, postgresql_where=sa.text("state not in ('done', 'undone', 'refused')"))
    op.create_index(op.f('ix_action_plan_id'), 'action', ['plan_id'], unique=False)
    op.create_index(op.f('ix_action_task_id'), 'action', ['task_id'], unique=False)
    op.create_table('approval',
    sa.Column('id', sa.String(length=20), nullable=False),
    sa.Column('action_id', sa.String(length=20), nullable=False),
    sa.Column('version', sa.SmallInteger(), server_default='1', nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('approvers', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('needed', sa.SmallInteger(), server_default='1', nullable=False),
    sa.Column('state', sa.String(length=10), server_default='pending', nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sa.String(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.String(), server_default='', nullable=False),
    sa.Column('reminded_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.CheckConstraint("state in ('pending', 'approved', 'rejected', 'expired', 'superseded', 'withdrawn')", name=op.f('ck_approval_state')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_approval'))
    )
    op.create_index(op.f('ix_approval_action_id'), 'approval', ['action_id'], unique=False)
    op.create_index('ix_approval_pending', 'approval', ['expires_at'], unique=False, postgresql_where=sa.text("state = 'pending'"))
    op.create_table('autonomy',
    sa.Column('kind', sa.String(length=60), nullable=False),
    sa.Column('level', sa.String(length=10), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('why', sa.String(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.CheckConstraint("level in ('suggest', 'approve', 'auto')", name=op.f('ck_autonomy_level')),
    sa.PrimaryKeyConstraint('kind', name=op.f('pk_autonomy'))
    )
    op.create_table('effect',
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('action_id', sa.String(length=20), nullable=False),
    sa.Column('deed', sa.String(length=10), nullable=False),
    sa.Column('state', sa.String(length=10), server_default='intended', nullable=False),
    sa.Column('tries', sa.SmallInteger(), server_default='0', nullable=False),
    sa.Column('result', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('error', sa.String(), server_default='', nullable=False),
    sa.Column('intended_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state in ('intended', 'done', 'absent', 'failed', 'unclear')", name=op.f('ck_effect_state')),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_effect'))
    )
    op.create_index(op.f('ix_effect_action_id'), 'effect', ['action_id'], unique=False)
    op.create_table('escalation',
    sa.Column('id', sa.String(length=20), nullable=False),
    sa.Column('cause', sa.String(), nullable=False),
    sa.Column('episode', sa.Integer(), server_default='1', nullable=False),
    sa.Column('state', sa.String(length=8), server_default='staged', nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('trying', sa.String(), nullable=False),
    sa.Column('wrong', sa.String(), nullable=False),
    sa.Column('tried', sa.String(), nullable=False),
    sa.Column('needed', sa.String(), nullable=False),
    sa.Column('link', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('department', sa.String(length=30), nullable=False),
    sa.Column('owner', sa.String(), nullable=True),
    sa.Column('deadline_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('on_silence', sa.String(), server_default='', nullable=False),
    sa.Column('count', sa.Integer(), server_default='0', nullable=False),
    sa.Column('samples', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('flaps', sa.SmallInteger(), server_default='0', nullable=False),
    sa.Column('posted', sa.SmallInteger(), server_default='0', nullable=False),
    sa.Column('action_id', sa.String(length=20), nullable=True),
    sa.Column('least', sa.SmallInteger(), server_default='1', nullable=False),
    sa.Column('asked', sa.SmallInteger(), server_default='0', nullable=False),
    sa.Column('flush_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('well_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('snoozed_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('first_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('last_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('posted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state in ('staged', 'open', 'acked', 'snoozed', 'closed')", name=op.f('ck_escalation_state')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_escalation'))
    )
    op.create_index('ix_escalation_cause', 'escalation', ['cause', 'first_at'], unique=False)
    op.create_index('uq_escalation_open', 'escalation', ['cause'], unique=True, postgresql_where=sa.text("state <> 'closed'"))
    op.create_table('failure',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('cause', sa.String(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('source', sa.String(), server_default='', nullable=False),
    sa.Column('job', sa.String(), server_default='', nullable=False),
    sa.Column('subject', sa.String(), server_default='', nullable=False),
    sa.Column('detail', sa.String(), nullable=False),
    sa.Column('escalation_id', sa.String(length=20), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_failure'))
    )
    op.create_index('ix_failure_cause', 'failure', ['cause', 'at'], unique=False)
    op.create_index(op.f('ix_failure_escalation_id'), 'failure', ['escalation_id'], unique=False)
    op.create_table('report',
    sa.Column('id', sa.String(length=20), nullable=False),
    sa.Column('task_id', sa.String(length=20), nullable=False),
    sa.Column('run', sa.Integer(), nullable=False),
    sa.Column('summary', sa.String(), nullable=False),
    sa.Column('body', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('checks', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report'))
    )
    op.create_index(op.f('ix_report_task_id'), 'report', ['task_id'], unique=False)
    op.create_table('snapshot',
    sa.Column('id', sa.String(length=20), nullable=False),
    sa.Column('body', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_snapshot'))
    )
    op.create_table('task',
    sa.Column('id', sa.String(length=20), nullable=False),
    sa.Column('origin', sa.String(), nullable=False),
    sa.Column('source', sa.String(length=60), nullable=False),
    sa.Column('requester', sa.String(), nullable=False),
    sa.Column('channel', sa.String(), nullable=True),
    sa.Column('thread_ts', sa.String(), nullable=True),
    sa.Column('brief', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('missing', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('category', sa.String(), nullable=True),
    sa.Column('rule', sa.String(), nullable=True),
    sa.Column('rule_version', sa.String(length=12), nullable=True),
    sa.Column('department', sa.String(), nullable=True),
    sa.Column('path', sa.String(), nullable=True),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('attempts', sa.SmallInteger(), server_default='0', nullable=False),
    sa.Column('run', sa.Integer(), server_default='0', nullable=False),
    sa.Column('parent_id', sa.String(length=20), nullable=True),
    sa.Column('owner', sa.String(), nullable=True),
    sa.Column('why', sa.String(), server_default='', nullable=False),
    sa.Column('limit_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('report_id', sa.String(length=20), nullable=True),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('next', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'::jsonb"), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('moved_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.CheckConstraint("state in ('asking', 'queued', 'running', 'waiting', 'checking', 'done', 'failed', 'paused', 'cancelled', 'taken_over', 'escalated')", name=op.f('ck_task_state')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_task')),
    sa.UniqueConstraint('origin', name=op.f('uq_task_origin'))
    )
    op.create_index('ix_task_created_at', 'task', ['created_at'], unique=False)
    op.create_index('ix_task_open', 'task', ['state', 'moved_at'], unique=False, postgresql_where=sa.text("state not in ('done', 'cancelled')"))
    op.create_index(op.f('ix_task_parent_id'), 'task', ['parent_id'], unique=False)
    op.create_table('trail',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('what', sa.String(length=60), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('why', sa.String(), server_default='', nullable=False),
    sa.Column('cause', sa.String(), server_default='', nullable=False),
    sa.Column('body', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_trail'))
    )
    op.create_index('ix_trail_cause', 'trail', ['cause'], unique=False)
    op.create_index('ix_trail_subject', 'trail', ['subject', 'id'], unique=False)
    op.create_table('trail_link',
    sa.Column('seq', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('trail_id', sa.BigInteger(), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_trail_link')),
    sa.UniqueConstraint('trail_id', name=op.f('uq_trail_link_trail_id'))
    )
    op.create_table('vote',
    sa.Column('approval_id', sa.String(length=20), nullable=False),
    sa.Column('person', sa.String(), nullable=False),
    sa.Column('mail', sa.String(), server_default='', nullable=False),
    sa.Column('choice', sa.String(length=10), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.PrimaryKeyConstraint('approval_id', 'person', name=op.f('pk_vote'))
    )
    op.create_index('uq_vote_mail', 'vote', ['approval_id', 'mail'], unique=True, postgresql_where=sa.text("mail <> ''"))
    op.add_column('person', sa.Column('mail', sa.String(), server_default='', nullable=False))
    op.execute(_CHAIN)
    op.execute(_ROLE)


def downgrade() -> None:
    """Bring the tables back."""
    op.drop_column('person', 'mail')
    op.drop_index('uq_vote_mail', table_name='vote', postgresql_where=sa.text("mail <> ''"))
    op.drop_table('vote')
    op.drop_table('trail_link')
    op.drop_index('ix_trail_subject', table_name='trail')
    op.drop_index('ix_trail_cause', table_name='trail')
    op.drop_table('trail')
    op.execute('drop function trail_chain(), trail_refuse()')
    op.drop_index(op.f('ix_task_parent_id'), table_name='task')
    op.drop_index('ix_task_open', table_name='task', postgresql_where=sa.text("state not in ('done', 'cancelled')"))
    op.drop_index('ix_task_created_at', table_name='task')
    op.drop_table('task')
    op.drop_table('snapshot')
    op.drop_index(op.f('ix_report_task_id'), table_name='report')
    op.drop_table('report')
    op.drop_index(op.f('ix_failure_escalation_id'), table_name='failure')
    op.drop_index('ix_failure_cause', table_name='failure')
    op.drop_table('failure')
    op.drop_index('uq_escalation_open', table_name='escalation', postgresql_where=sa.text("state <> 'closed'"))
    op.drop_index('ix_escalation_cause', table_name='escalation')
    op.drop_table('escalation')
    op.drop_index(op.f('ix_effect_action_id'), table_name='effect')
    op.drop_table('effect')
    op.drop_table('autonomy')
    op.drop_index('ix_approval_pending', table_name='approval', postgresql_where=sa.text("state = 'pending'"))
    op.drop_index(op.f('ix_approval_action_id'), table_name='approval')
    op.drop_table('approval')
    op.drop_index(op.f('ix_action_task_id'), table_name='action')
    op.drop_index(op.f('ix_action_plan_id'), table_name='action')
    op.drop_index('ix_action_open', table_name='action', postgresql_where=sa.text("state not in ('done', 'undone', 'refused')"))
    op.drop_index('ix_action_kind', table_name='action')
    op.drop_table('action')
