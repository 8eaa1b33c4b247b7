"""Who may; answered in time; errors told kindly: what every deed of a person goes through."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import replace

import structlog

from domain.kernel import outbox, trail
from domain.kernel.card import Card, Context, Prose
from domain.kernel.errors import InputError, OpsError
from domain.kernel.outbox import Room
from domain.kernel.ports import Ops
from domain.kernel.trail import Note
from handlers.surface import Answer, Ask, Dialog, Run

PATIENCE_S = 1.2
"""After this a placeholder says that work is going on; the answer takes its place."""
LONGEST_S = 90.0

_WHY = {
    "guest": "You are a guest in this workspace, and what I know is for its full members.",
    "other team": "You belong to another company's workspace, and what I know is for members of this one.",
    "deactivated": "Your account is deactivated, so I cannot answer.",
    "unknown": "I could not check who you are, because Slack did not tell me. Please try again in a minute.",
}
_OUTSIDE = "Only you can see this, because people outside the company may read this channel."
_ABSENT = "Only you can see this, because I am not a member here: invite me with /invite, then share it again."
SHARED = Card("Shared", "It stands in the channel now; replies below it are questions to me.")
SHARED_ALREADY = Card("Shared already", "You shared this here today, so I brought what stands there up to date.")
WORKING = Card("Working on it", "I am looking this up; the answer comes next.")
Show = Callable[[Ask, Dialog], Awaitable[str]]
"""Opens a dialog in front of who asked; Slack's word for why not, empty when it stands open."""

log = structlog.get_logger()


async def nowhere(_ask: Ask, _dialog: Dialog) -> str:
    """Where no dialog can be shown."""
    return "no_place"


class Rates:
    """How often one person may ask: a window of a minute in memory."""

    def __init__(self, per_minute: int) -> None:
        self._most = per_minute
        self._asked: dict[str, deque[float]] = {}
        self._told: dict[str, float] = {}

    def refuse(self, user: str, now: float) -> str | None:
        """What to say instead of an answer, or None; `now` is in steady seconds."""
        times = self._asked.setdefault(user, deque())
        while times and now - times[0] >= 60:
            times.popleft()
        if len(times) >= self._most:
            wait = int(60 - (now - times[0])) + 1
            return f"You asked more than {self._most} times within a minute. Please try again in {wait} s."
        times.append(now)
        if len(self._asked) > 5_000:
            self._asked = {name: kept for name, kept in self._asked.items() if kept and now - kept[-1] < 60}
        return None

    def tell(self, user: str, now: float) -> bool:
        """Whether a person who is refused in a thread is told so: once a minute; `now` is in steady seconds."""
        self._told = {name: at for name, at in self._told.items() if now - at < 60}
        return self._told.setdefault(user, now) == now


def error_id(key: str) -> str:
    """A short name for what went wrong: the same deed has the same one, in the message and in the log."""
    digest = hashlib.sha256(key.encode()).digest()
    return "E-" + base64.b32encode(digest).decode()[:6]


def denial(ask: Ask) -> Card | None:
    """Why this person is not answered, or None; strangers are denied unless they are known to be members."""
    if not ask.person.stranger:
        return None
    why = _WHY.get(ask.person.stranger, _WHY["unknown"])
    return Card("I may not answer you", why, (Prose("Ask an administrator of this workspace if that is wrong."),))


async def serve(ops: Ops, ask: Ask, run: Run, *, denied: Run | None = None, show: Show = nowhere) -> str:
    """Do what was asked and answer it; the word for how it ended. Only a lost database raises.

    `denied` is done instead of a private word when the person may not ask; `show` opens a dialog.
    """
    refused = denial(ask)
    if ask.person.stranger == "bot":
        return "ignored"
    if refused is not None:
        await _noted(ops, ask)
        if denied is not None:
            await denied(ops, ask)
        else:
            await _answer(ops, ask, Answer(refused))
        return f"denied: {ask.person.stranger}"
    work = asyncio.ensure_future(_do(ops, ask, run, show))
    try:
        return await _await(ops, ask, work)
    finally:
        work.cancel()


async def _noted(ops: Ops, ask: Ask) -> None:
    """A click of somebody who is answered nothing is a row of the trail."""
    if ask.kind in ("action", "view"):
        note = Note("click.denied", ask.value or ask.name, f"user:{ask.person.id}", ask.person.stranger, ask.key)
        async with ops.db.begin() as db:
            await trail.record(db, note, {"name": ask.name})


async def _do(ops: Ops, ask: Ask, run: Run, show: Show) -> Answer | None:
    said = await run(ops, ask)
    if not isinstance(said, Dialog):
        return said
    word = await show(ask, said)
    return Answer(_not_open(ask, said, word)) if word else None


def _not_open(ask: Ask, dialog: Dialog, word: str) -> Card:
    """A dialog opens within three seconds of the click, or not at all."""
    log.warning("slack.dialog_not_open", error_id=error_id(ask.key), dialog=dialog.name, error=word)
    late = word in ("expired_trigger_id", "timeout")
    why = "It took me too long" if late else "Slack did not let me"
    instead = f", or type {dialog.instead}" if dialog.instead else ""
    return Card(
        "The dialog did not open",
        f"{why} to open “{dialog.title}”, so nothing was done. Please try once more{instead}.",
        (Context((f"Error id {error_id(ask.key)}",)),),
    )


async def _await(ops: Ops, ask: Ask, work: asyncio.Future[Answer | None]) -> str:
    await asyncio.wait({work}, timeout=PATIENCE_S)
    waiting = not work.done() and ask.kind in ("command", "event") and bool(ask.response_url or ask.thread_ts)
    if waiting:
        share = ask.kind == "event" and not ask.shared_outside
        await _answer(ops, ask, Answer(WORKING, share=share))
    outcome, answer = await _outcome(ops, ask, work)
    if answer is None and waiting:
        answer = Answer(Card("Done", "There is nothing to show."))
    if answer is not None:
        await _answer(ops, ask, answer)
    return outcome


async def _outcome(ops: Ops, ask: Ask, work: asyncio.Future[Answer | None]) -> tuple[str, Answer | None]:
    """What the deed said, or what to tell the person when it failed."""
    try:
        async with asyncio.timeout(LONGEST_S):
            answer = await work
    except InputError as error:
        return "refused", Answer(Card("I cannot do that", error.detail))
    except OpsError as error:
        log.warning("slack.deed_failed", error_id=error_id(ask.key), kind=error.kind, detail=error.detail)
        return f"failed: {error.kind}", Answer(_sorry(ask, error.detail))
    except TimeoutError:
        log.exception("slack.deed_too_long", error_id=error_id(ask.key), name=ask.name)
        return "failed: timeout", Answer(_sorry(ask, f"It took longer than {LONGEST_S:.0f} seconds, so I stopped."))
    except Exception:  # the net under every deed: the person is told, the log has the rest
        log.exception("slack.deed_broke", error_id=error_id(ask.key), name=ask.name)
        return "failed: broke", Answer(_sorry(ask, "A part of me failed in a way nobody foresaw."))
    return ("answered" if answer is not None else "done"), answer


def _sorry(ask: Ask, detail: str) -> Card:
    return Card(
        "That did not work",
        detail,
        (
            Prose("Try once more; if it fails again, give the id below to whoever runs me."),
            Context((f"Error id {error_id(ask.key)}",)),
        ),
    )


async def turn_away(ops: Ops, ask: Ask, text: str) -> None:
    """Say privately, where somebody asked, why there is no answer."""
    async with ops.db.begin() as db:
        await outbox.answer(db, room=_room(ask), card=Card("Please wait a little", text), key=answer_key(ask))


def answer_key(ask: Ask) -> str:
    """The key under which a deed is answered once."""
    return f"answer:{ask.key}"


def share_key(ops: Ops, ask: Ask) -> str:
    """The key under which one person shares one thing in one channel: it stands there once a day."""
    words = " ".join(ask.text.lower().split())
    return f"share:{ask.name}:{ops.today()}:{ask.channel}:{ask.person.id}:{words}"[:400]


def _private(ask: Ask, answer: Answer) -> Answer:
    """Business data never goes into a channel that another company reads, nor where the bot cannot speak."""
    why = _OUTSIDE if ask.shared_outside else _ABSENT if ask.absent and ask.kind != "event" else ""
    if not (answer.share and why):
        return answer
    return Answer(replace(answer.card, parts=(*answer.card.parts, Context((why,)))))


async def _answer(ops: Ops, ask: Ask, answer: Answer) -> None:
    """Say it where it belongs; it takes the place of a placeholder, also of one from before a death of this process."""
    answer = _private(ask, answer)
    room, key, most = _room(ask), answer_key(ask), ops.policy.slack.replies_per_thread_hour
    async with ops.db.begin() as db:
        waiting = answer.card != WORKING and await outbox.says(db, key=key, card=WORKING)
        if answer.share and ask.kind == "command":
            new = await outbox.share(db, room=room, card=answer.card, key=share_key(ops, ask))
            if new and not waiting:
                return
            answer = Answer(SHARED if new else SHARED_ALREADY)
        if waiting:
            await outbox.update(db, key=key, card=answer.card)
            return
        if answer.share and await outbox.replies(db, ask.channel, ask.thread_ts) >= most:
            answer = Answer(_quiet(most))
        await outbox.answer(db, room=room, card=answer.card, key=key, share=answer.share)


def _room(ask: Ask) -> Room:
    return Room(ask.person.id, ask.channel, ask.thread_ts or None, ask.response_url)


def _quiet(most: int) -> Card:
    """So many answers in one thread are more likely a loop than a talk."""
    return Card(
        "I pause in this thread",
        f"I have answered {most} times here within an hour, which is my limit. Ask me again later, or by command.",
    )
