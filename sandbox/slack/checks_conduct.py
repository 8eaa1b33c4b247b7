"""Points of the conformity list about conduct over time: escaping, rates, repeats."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from sandbox.slack import evidence
from sandbox.slack.evidence import Evidence
from sandbox.slack.verdict import Finding, bad, good

INJECTED = re.compile(r"<!(channel|here|everyone)|<@U|<https?:|&(?!amp;|lt;|gt;)|<script", re.IGNORECASE)
LIVE = re.compile(r"<!(channel|here|everyone)", re.IGNORECASE)
POSTS_IN_TEN_SECONDS = 14


def escaped(found: Evidence) -> Iterator[Finding]:
    """27: what people typed comes back inert."""
    for entry in (*found.commands, *found.events):
        asked = entry.asked()
        typed = str(asked.get("text") or (asked.get("event") or {}).get("text") or "")
        if not INJECTED.search(typed.replace("<@U0BRAIN>", "")) or (asked.get("event") or {}).get("bot_id"):
            continue
        alive = [one for one in found.said if 0 <= one.entry.at - entry.at <= 10 and LIVE.search(evidence.wording(one))]
        said = f"{typed[:60]!r} at {entry.seq}"
        yield bad(f"{said} came back alive at {alive[0].entry.seq}") if alive else good(f"{said} came back inert")


def paced(found: Evidence) -> Iterator[Finding]:
    """30: no channel is flooded, a refusal's wait is kept, nothing is posted twice."""
    posts = [call for call in found.calls if call.name == "chat.postMessage" and call.ok]
    recent: dict[str, list[float]] = defaultdict(list)
    flooded: set[str] = set()
    for post in posts:
        window = [at for at in recent[post.channel] if post.at - at < 10] + [post.at]
        recent[post.channel] = window
        if len(window) > POSTS_IN_TEN_SECONDS and post.channel not in flooded:
            flooded.add(post.channel)
            yield bad(f"{len(window)} posts into {post.channel} within ten seconds at {post.seq}")
    yield from waits_kept(found)
    repeated = Counter((one.entry.channel, one.key) for one in found.said
                       if one.key and one.entry.name == "chat.postMessage")  # fmt: skip
    for (channel, key), times in repeated.items():
        if times > 1:
            yield bad(f"{key} was posted {times} times into {channel}")
    if posts:
        yield good(f"{len(posts)} posts")


def waits_kept(found: Evidence) -> Iterator[Finding]:
    """After a 429, the next call of that method and channel comes after the wait it was told."""
    until: dict[tuple[str, str], tuple[float, int]] = {}
    for call in found.calls:
        key = (call.name, call.channel)
        if call.error == "ratelimited":
            wait = float(call.answered().get("retry_after") or 1)
            told = until.get(key)
            if told is not None and call.at < told[0] - 0.05:
                yield bad(f"{call.name} at {call.seq} came before the wait told at {told[1]} was over")
            until[key] = (call.at + wait, call.seq)
        elif key in until and call.ok:
            over, seq = until.pop(key)
            if call.at < over - 0.05:
                yield bad(f"{call.name} at {call.seq} came before the wait told at {seq} was over")
            else:
                yield good(f"the wait told at {seq} was kept")
