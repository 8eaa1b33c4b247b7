"""Stands outside the house and knocks: one file with its own state and its own alert road; imports nothing of ours."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import re
import signal
import socket
import sqlite3
import sys
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
from aiohttp import web

Json = dict[str, Any]
log = logging.getLogger("watchdog")
MOST_BYTES, MOST_ALERTS, MOST_DRILLS = 1_000_000, 200, 20
TELLS = ("process.", "slack", "database", "outbox", "disk", "clock", "alarm.")  # while bad, its own road may be shut
FOLLOWS = ("watchdog:heartbeat", "watchdog:pulse", "watchdog:ping.house")  # no news while the house does not answer
LEADS = {"again": "It comes and goes: ", "still": "Still: ", "over": "It is over: "}
TROUBLE = (aiohttp.ClientError, OSError, AttributeError, LookupError, TypeError, ValueError)
Finding = tuple[str, str, float]  # a cause; what is wrong, if anything; for how long it must be so, < 0: at once


@dataclass(frozen=True)
class Config:
    """Keys of the TOML file; over it OPS_WATCHDOG_ and the key in capitals. Times are seconds.

    Every 120 s, and 60 s after a miss: a dead process (the house sees it after 20) is told within 220, a machine 230.
    """

    target: str = "http://127.0.0.1:3800/healthz"
    folder: str = "var/watchdog"
    urls: str = ""  # Apprise addresses, separated by spaces or commas
    slack_token: str = ""
    slack_url: str = "https://slack.com/api/"
    ping_url: str = ""  # who misses us: Healthchecks or alike
    ping_as: str = "watchdog"  # our name at the house: /ping/<name>
    port: int = 0  # where we take pings on 127.0.0.1; 0: nowhere
    pings: str = ""  # who must ping us, and how often: house=660,backup=90000
    every: float = 120.0
    again: float = 60.0
    timeout: float = 10.0
    heartbeat: float = 660.0  # one comes every 300: two may be missed
    pulse: float = 600.0  # after the moment the house names
    steady: float = 300.0  # well for so long before it is over
    flapping: float = 3600.0  # back within this time, it must be well for so long
    remind: float = 14_400.0


VARIABLES = {one.name: f"OPS_WATCHDOG_{one.name.upper()}" for one in fields(Config)}


def configured(path: str, env: Mapping[str, str]) -> Config:
    """What a house whose machine we share says, over it the file, over it our own environment; ValueError, OSError."""
    found: Json = {"urls": _said(env, "OPS_ALARM_URLS") or ""}
    found["slack_url"] = env.get("SLACK_API_URL") or Config.slack_url
    found["target"] = f"http://{env.get('OPS_WEB_HOST') or '127.0.0.1'}:{env.get('OPS_WEB_PORT') or 3800}/healthz"
    found["folder"] = str(Path(env.get("OPS_DATA_DIR") or env.get("STATE_DIRECTORY") or "var") / "watchdog")
    found |= tomllib.loads(Path(path).read_text(encoding="utf-8")) if path else {}
    found |= {name: said for name, variable in VARIABLES.items() if (said := _said(env, variable)) is not None}
    ours = {one.removesuffix("_FILE")[13:].lower() for one in env if one.startswith("OPS_WATCHDOG_")} - {"config"}
    if wrong := sorted({*found, *ours} - {*VARIABLES}):
        raise ValueError(f"nobody knows the key {wrong[0]!r}; there are {', '.join(VARIABLES)}")
    for name, value in found.items():
        try:
            found[name] = type(getattr(Config, name))(value)
        except (TypeError, ValueError):
            raise ValueError(f"{name!r} must be like {getattr(Config, name)!r}") from None
    if not re.match(r"https?://[^/]", found["target"]):
        raise ValueError(f"'target' must be like {Config.target!r}")
    return Config(**found)


def _said(env: Mapping[str, str], name: str) -> str | None:
    """A variable, or the file that holds it: NAME_FILE, or NAME among systemd's credentials."""
    if name in env:
        return env[name].strip()
    place = Path(env.get(f"{name}_FILE") or Path(env.get("CREDENTIALS_DIRECTORY") or "/nowhere") / name)
    return place.read_text(encoding="utf-8").strip() if place.is_file() else None


class Roads:
    """The ways out: every Apprise address at once; a file when there is none, or none works."""

    def __init__(self, urls: str, file: Path) -> None:
        """ValueError names an address that Apprise does not understand, by place and kind alone."""
        self.file = file
        self._apprise: Any = None
        for number, url in enumerate(re.split(r"[\s,;]+(?=[\w+-]+://)", urls) if urls else (), 1):
            import apprise  # noqa: PLC0415 - 20 MB that a watchdog without addresses does not need

            logging.getLogger("apprise").setLevel(logging.CRITICAL)  # it would repeat parts of addresses
            self._apprise = self._apprise or apprise.Apprise()
            if not self._apprise.add(url):
                raise ValueError(f"Apprise does not take alert address {number} ({url.partition('://')[0][:20]}://…)")

    async def send(self, title: str, body: str) -> list[tuple[str, bool]]:
        """Which road took it: its kind, and whether its provider answered well. Empty when there is none."""
        result = await self._apprise.async_notify(body, title, body_format="text", timeout=20) if self._apprise else ()
        return [(one.name, bool(one)) for one in result]

    def write(self, line: str) -> None:
        """Add a line to the file; to stderr in any case."""
        log.error("%s", line)
        try:
            with self.file.open("a", encoding="utf-8") as file:
                file.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {line}\n")
        except OSError as error:
            log.error("%s cannot be written: %s", self.file, error.strerror)  # noqa: TRY400 - the sentence is enough


class Shelf:
    """What must survive a restart, by kind and name: in memory, and in SQLite for as long as the disk takes it."""

    def __init__(self, path: Path) -> None:
        self.path, self.trouble = path, ""
        self.kept: dict[str, Json] = {}
        self._tried(lambda db: self.kept.update({it: json.loads(one) for it, one in db.execute("select * from kept")}))

    def save(self) -> None:
        """Try to write everything; `trouble` says why not."""
        rows = [(name, json.dumps(one)) for name, one in self.kept.items()]
        self._tried(lambda db: (db.execute("delete from kept"), db.executemany("insert into kept values (?, ?)", rows)))

    def _tried(self, deed: Callable[[sqlite3.Connection], object]) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with closing(sqlite3.connect(self.path, timeout=1.0)) as db, db:
                db.execute("create table if not exists kept (name text primary key, body text not null)")
                deed(db)
            self.trouble = ""
        except (sqlite3.Error, OSError, ValueError) as error:
            self.trouble = f"{self.path} cannot be used ({error}); I go on in memory, until a restart.\nMend the file."

    def of(self, kind: str) -> dict[str, Json]:
        """Everything of a kind, by the rest of its name."""
        return {name.partition(":")[2]: one for name, one in self.kept.items() if name.startswith(f"{kind}:")}


def judged(old: Json, text: str, patience: float, now: float, config: Config) -> tuple[Json, str]:
    """How an incident stands after a finding (empty: forget it), and what is to be said: begin, again, still, over."""
    state, new = old.get("state"), old | ({"text": text} if text else {})
    if not text and state == "open":
        since = now if old["well_since"] is None else old["well_since"]
        over = now - since >= (config.flapping if old["flaps"] else config.steady)
        return new | ({"state": "over", "over_at": now} if over else {"well_since": since}), "over" if over else ""
    recent = state == "over" and now - old["over_at"] < config.flapping
    if not text:
        return (new if recent else {}), ""
    if state == "open":
        late = now - old["told_at"] >= config.remind
        return new | {"well_since": None} | ({"told_at": now} if late else {}), "still" if late else ""
    if state != "suspect":
        new |= {"state": "suspect", "since": now, "flaps": old["flaps"] + 1 if recent else 0}
    if patience < 0 or (state == "suspect" and now - new["since"] >= max(patience, config.again / 2)):
        return new | {"state": "open", "well_since": None, "told_at": now}, "again" if new["flaps"] else "begin"
    return new, ""


async def fetch(http: aiohttp.ClientSession, url: str, **more: Any) -> tuple[str, bytes]:
    """Status and kind of an answer in words, and its body; ValueError when that has no end."""
    async with http.request("POST" if more else "GET", url, allow_redirects=False, **more) as answer:
        try:
            await answer.content.readexactly(MOST_BYTES)
        except asyncio.IncompleteReadError as whole:
            return f"{answer.status}, {answer.content_type}", whole.partial
        raise ValueError(f"an answer of more than {MOST_BYTES} bytes")


class Watchdog:
    """One watchdog; what it knows lies on the shelf: incidents by cause, alerts by number, pings and notes by name."""

    def __init__(self, config: Config) -> None:
        self.config, self.woken = config, asyncio.Event()
        self.limits = {it.strip(): float(s) for it, s in (one.split("=") for one in config.pings.split(",") if one)}
        self.roads = Roads(config.urls, Path(config.folder) / "alerts.log")
        self.shelf = Shelf(Path(config.folder) / "watchdog.sqlite")
        self.steady, self._began = time.monotonic, time.time() - time.monotonic()

    def now(self) -> float:
        """Seconds of the wall clock as it stood when we began, whatever happens to it since: spans do not jump."""
        return self._began + self.steady()

    async def round(self) -> bool:
        """Look, tell, and call whoever misses us; whether nothing is open and everything is told."""
        timeout, plain = aiohttp.ClientTimeout(self.config.timeout), {"Accept-Encoding": "identity"}
        async with aiohttp.ClientSession(timeout=timeout, headers=plain, auto_decompress=False) as http:
            calling = asyncio.create_task(self._call(http, "/start"))
            answer, found = await self._house(http)
            found += [*await self._heartbeat(http, answer), *self._pinged(), ("watchdog:store", self.shelf.trouble, -1)]
            for cause, text, patience in found:
                if answer or cause not in FOLLOWS:
                    self._note(cause, text, patience)
            told = await self.tell()
            await calling
            await self._call(http, "" if told else "/fail")
        return told and not any(one["state"] == "open" for one in self.shelf.of("incident").values())

    async def _call(self, http: aiohttp.ClientSession, what: str) -> None:
        house = "/".join([*self.config.target.split("/", 3)[:3], "ping", self.config.ping_as])
        urls = (house, self.config.ping_url.rstrip("/"))  # who hears nothing there misses us
        await asyncio.gather(*(fetch(http, url + what) for url in urls if url), return_exceptions=True)

    async def _house(self, http: aiohttp.ClientSession) -> tuple[Json, list[Finding]]:
        """What /healthz answers, empty when it is of no use; and what follows from it."""
        kind, where = "no answer", self.config.target.split("/")[2].rpartition("@")[2]
        try:
            kind, body = await fetch(http, self.config.target)
            answer = json.loads(body)
            if answer["status"] != "down":
                return answer, [("watchdog:house", "", 0), *self._of_house(answer)]
            wrong = f"says that it is down: {' '.join(answer['faults'])[:500]}"
        except (aiohttp.ClientError, OSError) as error:
            wrong = f"does not answer ({getattr(error, 'strerror', '') or f'waited for {self.config.timeout:g} s'})."
        except TROUBLE as error:
            wrong = f"answers with something that is no /healthz ({kind}: {str(error)[:100]})."
        mend = "See whether its machine is up and `python -m bot run` lives there."
        return {}, [("watchdog:house", f"The house at {where} {wrong}\n{mend}", 0)]

    def _of_house(self, answer: Json) -> Iterator[Finding]:
        bad = {f"watchdog:{name}": text for name, text in answer["bad"].items() if name.startswith(TELLS)}
        known = (cause for cause in self.shelf.of("incident") if cause.removeprefix("watchdog:").startswith(TELLS))
        for cause in {*bad, *known}:
            yield cause, f"{bad[cause]}\nAsk /health, and read its log." if cause in bad else "", 0
        if pulse := answer["pulse"]:
            due = datetime.fromisoformat(pulse["due_at"]).astimezone(ZoneInfo(pulse["zone"]))
            text = f"No pulse came until {due:%A %H:%M %Z}; the last is of {pulse['day'] or 'no day'}.\nAsk /health."
            yield "watchdog:pulse", text if datetime.fromisoformat(answer["at"]) > due else "", self.config.pulse

    async def _heartbeat(self, http: aiohttp.ClientSession, answer: Json) -> list[Finding]:
        """Whether the message in Slack is still rewritten: by Slack's word, or by the house's when we have no token."""
        told, found = answer.get("heartbeat") or {}, list[Finding]()
        note: Json = {"seen": self.now()} | self.shelf.kept.get("note:heartbeat", {})
        note |= {name: told[name] for name in ("channel", "ts") if told.get(name)}
        source, moment = "the house", told.get("at")
        if self.config.slack_token and note.get("ts"):
            read, wrong = await self._slack(http, note["channel"], note["ts"])
            source, moment = ("Slack", read) if read else (source, moment)
            found.append(("watchdog:reading", wrong, 0))
        if told.get("rests") or (moment and moment != note.get(source)):
            note |= {"seen": self.now(), source: moment}
        self.shelf.kept["note:heartbeat"] = note
        age = abs(self.now() - note["seen"])  # kept before a clock was set back: rather told than waited for
        text = f"For {age / 60:.0f} minutes no heartbeat has come through to Slack, as {source} tells.\nAsk /health."
        return [*found, ("watchdog:heartbeat", text if age > self.config.heartbeat else "", -1)]

    async def _slack(self, http: aiohttp.ClientSession, channel: str, ts: str) -> tuple[str, str]:
        """The moment that the message in Slack carries; and why it cannot be read, when that is Slack's answer."""
        url = f"{self.config.slack_url.rstrip('/')}/conversations.history"
        asked = {"channel": channel, "latest": ts, "inclusive": "true", "limit": "1"}
        dress = {"Authorization": f"Bearer {self.config.slack_token}"}
        try:
            answer = json.loads((await fetch(http, url, data=asked, headers=dress))[1])
            if not answer["ok"]:
                mend = "It needs a token with channels:history, and its app in the channel."
                return "", f"The watchdog cannot read Slack ({answer['error']}) and goes by the house's word.\n{mend}"
            (one,) = (one for one in answer["messages"] if one["ts"] == ts)
            return max(re.findall(r"<!date\^(\d+)", json.dumps(one)), default=one.get("edited", one)["ts"]), ""
        except TROUBLE:
            return "", ""  # Slack is in trouble, or the message is gone: the house's word must do, and tells the same

    def _pinged(self) -> Iterator[Finding]:
        for name, limit in self.limits.items():
            one = self.shelf.kept.setdefault(f"ping:{name}", {"kind": "start", "at": self.now(), "said": ""})
            age = abs(self.now() - one["at"])
            text = f"{name} has not pinged for {age / 60:.0f} minutes.\nLook whether it runs." if age > limit else ""
            text = f"{name} says that it failed: {one['said'] or 'not why'}." if one["kind"] == "fail" else text
            yield f"watchdog:ping.{name}", text, -1
        for name, one in self.shelf.of("ping").items():
            if "within" in one and (one["within"] is None or self.now() - one["at"] > one["within"]):
                del self.shelf.kept[f"ping:{name}"]  # it was ended, or is told now
                if one["within"] is not None:
                    self._say("This is a drill: a ping was withheld.", f"watchdog:ping.{name}", one["at"])

    def _note(self, cause: str, text: str, patience: float) -> None:
        new, word = judged(self.shelf.kept.pop(f"incident:{cause}", {}), text, patience, self.now(), self.config)
        if new:
            self.shelf.kept[f"incident:{cause}"] = new
        if word:
            said, mark, mend = new["text"].partition("\n")
            self._say(LEADS.get(word, "") + (said if word == "over" else said + mark + mend), cause, new["since"])

    def _say(self, text: str, cause: str, since: float) -> None:
        text = f"{text} ({cause}, since {datetime.fromtimestamp(since, UTC):%d %B %H:%M} UTC)"
        alert = {"cause": cause, "text": text, "at": self.now(), "sent_at": None, "road": ""}
        self.shelf.kept[f"alert:{max(map(int, self.shelf.of('alert')), default=0) + 1}"] = alert

    async def tell(self) -> bool:
        """Send what is not sent, several as one message; True when nothing is left. Sent is what a provider took."""
        self.shelf.save()
        todo = [one for one in self.shelf.of("alert").values() if one["sent_at"] is None]
        if not todo:
            return True
        took = await self.roads.send("The watchdog", "\n\n".join(one["text"] for one in todo))
        sent = any(ok for _, ok in took)
        for one in todo:
            if not sent and not one["road"]:
                self.roads.write(one["text"].replace("\n", " "))
            one["road"] = ", ".join(f"{name}: {'accepted' if ok else 'refused'}" for name, ok in took) or "file"
            one["sent_at"] = self.now() if sent or not took else None
        for number in sorted(map(int, self.shelf.of("alert")))[:-MOST_ALERTS]:
            del self.shelf.kept[f"alert:{number}"]
        self.shelf.save()
        return sent or not took

    async def heard(self, request: web.Request) -> web.Response:
        """Take a ping: /ping/<name>, /fail, /start (no success); /ping/drill-1/start?within=5 nobody ends is told."""
        name, body = request.match_info["name"], (await request.content.read(300)).decode(errors="replace")
        one: Json = {"kind": request.match_info["kind"].strip("/") or "success", "at": self.now(), "said": body}
        old, within = self.shelf.kept.get(f"ping:{name}"), request.query.get("within", "")
        if name.startswith("drill") and len(self.shelf.of("ping")) < len(self.limits) + MOST_DRILLS:
            one["within"] = float(within) if re.fullmatch(r"\d{1,4}(\.\d)?", within) else None
            self.woken.set()
        elif name not in self.limits:
            return web.Response(text="Nobody waits for this ping: name it in 'pings'.", status=404)
        self.shelf.kept[f"ping:{name}"] = old if old and one["kind"] == "start" and "within" not in one else one
        return web.Response(text="OK")

    async def status(self, _: web.Request) -> web.Response:
        """Everything it knows, with the receipt of every alert."""
        return web.json_response(self.shelf.kept)

    def _pause(self) -> float:
        """Seconds until the next look: sooner when something is suspected or a ping is about to be late."""
        suspected = any(one["state"] == "suspect" for one in self.shelf.of("incident").values())
        usual = self.config.again if suspected else self.config.every
        ends = [one["at"] + (one.get("within") or self.limits.get(it, 0)) for it, one in self.shelf.of("ping").items()]
        return float(min([usual, *(end - self.now() + 0.01 for end in ends if end > self.now())]))

    async def watch(self) -> None:
        """Go round until cancelled; what goes wrong in a round is logged, and the next one is tried."""
        while True:
            self.woken.clear()
            try:
                await self.round()
            except Exception:
                log.exception("a round was not finished")
            with suppress(TimeoutError):
                await asyncio.wait_for(self.woken.wait(), self._pause())


async def live(dog: Watchdog) -> bool:
    """Watch until SIGTERM or SIGINT; whoever started us hears that we live, as systemd has it."""
    pages = web.Application()
    pages.add_routes([web.get("/status", dog.status), web.route("*", "/ping/{name}{kind:(/start|/fail)?}", dog.heard)])
    await (runner := web.AppRunner(pages, access_log=None)).setup()
    if dog.config.port:
        await web.TCPSite(runner, "127.0.0.1", dog.config.port).start()
    watching, place = asyncio.create_task(dog.watch()), os.environ.get("NOTIFY_SOCKET", "")
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, watching.cancel)
    while not watching.done():
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.sendto(b"READY=1\nWATCHDOG=1", f"\0{place[1:]}" if place.startswith("@") else place)
        await asyncio.wait([watching], timeout=int(os.environ.get("WATCHDOG_USEC") or 30_000_000) / 3_000_000)
    return watching.cancelled()


def main() -> int:
    """Run: 0 well, 1 not well (--once) or a road that fails (--drill), 78 with one sentence when refused."""
    parser = argparse.ArgumentParser(prog="watchdog", description=__doc__)
    parser.add_argument("--config", default=os.environ.get("OPS_WATCHDOG_CONFIG", ""), help="a TOML file")
    parser.add_argument("--once", action="store_true", help="look once, for a timer; 1 when something is open")
    parser.add_argument("--drill", action="store_true", help="send a test message and print the receipts")
    asked = parser.parse_args()
    logging.basicConfig(format="watchdog: %(message)s", level=logging.INFO)
    try:
        dog = Watchdog(configured(asked.config, os.environ))
        if not dog.config.urls:
            log.warning("no alert road (OPS_WATCHDOG_URLS, OPS_ALARM_URLS): alerts go to %s alone.", dog.roads.file)
        if asked.drill:
            took = asyncio.run(dog.roads.send("The watchdog", "A drill: nothing has happened. (watchdog:drill)"))
            print("\n".join(f"{name}: {'accepted' if ok else 'refused'}" for name, ok in took) or "There is no road.")
            return 0 if took and all(ok for _, ok in took) else 1
        well = asyncio.run(dog.round() if asked.once else live(dog))
        for cause, one in dog.shelf.of("incident").items() if asked.once else ():
            print(f"{one['state']}: {cause}: {one['text']}")
    except (OSError, ValueError) as error:
        print(f"The watchdog's configuration cannot be used: {error}.", file=sys.stderr)
        return 78
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
