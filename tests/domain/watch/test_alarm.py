"""An alarm Slack does not take in time leaves by the second road: once, with a receipt, and never in silence."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text

from bot.stores import Stores
from domain.kernel import outbox
from domain.kernel.card import Button, Buttons, Card, Prose
from domain.kernel.errors import RefusedError
from domain.kernel.ports import Ops
from domain.watch import alarm, drill, second_road
from domain.watch.alarm import Roads, Standing
from handlers import plain
from models import receipt
from models.receipt import Road, Told
from tests.jobs.parts import ROOT, Secrets, an_ops, emptied, fresh_database
from tests.receiver import Receiver, http_receiver, mail_receiver

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DEAD = "json://127.0.0.1:9/a-secret-path"


@dataclass
class House:
    """A house with an outbox nobody empties, and the end of its second road."""

    ops: Ops
    url: str
    roads: Roads
    there: Receiver

    def leads_to(self, *addresses: str) -> None:
        self.ops.secrets.known["OPS_ALARM_URLS"] = " ".join(addresses)  # type: ignore[attr-defined]

    async def say(self, key: str, *, ago: float = 200, critical: bool = True, state: str = "queued") -> None:
        card = Card(
            f"Trouble {key}", "Something broke.", (Prose("In detail."), Buttons((Button("x", "Take it", "1"),)))
        )
        async with self.ops.db.begin() as db:
            await outbox.say(db, channel="ops-escalations", card=card, key=key, critical=critical)
            past = "update outbox set state = :state, created_at = now() - make_interval(secs => :ago) where key = :key"
            await db.execute(text(past), {"state": state, "ago": ago, "key": key})

    async def sweep(self) -> int:
        return await alarm.sweep(self.ops, self.roads)

    async def rows(self, asked: str) -> list[Any]:
        async with self.ops.db.begin() as db:
            return [tuple(row) for row in await db.execute(text(asked))]

    async def receipts(self) -> list[Any]:
        return await self.rows("select key, road, address, state from receipt order by id")

    async def past(self, seconds: float) -> None:
        """So much time goes by."""
        await self.rows(f"update outbox set second_at = second_at - interval '{seconds} s' returning 1")

    async def health(self) -> str:
        async with self.ops.db.begin() as db:
            return alarm.judge(NOW, await alarm.standing(self.ops, db)).state

    def file(self) -> list[str]:
        file = self.roads.folder / second_road.FILE
        return file.read_text().splitlines() if file.exists() else []


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def _url(stores: Stores) -> str:
    return fresh_database(stores.database_url, "alarm_test")


@pytest_asyncio.fixture(loop_scope="session")
async def house(_url: str, tmp_path: Path) -> AsyncIterator[House]:
    ops = replace(an_ops(_url), secrets=Secrets())
    await emptied(ops)
    async with http_receiver() as there:
        found = House(ops, _url, Roads(plain.render, tmp_path, pause=(5, 600)), there)
        found.leads_to(there.address)
        yield found
    await ops.db.close()


async def test_only_what_cannot_wait_and_has_waited_takes_the_second_road_and_once(house: House) -> None:
    await house.say("late")
    await house.say("young", ago=60)
    await house.say("calm", critical=False)
    await house.say("taken", state="sent")
    await house.say("told-in-short", state="collapsed")
    assert await house.sweep() == 1
    assert await house.sweep() == 0
    (got,) = house.there.got
    assert got["title"].endswith(": Trouble late")
    assert "Something broke." in got["message"]
    assert "In detail." in got["message"]
    assert "Slack did not take this" in got["message"]
    assert "Take it" not in got["message"], "there is no button to press"
    assert await house.receipts() == [("late", "second", "1 json", "accepted")]
    assert house.file() == []
    assert await house.health() == "ok"


async def test_what_slack_refused_for_good_does_not_wait(house: House) -> None:
    await house.say("refused", ago=0, state="failed")
    assert await house.sweep() == 1


async def test_many_at_once_are_one_message_with_a_receipt_each(house: House) -> None:
    for number in range(12):
        await house.say(f"n{number}")
    await house.sweep()
    (got,) = house.there.got
    assert got["title"].endswith(": 12 alarms")
    assert all(f"Trouble n{number}" in got["message"] for number in range(12))
    assert len(await house.receipts()) == 12


async def test_it_is_told_only_when_the_service_has_answered_and_tried_again_until_it_does(house: House) -> None:
    house.there.status = 500
    await house.say("a")
    assert await house.sweep() == 1
    assert await house.sweep() == 0, "it rests before the next try"
    assert await house.receipts() == [("a", "second", "1 json", "refused"), ("a", "file", "", "accepted")]
    assert await house.health() == "bad"
    house.there.status = 200
    await house.past(300)
    assert await house.sweep() == 1
    assert [one[3] for one in await house.receipts()] == ["refused", "accepted", "accepted"]
    assert await house.health() == "ok"
    (line,) = house.file()
    assert "Trouble a" in line
    assert "a-secret-path" not in line
    assert oct((house.roads.folder / second_road.FILE).stat().st_mode)[-3:] == "600"


async def test_one_of_two_services_is_enough_and_the_other_is_named(house: House) -> None:
    async with mail_receiver() as mail:
        house.leads_to(DEAD, mail.address)
        await house.say("a")
        await house.sweep()
    (got,) = mail.got
    assert got["to"] == "oncall@shop.example"
    assert "Trouble a" in got["title"]
    assert "Something broke." in got["message"]
    assert [one[2:] for one in await house.receipts()] == [("1 json", "refused"), ("2 mailto", "accepted")]
    assert await house.health() == "warn"
    await house.past(1000)
    assert await house.sweep() == 0


async def test_what_slack_took_is_a_receipt_too(house: House) -> None:
    key = await drill.begin(house.ops, "none", "user:U1")
    assert (await drill.outcome(house.ops, key)).seconds is None
    await house.rows(
        f"update outbox set state = 'sent', ts = '1.2', delivered_at = now() where key = '{key}' returning 1"
    )
    found = await drill.outcome(house.ops, key)
    assert found.seconds is not None
    assert [(one.road, one.said) for one in found.answers] == [("slack", "ts 1.2")]
    assert await house.rows(f"select by from trail where what = 'alarm.drill' and subject = '{key}'") == [("user:U1",)]


async def test_without_a_second_road_it_stands_in_the_file_once(house: House) -> None:
    house.leads_to()
    await house.say("a")
    for _ in range(2):
        assert await house.sweep() == 1
        await house.past(1000)
    (line,) = house.file()
    assert line.endswith("(not told: the second road is not configured: set OPS_ALARM_URLS.)")
    assert await house.health() == "unknown"


async def test_a_death_between_the_send_and_its_receipt_repeats_it_once(house: House) -> None:
    await house.say("a")
    said = {**os.environ, "OPS_FAULT_AT": "sent_secondary", "OPS_UNDER_TEST": "1", "PYTHONPATH": str(ROOT)}
    folder = str(house.roads.folder)
    line = [sys.executable, "-m", "tests.domain.watch.alarm_victim", house.url, house.there.address, folder]
    victim = await asyncio.create_subprocess_exec(*line, env=said, cwd=ROOT)
    assert await victim.wait() == -9
    assert len(house.there.got) == 1
    assert await house.sweep() == 0, "somebody may still be sending it"
    await house.past(200)
    assert await house.sweep() == 1
    assert len(house.there.got) == 2
    assert [one[3] for one in await house.receipts()] == ["begun", "accepted"]


async def test_what_ended_twice_without_an_answer_is_not_sent_a_third_time_and_health_says_so(house: House) -> None:
    await house.say("a")
    begun = "insert into receipt (key, road, state, at) values ('a', 'second', 'begun', now() - interval '10 min')"
    await house.rows(f"{begun} returning 1")
    await house.rows(f"{begun} returning 1")
    assert await house.sweep() == 0
    assert await house.health() == "bad"


def test_addresses_are_separated_by_spaces_or_commas_and_never_shown() -> None:
    found = second_road.addresses("mailto://u:p@h?to=a@b.example,c@d.example, json://h/x\n tgram://t/c")
    assert second_road.labels(found) == ("1 mailto", "2 json", "3 tgram")
    assert found[0].endswith("c@d.example")
    with pytest.raises(RefusedError, match=r"address 2 slak cannot be used") as refused:
        second_road.refuse_wrong(("json://127.0.0.1/x", "slak://a-secret-token"))
    assert "a-secret-token" not in refused.value.detail


def test_a_file_that_cannot_be_written_is_told_and_a_long_one_begins_anew(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not second_road.write(tmp_path / "away", NOW, "k", "It broke.")
    assert "cannot be written (No such file or directory): 2026-11-20T12:00:00Z k It broke." in capsys.readouterr().err
    (tmp_path / second_road.FILE).write_text("old " * 300_000)
    assert second_road.write(tmp_path, NOW, "k", "It broke\nagain.")
    assert (tmp_path / second_road.FILE).read_text() == "2026-11-20T12:00:00Z k It broke again.\n"
    assert (tmp_path / "alarms.log.1").read_text().startswith("old old")


def test_an_address_that_is_not_named_any_more_says_nothing_about_the_road() -> None:
    road = Road((Told("1 json", accepted=False, said="down"), Told("2 mailto", accepted=True)), NOW)
    assert alarm.judge(NOW, Standing(("1 json", "2 mailto"), road)).state == "warn"
    assert alarm.judge(NOW, Standing(("2 mailto",), road)).state == "ok"
    found = alarm.judge(NOW, Standing(("1 tgram",), road))
    assert (found.state, found.text[:32]) == ("unknown", "The second road was never used; ")


async def test_a_drill_of_the_file_is_over_once_it_stands_there(house: House) -> None:
    await drill.begin(house.ops, "both", "user:U1", at_once=True)
    assert await house.sweep() == 1
    assert await house.health() == "bad"
    await drill.begin(house.ops, "slack", "user:U1", at_once=True)
    assert await house.sweep() == 1
    await house.past(1000)
    assert await house.sweep() == 0, "it was a drill, and is proven"
    assert await house.health() == "ok"


async def test_whose_receipt_was_lost_and_who_was_told_later_is_not_lost(house: House) -> None:
    await house.say("a")
    begun = "insert into receipt (key, road, state, at) values ('a', 'second', 'begun', now() - interval '10 min')"
    await house.rows(f"{begun} returning 1")
    assert await house.health() == "bad"
    assert await house.sweep() == 1
    assert await house.health() == "ok"


async def test_two_who_were_told_the_same_have_one_receipt(house: House) -> None:
    await house.say("a")
    async with house.ops.db.begin() as db:
        first = await receipt.begin(db, ["a"], again=0)
        second = await receipt.begin(db, ["a"], again=0)
    for begun in (first, second):
        async with house.ops.db.begin() as db:
            await receipt.settle(db, begun, ["a"], [Told("1 json", accepted=True)], (5, 600))
    assert await house.receipts() == [("a", "second", "1 json", "accepted")]
