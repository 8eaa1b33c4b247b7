"""Who dominates a day: its largest order and its largest customer, and whether their money went back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Date

from models.base import Db


@dataclass(frozen=True)
class Large:
    """An order by its name, or a customer: what it bought on a day, and what of it was given back by that day's end."""

    day: date
    kind: str
    name: str
    amount: Decimal
    given_back: Decimal
    of_orders: int


_LARGEST = """
with sold as (
    select o.day, o.id, o.name, o.customer, o.net,
           coalesce((select sum(r.amount) from order_refund r where r.order_id = o.id and r.day = o.day), 0) as back
      from shop_order o where o.day = any(:days) and not o.test
),
ranked as (
    select day, 'order' as kind, name, net as amount, back, count(*) over (partition by day) as of_orders,
           row_number() over (partition by day order by net desc, id) as place
      from sold
     union all
    select day, 'customer', customer, sum(net), sum(back), sum(count(*)) over (partition by day),
           row_number() over (partition by day order by sum(net) desc, customer)
      from sold where customer is not null group by day, customer having count(*) > 1
)
select day, kind, name, amount, back, of_orders from ranked where place = 1 order by day, kind
"""


async def largest(db: Db, days: Collection[date]) -> list[Large]:
    """The largest order of each day, and its largest customer of more than one order."""
    rows = await db.execute(text(_LARGEST).bindparams(bindparam("days", type_=ARRAY(Date()))), {"days": list(days)})
    return [Large(row.day, row.kind, row.name, row.amount, row.back, int(row.of_orders)) for row in rows]
