"""A mention, a direct message or a reply in the bot's own threads becomes an answer in that thread."""

from __future__ import annotations

import re
from dataclasses import replace

from domain.brain import answers, courtesy
from domain.kernel import threads
from domain.kernel.ports import Ops
from domain.pulse import recall
from handlers import guide, health, pulse, tasks
from handlers.surface import Answer, Ask, Command, Event, Example, Surface

_MENTION = re.compile(r"<@[UW][A-Z0-9]+(\|[^>]*)?>")
_LINK = re.compile(r"<(?:[^|>]*\|)?([^>]*)>")
BANGS: dict[str, Command] = {command.name.replace("/", "!"): command for command in (pulse.PULSE, health.HEALTH)}


def words(text: str) -> str:
    """What the person typed: mentions of us gone, Slack's wrappings taken off."""
    bare = _LINK.sub(r"\1", _MENTION.sub(" ", text, count=1))
    return " ".join(bare.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").split())


async def mentioned(ops: Ops, ask: Ask) -> Answer | None:
    """Asked by name: answer below the question and stay in that thread."""
    async with ops.db.begin() as db:
        await threads.join(db, ask.channel, ask.thread_ts)
    return await _reply(ops, replace(ask, text=words(ask.text)))


async def concerns(ops: Ops, ask: Ask) -> bool:
    """A plain message is for us as a direct message, in a thread of ours, or as a `!command`."""
    if ask.body.get("channel_type") == "im" or words(ask.text).split(" ")[0].lower() in BANGS:
        return True
    async with ops.db.begin() as db:
        return await threads.ours(db, ask.channel, ask.thread_ts)


async def written(ops: Ops, ask: Ask) -> Answer | None:
    """Answer a message that is for us; what people say to each other below our posts is left alone."""
    ask = replace(ask, text=words(ask.text))
    async with ops.db.begin() as db:
        above = await threads.above(db, ask.channel, ask.thread_ts)
    if above.startswith("task:") and (answer := await tasks.replied(ops, ask, above)) is not None:
        return answer
    if ask.body.get("channel_type") == "im" or ask.text.startswith("!") or ask.text.lower() == "help":
        return await _reply(ops, ask)
    return await _reply(ops, ask) if await answers.concerned(ops, ask.text) else None


async def _reply(ops: Ops, ask: Ask) -> Answer:
    word, _, rest = ask.text.partition(" ")
    if word.lower() in BANGS:
        found = await BANGS[word.lower()].run(ops, replace(ask, text=rest))
        assert isinstance(found, Answer)  # these commands always say something
        return Answer(found.card, share=True)
    if word.startswith("!") or ask.text.lower() in ("", "help", "?"):
        return Answer(guide.of_all((pulse.SURFACE, health.SURFACE, tasks.SURFACE, SURFACE)), share=True)
    if (polite := courtesy.reply(ask.text)) is not None:
        return Answer(polite, share=True)
    async with ops.db.begin() as db:
        above = await threads.above(db, ask.channel, ask.thread_ts)
    return Answer(await answers.answer(ops, ask.text, recall.of, pulse.told_of(above)), share=True)


SURFACE = Surface(
    "questions",
    "Questions by mention, in threads and in direct messages.",
    events=(
        Event("app_mention", "answers below the message that names it", ("app_mention",), mentioned),
        Event(
            "message",
            "answers direct messages and replies in its own threads",
            ("message.im", "message.channels", "message.groups"),
            written,
            concerns=concerns,
        ),
    ),
    examples=(
        Example("@Operations Brain what was net revenue yesterday?", "an answer with its sources, in the thread"),
        Example("why is the score low?", "in a thread below my posts no mention is needed"),
        Example("!pulse or !health", "the commands inside a thread"),
    ),
)
