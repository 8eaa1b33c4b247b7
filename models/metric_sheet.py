"""The SQL behind every metric: one sheet per kind of fact, each a set-based query over facts and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

# Parameters every sheet may use: :days date[], :at timestamptz, :today date (the company's date of `at`),
# :cover_window int. Every sheet returns (key, day, dimension, value, unit, as_of, source_rows).


@dataclass(frozen=True)
class Sheet:
    """`keys` are written by this sheet alone; a `sums` row whose facts are gone becomes 0, any other is taken away."""

    name: str
    kinds: frozenset[str]
    keys: tuple[str, ...]
    sql: str
    sums: tuple[str, ...] = ()
    owns_gone: bool = True
    now_only: bool = False


# A test order never counts (it has neither lines nor refunds). A cancelled order keeps its sale in gross on the day it
# was made; what cancelling took back is a refund on the day of the cancellation, so net is right on both days.
_SOLD = "select day, channel, net, units, currency from shop_order where day = any(:days) and not test"
_REFUNDED = """
    select r.day, r.channel, r.amount, o.currency
      from order_refund r left join shop_order o on o.id = r.order_id
     where r.day = any(:days)
"""

# An order whose money went back says nothing about what customers want: no pace, no rank rests on it.
KEPT = """not exists (
           select 1 from order_refund r where r.order_id = o.id having sum(r.amount) >= 0.9 * o.net and o.net > 0)"""

ORDERS = f"""
with counted as ({_SOLD}), refunded as ({_REFUNDED}),
sold as (
    select day, coalesce(channel, 'all') as dimension, sum(net) as gross, count(*) as orders, sum(units) as units,
           max(currency) as currency
      from counted group by grouping sets ((day, channel), (day))
),
returned as (
    select day, coalesce(channel, 'all') as dimension, sum(amount) as refunds, count(*) as rows,
           max(currency) as currency
      from refunded group by grouping sets ((day, channel), (day))
),
both_sides as (
    select day, dimension, coalesce(gross, 0) as gross, coalesce(refunds, 0) as refunds, coalesce(orders, 0) as orders,
           coalesce(units, 0) as units, coalesce(s.currency, r.currency, '') as currency, coalesce(r.rows, 0) as rows
      from sold s full join returned r using (day, dimension)
)
select v.key, day, dimension, round(v.value, 4) as value, v.unit, :at as as_of, v.rows as source_rows
  from both_sides, lateral (values
    ('sales.revenue.net', gross - refunds, currency, orders + rows),
    ('sales.revenue.gross', gross, currency, orders),
    ('sales.refunds.amount', refunds, currency, rows),
    ('sales.orders.count', orders::numeric, 'count', orders),
    ('sales.units.count', units::numeric, 'count', orders),
    ('sales.aov.value', gross / nullif(orders, 0), currency, orders)
  ) as v(key, value, unit, rows)
 where v.value is not null
"""  # noqa: S608  both parts are constants of this file

SKU_UNITS = """
with sold as (
    select l.day, l.sku, sum(l.quantity) as units, count(*) as rows
      from shop_order o join order_line l on l.order_id = o.id join key_sku k on k.sku = l.sku
     where o.day = any(:days) group by l.day, l.sku
)
select 'sales.sku.units' as key, d.day, k.sku as dimension, coalesce(s.units, 0)::numeric as value, 'count' as unit,
       :at as as_of, coalesce(s.rows, 0) as source_rows
  from (select distinct day from shop_order where day = any(:days) and not test) d
 cross join key_sku k left join sold s on s.day = d.day and s.sku = k.sku
"""

SPEND = """
with spent as (
    select day, sum(spend) as spend, sum(impressions) as impressions, sum(clicks) as clicks,
           sum(conversions) as conversions, sum(value) as claimed, max(currency) as currency, count(*) as rows
      from ad_day where day = any(:days) group by day
)
select v.key, day, 'all' as dimension, round(v.value, 4) as value, v.unit, :at as as_of, rows as source_rows
  from spent, lateral (values
    ('marketing.spend.amount', spend, currency),
    ('marketing.impressions.count', impressions::numeric, 'count'),
    ('marketing.clicks.count', clicks::numeric, 'count'),
    ('marketing.conversions.count', conversions::numeric, 'count'),
    ('marketing.claimed.value', claimed, currency),
    ('marketing.cpc.amount', spend / nullif(clicks, 0), currency)
  ) as v(key, value, unit)
 where v.value is not null
"""

MER = f"""
with counted as ({_SOLD}), refunded as ({_REFUNDED}),
earned as (
    select day, sum(net) as net, sum(rows) as rows from (
        select day, sum(net) as net, count(*) as rows from counted group by day
        union all select day, -sum(amount), count(*) from refunded group by day
    ) sides group by day
),
spent as (select day, sum(spend) as spend, count(*) as rows from ad_day where day = any(:days) group by day)
select 'marketing.mer.ratio' as key, day, 'all' as dimension, round(net / spend, 4) as value, 'ratio' as unit,
       :at as as_of, earned.rows + spent.rows as source_rows
  from earned join spent using (day) where spend > 0
"""  # noqa: S608  both parts are constants of this file

# Cover: stock on hand over the mean units a day of the last days in which the article could be sold at all.
COVER = f"""
with wanted as (
    select distinct i.day from inventory_day i
     where i.day between (select min(d) from unnest(cast(:days as date[])) d)
                     and (select max(d) from unnest(cast(:days as date[])) d) + :cover_window
),
held as (
    select i.day, i.sku, sum(i.on_hand) as on_hand, count(*) as rows
      from inventory_day i join wanted using (day) join key_sku k on k.sku = i.sku group by i.day, i.sku
),
started as (select min(day) as first from shop_order),
empty_days as (
    select h.day, h.sku, count(*) as days from held h
      join (select day, sku from inventory_day join key_sku using (sku)
             where day >= (select min(w.day) from wanted w) - :cover_window
             group by day, sku having sum(on_hand) <= 0) e
        on e.sku = h.sku and e.day < h.day and e.day >= h.day - :cover_window
     group by h.day, h.sku
),
sold_on as materialized (
    select l.day, l.sku, sum(l.quantity) as units, count(*) as rows
      from shop_order o join order_line l on l.order_id = o.id join key_sku k on k.sku = l.sku
     where o.day >= (select min(w.day) from wanted w) - :cover_window and o.day < (select max(w.day) from wanted w)
       and {KEPT}
     group by l.day, l.sku
),
sold as (
    select h.day, h.sku, sum(s.units) as units, sum(s.rows) as rows
      from held h join sold_on s on s.sku = h.sku and s.day < h.day and s.day >= h.day - :cover_window
     group by h.day, h.sku
),
pace as (
    select h.day, h.sku, h.on_hand, h.rows + coalesce(s.rows, 0) as rows, h.rows as held_rows,
           coalesce(s.units, 0)::numeric
             / greatest(1, least(:cover_window, h.day - started.first) - coalesce(e.days, 0)) as per_day
      from held h cross join started left join sold s using (day, sku) left join empty_days e using (day, sku)
)
select v.key, day, sku as dimension, round(v.value, 4) as value, v.unit, :at as as_of, v.rows as source_rows
  from pace, lateral (values
    ('logistics.stock.on_hand', on_hand::numeric, 'count', held_rows),
    ('logistics.stock.pace', per_day, 'count', rows),
    ('logistics.stock.cover',
     case when on_hand <= 0 then 0 when per_day = 0 then 999 else least(999, on_hand / per_day) end, 'days', rows)
  ) as v(key, value, unit, rows)
"""  # noqa: S608  both parts are constants of this file

# A shipment is handed in under the day its order came to the warehouse; the day it left is counted with it.
SHIPPED = """
with shipped as (
    select shipped_day as day from fulfilment
     where shipped_day = any(:days)
        or shipped_day in (select distinct f.shipped_day from fulfilment f where f.day = any(:days))
)
select 'logistics.shipments.shipped' as key, day, 'all' as dimension, count(*)::numeric as value, 'count' as unit,
       :at as as_of, count(*) as source_rows
  from shipped group by day
"""

SHIPMENTS_NOW = """
select v.key, cast(:today as date) as day, 'all' as dimension, v.value::numeric as value, 'count' as unit,
       :at as as_of, v.value as source_rows
  from (
    select count(*) as open, count(*) filter (where late) as late, count(*) filter (where exception <> '') as exception
      from fulfilment where shipped_day is null and lower(status) not in ('cancelled', 'canceled')
  ) n, lateral (values
    ('logistics.shipments.open', n.open),
    ('logistics.shipments.late', n.late),
    ('logistics.shipments.exception', n.exception)
  ) as v(key, value)
"""

DEALS_NOW = """
select v.key, cast(:today as date) as day, 'all' as dimension, round(v.value::numeric, 4) as value, v.unit,
       :at as as_of, v.rows as source_rows
  from (
    select coalesce(sum(amount) filter (where not is_closed), 0) as pipeline,
           count(*) filter (where not is_closed) as open,
           count(*) filter (where is_won and closed_at >= cast(:at as timestamptz) - interval '90 days') as won,
           coalesce(sum(amount) filter (
               where is_won and closed_at >= cast(:at as timestamptz) - interval '90 days'), 0) as won_amount,
           count(*) filter (
               where not is_closed and touched_at < cast(:at as timestamptz) - interval '14 days') as stale,
           coalesce(max(currency), '') as currency
      from deal
  ) n, lateral (values
    ('sales.pipeline.value', n.pipeline, n.currency, n.open),
    ('sales.deals.open', n.open, 'count', n.open),
    ('sales.deals.won', n.won, 'count', n.won),
    ('sales.won.amount', n.won_amount, n.currency, n.won),
    ('sales.leads.stale', n.stale, 'count', n.stale)
  ) as v(key, value, unit, rows)
"""

SHEETS: tuple[Sheet, ...] = (
    Sheet(
        "orders",
        frozenset({"orders"}),
        (
            "sales.revenue.net",
            "sales.revenue.gross",
            "sales.refunds.amount",
            "sales.orders.count",
            "sales.units.count",
            "sales.aov.value",
        ),
        ORDERS,
        sums=(
            "sales.revenue.net",
            "sales.revenue.gross",
            "sales.refunds.amount",
            "sales.orders.count",
            "sales.units.count",
        ),
    ),
    Sheet("sku units", frozenset({"orders"}), ("sales.sku.units",), SKU_UNITS, owns_gone=False),
    Sheet(
        "ads",
        frozenset({"ads"}),
        (
            "marketing.spend.amount",
            "marketing.impressions.count",
            "marketing.clicks.count",
            "marketing.conversions.count",
            "marketing.claimed.value",
            "marketing.cpc.amount",
        ),
        SPEND,
        sums=("marketing.spend.amount", "marketing.clicks.count", "marketing.conversions.count"),
    ),
    Sheet("mer", frozenset({"orders", "ads"}), ("marketing.mer.ratio",), MER),
    Sheet(
        "cover",
        frozenset({"orders", "inventory"}),
        ("logistics.stock.on_hand", "logistics.stock.pace", "logistics.stock.cover"),
        COVER,
        owns_gone=False,
    ),
    Sheet(
        "shipped",
        frozenset({"fulfilment"}),
        ("logistics.shipments.shipped",),
        SHIPPED,
        sums=("logistics.shipments.shipped",),
    ),
    Sheet(
        "shipments now",
        frozenset({"fulfilment"}),
        ("logistics.shipments.open", "logistics.shipments.late", "logistics.shipments.exception"),
        SHIPMENTS_NOW,
        owns_gone=False,
        now_only=True,
    ),
    Sheet(
        "deals now",
        frozenset({"deals"}),
        ("sales.pipeline.value", "sales.deals.open", "sales.deals.won", "sales.won.amount", "sales.leads.stale"),
        DEALS_NOW,
        owns_gone=False,
        now_only=True,
    ),
)
