"""Points of the conformity list about being answered: quickly, privately, in the right place."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator

from sandbox.slack import evidence
from sandbox.slack.evidence import Evidence
from sandbox.slack.traffic import Entry
from sandbox.slack.verdict import Finding, bad, good

WORKING = re.compile(
    r"\A.{0,40}(…|\.\.\.)\s*\Z|\b(working|loading|one moment|looking|fetching|just a)\b", re.IGNORECASE
)
"""Words of a placeholder; a long line that ends in an ellipsis was only cut."""
QUICK_S, SOON_S, ANSWERED_S = 2.0, 5.0, 10.0


def wants_ack(found: Evidence) -> list[Entry]:
    """The envelopes a person waits for."""
    return [entry for entry in (*found.commands, *found.clicks, *found.submits) if entry.acked or entry.error]


def acknowledged(found: Evidence) -> Iterator[Finding]:
    """1: every command, click and submit acknowledged, under one second at p99 and under three always."""
    waited = sorted(entry.ack_ms for entry in wants_ack(found) if entry.ack_ms is not None)
    for entry in wants_ack(found):
        if entry.error:
            yield bad(f"{entry.name} at {entry.seq}: {entry.error}")
    if waited:
        p99 = waited[min(len(waited) - 1, int(len(waited) * 0.99))]
        line = f"{len(waited)} acknowledged, p99 {p99:.1f} ms, slowest {waited[-1]:.1f} ms"
        yield good(line) if p99 < 1000 and waited[-1] < 3000 else bad(line)


def argument(command: Entry) -> str:
    """What followed the command word."""
    return str(command.asked().get("text") or "").strip()


def helped(found: Evidence) -> Iterator[Finding]:
    """2: help is private and shows examples."""
    for command in found.commands:
        if argument(command).lower() != "help" or not command.acked:
            continue
        answers = found.answers(command, SOON_S)
        examples = [a for a in answers if a.private and re.search(r"/[a-z]", evidence.wording(a))]
        said = f"{command.name} help at {command.seq}"
        yield good(said) if examples else bad(f"{said}: no private list of commands")


def empty_is_useful(found: Evidence) -> Iterator[Finding]:
    """3: a command without argument gets a visible answer."""
    for command in found.commands:
        if argument(command) or not command.acked:
            continue
        seen = found.answers(command, SOON_S) or found.opened_by(command)
        said = f"{command.name} at {command.seq}"
        yield good(said) if seen else bad(f"{said}: nothing visible within five seconds")


def progress(found: Evidence) -> Iterator[Finding]:
    """4: work longer than two seconds shows progress, later replaced and not added to."""
    for command in found.commands:
        answers = found.answers(command, 30)
        if not answers or not command.acked:
            continue
        waited = answers[0].entry.at - command.at
        if waited > QUICK_S:
            yield bad(f"{command.name} at {command.seq}: nothing to see for {waited:.1f} s")
        elif len(answers) > 1 and WORKING.search(answers[0].text) and not answers[-1].update:
            yield bad(f"{command.name} at {command.seq}: the answer was added below the placeholder")
        else:
            yield good(f"{command.name} at {command.seq}: first sign after {waited:.2f} s")


def private(found: Evidence) -> Iterator[Finding]:
    """5: answers to a command are private unless it says share."""
    for command in found.commands:
        shared = "share" in argument(command).lower().split()
        for answer in found.answers(command, SOON_S):
            if answer.entry.name == "chat.postMessage":
                continue
            said = f"{command.name} {argument(command)} at {command.seq}"
            yield good(said) if answer.private or shared else bad(f"{said}: answered in the channel unasked")


def one_pulse(found: Evidence) -> Iterator[Finding]:
    """6: one post per channel and key, restarts included."""
    counted = Counter((one.entry.channel, one.key) for one in found.said if one.is_pulse and one.key)
    for (channel, key), times in counted.items():
        yield good(f"{key} in {channel}") if times == 1 else bad(f"{key} was posted {times} times in {channel}")


def detail_in_thread(found: Evidence) -> Iterator[Finding]:
    """7: the pulse's detail stands in its thread."""
    for pulse in (one for one in found.said if one.is_pulse):
        ts = pulse.entry.answered().get("ts")
        details = [one for one in found.said if one.thread and one.thread == ts]
        beside = [one for one in found.said if one.is_post and not one.is_pulse and not one.is_escalation
                  and not one.key.startswith("share")
                  and one.entry.channel == pulse.entry.channel and 0 < one.entry.at - pulse.entry.at < 10
                  and one.entry.name == "chat.postMessage"]  # fmt: skip
        if beside:
            yield bad(f"the post at {beside[0].entry.seq} stands beside the pulse, not in its thread")
        elif details:
            yield good(f"{len(details)} details under the pulse at {pulse.entry.seq}")


def few_broadcasts(found: Evidence) -> Iterator[Finding]:
    """8: a thread is sent to the channel once at most."""
    replies = [one for one in found.said if one.thread]
    loud = Counter(one.thread for one in replies if str(one.args.get("reply_broadcast")).lower() in {"1", "true"})
    for thread, times in loud.items():
        if times > 1:
            yield bad(f"thread {thread} was sent to the channel {times} times")
    if replies and all(times <= 1 for times in loud.values()):
        yield good(f"{len(replies)} replies, {sum(loud.values())} also in the channel")


def questions(found: Evidence) -> list[tuple[Entry, str, float]]:
    """What people asked the app in words: the envelope, its thread, and when the next question came in there."""
    asked, following = [], dict[str, float]()
    for entry in reversed(found.events):
        event = entry.asked().get("event") or {}
        if entry.name not in {"app_mention", "message.im"} or event.get("bot_id") or event.get("subtype"):
            continue
        if entry.asked().get("retry_attempt"):
            continue
        root = str(event.get("thread_ts") or event.get("ts"))
        asked.append((entry, root, following.get(root, math.inf)))
        following[root] = entry.at
    return asked[::-1]


def same_thread(found: Evidence) -> Iterator[Finding]:
    """9: a follow-up is answered where it was asked; late, where something was broken on purpose, is still there."""
    for entry, root, until in questions(found):
        after = [one for one in found.said if one.entry.channel == entry.channel and one.entry.kind == "api"
                 and one.entry.at >= entry.at]  # fmt: skip
        soon = [one for one in after if one.entry.at - entry.at <= ANSWERED_S]
        late = [one for one in after if one.thread == root and one.entry.at < until
                and broken_between(found, entry.at, one.entry.at)]  # fmt: skip
        here = [one for one in soon if one.thread == root or (entry.name == "message.im" and not one.thread)] or late
        if here:
            waited = here[0].entry.at - entry.at
            when = f" after {waited:.0f} s" if waited > ANSWERED_S else ""
            yield good(f"the question at {entry.seq} was answered in its thread{when}")
        elif any(not one.thread for one in soon) or not recent(found, entry):
            yield bad(f"the question at {entry.seq} was not answered in its thread within {ANSWERED_S:.0f} s")


def broken_between(found: Evidence, since: float, until: float) -> bool:
    """Whether a call failed or an event had to be sent again, which excuses a late answer."""
    failed = any(not call.ok and since <= call.at <= until for call in found.calls)
    return failed or any(one.asked().get("retry_attempt") and since <= one.at <= until for one in found.events)


def recent(found: Evidence, entry: Entry) -> bool:
    """Whether the answer may still come: nothing in the log is ten seconds younger than the question."""
    newest = max((one.at for one in (*found.calls, *found.events, *found.commands)), default=entry.at)
    return newest - entry.at < ANSWERED_S


def first_opened(found: Evidence) -> Iterator[Finding]:
    """28: the App Home is there within two seconds of opening, for whoever opened it."""
    for entry in found.events:
        if entry.name != "app_home_opened":
            continue
        event = entry.asked().get("event") or {}
        if event.get("tab") != "home":
            continue
        published = [
            call
            for call in found.calls
            if call.name == "views.publish" and call.ok and call.asked().get("user_id") == event.get("user")
            if 0 <= call.at - entry.at <= QUICK_S
        ]
        said = f"the App Home of {event.get('user')} at {entry.seq}"
        if published or event.get("view"):
            yield good(said)
        else:
            yield bad(f"{said}: not published within two seconds")
