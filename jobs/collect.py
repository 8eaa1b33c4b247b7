"""Read the vendors: each source by its own timetable, as much as is new."""

from __future__ import annotations

from datetime import time, timedelta

from domain.kernel.plan import Need
from domain.watch import sources
from jobs.flows import step
from jobs.job import Done, Job, Slot, slotted


@slotted("jobs.collect")
async def collect(slot: Slot) -> Done:
    """Read one source; a vendor that is not connected is a reason, not a failure."""
    name = str(slot.args["source"])
    found = await step("collect", sources.collect, name, slot.args.get("back_days"))
    if why := found.get("resting"):
        return Done(why, state="skipped")
    return Done(found["fault"], found)


JOBS = (
    Job(
        name="orders",
        purpose="Orders, cancellations and refunds from Shopify.",
        flow=collect,
        queue="logistics",
        every_minutes=15,  # in a new house the back-fill brings the newest orders first, and faster
        limit=timedelta(minutes=10),
        args={"source": "shopify.orders"},
    ),
    Job(
        name="inventory",
        purpose="Stock levels from Shopify.",
        flow=collect,
        queue="logistics",
        at=(time(0, 10), time(4, 10), time(8, 10), time(12, 10), time(16, 10), time(20, 10)),
        at_first=True,
        args={"source": "shopify.inventory"},
    ),
    Job(
        name="shipments",
        purpose="Shipments, late ones and exceptions from ShipBob.",
        flow=collect,
        queue="logistics",
        every_minutes=60,
        at_first=True,
        args={"source": "shipbob.shipments"},
    ),
    Job(
        name="ads",
        purpose="Advertising of the last days from Meta, restated days included.",
        flow=collect,
        queue="marketing",
        at=(time(5, 40), time(11, 40)),
        at_first=True,
        args={"source": "meta.ads"},
    ),
    Job(
        name="ads_restated",
        purpose="Advertising of the last 28 days from Meta, which corrects its figures for weeks.",
        flow=collect,
        queue="marketing",
        at=(time(3, 50),),
        weekdays=("mon",),
        args={"source": "meta.ads", "back_days": 28},
    ),
    Job(
        name="deals",
        purpose="Deals from HubSpot.",
        flow=collect,
        queue="sales",
        at=(time(5, 30), time(13, 30)),
        at_first=True,
        args={"source": "hubspot.deals"},
    ),
)
READ = tuple(Need(source) for source in dict.fromkeys(str(one.args["source"]) for one in JOBS))
"""Everything that is read, for a job that works with all of it and says what it had to do without."""
