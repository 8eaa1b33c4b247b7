"""The watchdog tells what is wrong once and over once, by its own road, whatever the house or its own disk do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import time_machine

from bot.watchdog import Config, Roads, Watchdog, configured
from tests.bot.outside import NOON, Outside, an_outside

Json = dict[str, Any]


@pytest_asyncio.fixture(loop_scope="session")
async def outside() -> AsyncIterator[Outside]:
    async with an_outside() as found:
        yield found


@dataclass
class Kennel:
    """A watchdog whose time the test moves."""

    config: Config
    at: float = 1_000.0
    dog: Watchdog = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self.dog = Watchdog(self.config)
        self.dog.now = lambda: self.at  # type: ignore[method-assign]

    async def rounds(self, *seconds: float) -> bool:
        """A round after each of these times; whether the last found everything well."""
        well = False
        for span in seconds:
            self.at += span
            well = await self.dog.round()
        return well


@pytest.fixture
def config(outside: Outside, tmp_path: Path) -> Config:
    return Config(
        target=f"http://{outside.url}/healthz", urls=f"json://{outside.url}/", folder=str(tmp_path), timeout=2.0
    )


@pytest.fixture
def kennel(config: Config) -> Kennel:
    return Kennel(config)


async def test_a_house_that_is_well_is_nothing_to_tell(kennel: Kennel, outside: Outside) -> None:
    assert await kennel.rounds(0, 120, 120)
    assert outside.said == []
    assert outside.pings == ["/ping/watchdog/start", "/ping/watchdog"] * 3


async def test_a_house_that_is_down_is_told_at_the_second_look_and_once(kennel: Kennel, outside: Outside) -> None:
    await kennel.rounds(0)
    outside.answer = {"status": "down", "faults": ["The database does not answer (OperationalError)."]}
    await kennel.rounds(120)
    assert outside.said == []
    assert kennel.dog._pause() == 60, "the second look comes sooner"
    await kennel.rounds(60, 120, 120)
    (said,) = outside.said
    assert said.startswith(f"The house at {outside.url} says that it is down: The database does not answer")
    assert "(watchdog:house, since " in said


async def test_a_look_too_soon_is_no_second_look(kennel: Kennel, outside: Outside) -> None:
    outside.answer = "hm"
    await kennel.rounds(0, 1, 20)
    assert outside.said == [], "whoever pings has it look sooner"
    await kennel.rounds(20)
    assert len(outside.said) == 1


async def test_a_restart_neither_repeats_nor_forgets(kennel: Kennel, outside: Outside) -> None:
    outside.answer = "hm"
    await kennel.rounds(0, 60)
    kennel.restart()
    await kennel.rounds(120)
    assert len(outside.said) == 1
    outside.well()
    kennel.restart()
    await kennel.rounds(120, 300)
    assert [one.partition(":")[0] for one in outside.said[1:]] == ["It is over"]


async def test_up_and_down_each_minute_is_one_message(kennel: Kennel, outside: Outside) -> None:
    outside.well(bad={"process.bot": "bot has not been heard of for 1 minute."})
    await kennel.rounds(0, 60)
    for _ in range(10):
        outside.well()
        await kennel.rounds(60)
        outside.well(bad={"process.bot": "bot has not been heard of for 1 minute."})
        await kennel.rounds(60)
    assert len(outside.said) == 1


async def test_what_comes_back_within_the_hour_must_be_well_for_an_hour(kennel: Kennel, outside: Outside) -> None:
    async def dies() -> None:
        outside.well(bad={"process.bot": "bot has ended."})
        await kennel.rounds(120, 60)
        outside.well()

    await dies()
    await kennel.rounds(120, 300)
    await dies()
    await kennel.rounds(120, 300, 300, 2_900)
    assert [one[:12] for one in outside.said] == ["bot has ende", "It is over: ", "It comes and"]
    await kennel.rounds(120)
    assert outside.said[-1].startswith("It is over: bot has ended.")


async def test_what_goes_on_is_reminded_of_after_hours(kennel: Kennel, outside: Outside) -> None:
    outside.well(bad={"slack": "0 of 2 connections to Slack are up."})
    await kennel.rounds(0, 60, 14_000, 500, 120)
    assert [one[:7] for one in outside.said] == ["0 of 2 ", "Still: "]


async def test_sources_and_figures_are_the_houses_own_affair(kennel: Kennel, outside: Outside) -> None:
    outside.well(status="degraded", faults=["HubSpot deals: no."], bad={"slots": "Too many failed."})
    assert await kennel.rounds(0, 60)
    assert outside.said == []


async def test_a_heartbeat_that_stops_is_told_when_two_are_missing(kennel: Kennel, outside: Outside) -> None:
    outside.well(heartbeat={"channel": "C1", "ts": "1.5", "at": NOON.isoformat()})
    await kennel.rounds(0, 120, 120, 120, 120, 120)
    assert outside.said == []
    await kennel.rounds(120)
    assert outside.said[0].startswith("For 12 minutes no heartbeat has come through to Slack, as the house tells.")
    kennel.restart()
    outside.well(heartbeat={"channel": "C1", "ts": "1.5", "at": (NOON + timedelta(hours=1)).isoformat()})
    await kennel.rounds(120, 300)
    assert outside.said[1].startswith("It is over: For 12 minutes")


async def test_a_heartbeat_that_rests_is_not_missed(kennel: Kennel, outside: Outside) -> None:
    beat = {"channel": "C1", "ts": "1.5", "at": NOON.isoformat()}
    for told, seconds in ((beat, 0), ({"rests": True}, 1_000), (beat, 60)):
        outside.well(heartbeat=told)
        assert await kennel.rounds(seconds)


async def test_a_pulse_that_does_not_come_is_told_in_the_companys_time(kennel: Kennel, outside: Outside) -> None:
    outside.well(at="2026-11-21T07:05:00+00:00")
    await kennel.rounds(0, 300)
    assert outside.said == [], "after a night of rest it may still come"
    await kennel.rounds(300)
    assert outside.said[0].startswith("No pulse came until Saturday 07:00 GMT; the last is of 2026-11-20.")


async def test_one_cause_is_one_message(kennel: Kennel, outside: Outside) -> None:
    await kennel.rounds(0)
    outside.answer = "hangs"
    kennel.config = kennel.dog.config = replace(kennel.config, timeout=0.1)
    await kennel.rounds(700, 60, 700)
    assert len(outside.said) == 1, "its heartbeat is no news"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("hangs", "does not answer (waited for 0.2 s)"),
        ("<html>Log in</html>", "answers with something that is no /healthz (200, text/html: Expecting value"),
        ("floods", "answers with something that is no /healthz (no answer: an answer of more than 1000000 bytes"),
        ({"status": "ok"}, "answers with something that is no /healthz (200, application/json: 'bad'"),
        ({"status": "ok", "bad": [], "at": "now", "pulse": None}, "answers with something that is no /healthz"),
    ],
)
async def test_an_answer_of_no_use_is_told_in_a_sentence(
    config: Config, outside: Outside, answer: Any, said: str
) -> None:
    outside.answer = answer
    await Kennel(replace(config, timeout=0.2 if answer == "hangs" else 2.0)).rounds(0, 60)
    assert said in outside.said[0]


async def test_a_house_that_cannot_be_reached_is_told(config: Config, outside: Outside) -> None:
    await Kennel(replace(config, target="http://127.0.0.1:9/healthz")).rounds(0, 60)
    assert outside.said[0].startswith("The house at 127.0.0.1:9 does not answer (Connect call failed")


async def test_an_alert_is_sent_only_when_a_provider_took_it(kennel: Kennel, outside: Outside, tmp_path: Path) -> None:
    outside.answer, outside.refuses = "hm", True
    await kennel.rounds(0, 60, 120)
    assert outside.pings[-1] == "/ping/watchdog/fail"
    written = (tmp_path / "alerts.log").read_text().splitlines()
    assert len(written) == 1, "what no road takes is written down once"
    outside.refuses = False
    outside.well()
    kennel.restart()
    await kennel.rounds(120, 300)
    assert [("It is over" in one) for one in outside.said] == [False, True]
    assert [one["road"] for one in kennel.dog.shelf.of("alert").values()] == ["JSON: accepted"] * 2


async def test_one_road_that_is_broken_does_not_stop_the_others(config: Config, outside: Outside) -> None:
    outside.answer = "hm"
    kennel = Kennel(replace(config, urls=f"json://{outside.url}/broken, json://127.0.0.1:9/x {config.urls}"))
    await kennel.rounds(0, 60, 120)
    assert len(outside.said) == 1
    assert kennel.dog.shelf.kept["alert:1"]["road"] == "JSON: refused, JSON: refused, JSON: accepted"


def test_a_broken_address_is_refused_without_its_secret(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^Apprise does not take alert address 2 \(nosuch://…\)$"):
        Roads("json://127.0.0.1/, nosuch://user:hunter2@there", tmp_path / "alerts.log")


@pytest.mark.parametrize("kind", ["a directory", "no SQLite file", "a full disk"])
async def test_a_store_that_cannot_be_written_is_told_and_it_goes_on(
    config: Config, outside: Outside, tmp_path: Path, kind: str
) -> None:
    place = tmp_path / "watchdog.sqlite"
    if kind == "a directory":
        place.mkdir()
    elif kind == "no SQLite file":
        place.write_text("nothing of the kind, and long enough to be looked at as a database " * 20)
    else:
        place.symlink_to("/dev/full")
    outside.answer = "hm"
    kennel = Kennel(config)
    await kennel.rounds(0, 60, 120)
    assert [one.rpartition("(")[2].split(",")[0] for one in outside.said] == ["watchdog:store", "watchdog:house"]
    assert outside.said[0].startswith(f"{place} cannot be used (")
    place.rmdir() if kind == "a directory" else place.unlink()
    outside.well()
    await kennel.rounds(120, 300, 300)
    kennel.restart()
    assert len(kennel.dog.shelf.of("alert")) == 4, "once it can be written again everything is there"


async def test_a_clock_that_jumps_changes_no_span(config: Config, outside: Outside) -> None:
    dog = Watchdog(config)
    await dog.round()
    for hours in (3, -3):
        with time_machine.travel(datetime.now(UTC) + timedelta(hours=hours), tick=True):
            assert await dog.round()
    assert outside.said == []


async def test_what_was_kept_before_a_clock_was_set_back_is_not_waited_for(kennel: Kennel, outside: Outside) -> None:
    outside.well(heartbeat={"channel": "C1", "ts": "1.5", "at": NOON.isoformat()})
    kennel.at = 20_000.0
    await kennel.rounds(0)
    kennel.restart()
    await kennel.rounds(-10_800)
    assert outside.said[0].startswith("For 180 minutes no heartbeat has come through to Slack")


async def test_slack_is_read_with_a_token_of_its_own(config: Config, outside: Outside, url: str) -> None:
    async def posted(method: str, **body: Any) -> Json:
        headers = {"Authorization": "Bearer xoxb-sandbox-bot"}
        async with (
            aiohttp.ClientSession(headers=headers) as http,
            http.post(f"{url}/api/{method}", json={"channel": "C0PULSE", **body}) as answer,
        ):
            found: Json = await answer.json()
        assert found["ok"], found
        return found

    def beat(at: int) -> Json:
        element = {"type": "mrkdwn", "text": f"Last beat <!date^{at}^{{time}}|then>"}
        return {"text": "Beat", "blocks": [{"type": "context", "elements": [element]}]}

    ts = (await posted("chat.postMessage", **beat(1_000)))["ts"]
    outside.well(heartbeat={"channel": "C0PULSE", "ts": ts, "at": NOON.isoformat()})
    kennel = Kennel(replace(config, slack_token="xoxb-sandbox-bot", slack_url=f"{url}/api/"))
    await kennel.rounds(0, 600)
    await posted("chat.update", ts=ts, **beat(1_300))
    await kennel.rounds(60, 600)
    assert outside.said == []
    assert kennel.dog.shelf.kept["note:heartbeat"]["Slack"] == "1300"
    await kennel.rounds(100)
    assert "as Slack tells" in outside.said[0]
    kennel.dog.config = replace(kennel.config, slack_token="xoxb-nobody")
    await kennel.rounds(60, 60)
    assert outside.said[1].startswith("The watchdog cannot read Slack (invalid_auth) and goes by the house's word.")


def test_the_environment_stands_over_the_file_and_the_file_over_the_house(tmp_path: Path) -> None:
    file, secret = tmp_path / "watchdog.toml", tmp_path / "OPS_WATCHDOG_SLACK_TOKEN"
    file.write_text('every = 90\nagain = 30\npings = "house=660"\n')
    secret.write_text("xoxb-of-its-own\n")
    told = {"OPS_WEB_PORT": "4000", "OPS_ALARM_URLS": "json://a", "OPS_WATCHDOG_EVERY": "100"}
    found = configured(str(file), {**told, "CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert (found.target, found.urls, found.slack_token) == (
        "http://127.0.0.1:4000/healthz",
        "json://a",
        "xoxb-of-its-own",
    )
    assert (found.every, found.again, found.pings) == (100.0, 30.0, "house=660")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"OPS_WATCHDOG_EVERY": "often"}, "'every' must be like 120.0"),
        ({"OPS_WATCHDOG_TARGET": "house"}, "'target' must be like"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(said: dict[str, str], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        configured("", said)


def test_a_key_nobody_knows_is_refused(tmp_path: Path) -> None:
    (tmp_path / "watchdog.toml").write_text("evry = 90\n")
    with pytest.raises(ValueError, match="nobody knows the key 'evry'; there are target, folder"):
        configured(str(tmp_path / "watchdog.toml"), {})
