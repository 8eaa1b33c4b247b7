"""Say something in Slack: every post, answer and page is a row first, in the caller's own transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace

from domain.kernel import card as cards
from domain.kernel.card import Card
from models import directory, outbox
from models.base import Db
from models.outbox import Delivery, Draft


@dataclass(frozen=True)
class Room:
    """Where an answer belongs: a command's `response_url`, a thread, or one person's eyes in a channel."""

    user: str
    channel: str
    thread_ts: str | None = None
    response_url: str | None = None


async def say(  # noqa: PLR0913 - a message has as many sides
    db: Db,
    *,
    channel: str,
    card: Card,
    key: str,
    thread_key: str | None = None,
    as_department: str | None = None,
    critical: bool = False,
) -> bool:
    """Post a card once for ever under `key`; False when it was said before.

    `channel` is a name, an id, or `@handle` for a direct message; `thread_key` is the key of the post above. What is
    `critical` goes over the second road too when Slack does not answer in time.
    """
    draft = _post(channel, await _addressed(db, card), key, thread_key)
    return await outbox.add(db, replace(draft, department=as_department, critical=critical))


async def at_once(db: Db, key: str) -> None:
    """Let what was said as critical take the second road without waiting for Slack."""
    await outbox.at_once(db, key)


async def urgent(db: Db, key: str, *, seconds: float) -> None:
    """Make critical what Slack has not taken of this message yet: something was added that cannot wait."""
    await outbox.urgent(db, key, seconds=seconds)


async def withhold(db: Db, key: str) -> None:
    """Keep what was just said from Slack, for a drill."""
    await outbox.withhold(db, key)


async def _addressed(db: Db, card: Card) -> Card:
    """The card with the ids of the people it is to reach; who is no member is only named."""
    handles = cards.mentioned(card)
    if not handles:
        return card
    found = {handle: await directory.member(db, handle) for handle in handles}
    return cards.named(card, {handle: who.id for handle, who in found.items() if who is not None})


async def broadcast(db: Db, *, channel: str, card: Card, key: str, thread_key: str) -> bool:
    """Reply in a thread and show it in the channel too: for a change of state that everyone needs."""
    return await outbox.add(db, replace(_post(channel, card, key, thread_key), broadcast=True))


def _post(channel: str, card: Card, key: str, thread_key: str | None) -> Draft:
    lane = channel.removeprefix("#")
    return Draft(key=key, target="post", card=cards.to_json(card), lane=lane, channel=channel, thread_key=thread_key)


async def update(db: Db, *, key: str, card: Card) -> bool:
    """Replace what the message with `key` says; of several updates that wait only the last is sent.

    False when there is no such message.
    """
    return await outbox.revise(db, key, cards.to_json(await _addressed(db, card)))


async def answer(db: Db, *, room: Room, card: Card, key: str, share: bool = False) -> bool:
    """Answer a person once under `key`: in the thread they asked in with `share`, else only for their eyes.

    What cannot be posted reaches them privately, what their response URL no longer takes as a private message.
    """
    if share:
        target, lane = "post", room.channel
    elif room.response_url:
        target, lane = "answer", f"answer:{key}"
    else:
        target, lane = "whisper", f"whisper:{key}"
    draft = Draft(
        key=key,
        target=target,  # type: ignore[arg-type]  # one of three literals, chosen above
        card=cards.to_json(card),
        lane=lane,
        channel=room.channel,
        user_id=room.user,
        thread_ts=room.thread_ts,
        share=share,
        response_url=room.response_url,
    )
    return await outbox.add(db, draft)


async def share(db: Db, *, room: Room, card: Card, key: str) -> bool:
    """Post for a person into their channel, once under `key`; False when it stood there before and is renewed."""
    new = await answer(db, room=replace(room, thread_ts=None), card=card, key=key, share=True)
    if not new:
        await update(db, key=key, card=card)
    return new


async def show_home(db: Db, *, user: str, page: str, digest: str, opened: bool) -> None:
    """Publish one person's home page; `page` is the view as JSON text, `digest` tells one content from another."""
    draft = Draft(key=f"home:{user}", target="home", card=page, lane=f"home:{user}", user_id=user, digest=digest)
    await outbox.put(db, draft, opened=opened)


async def homes(db: Db, *, hours: float = 12.0) -> dict[str, str | None]:
    """Who opened the home page within the last `hours`, with the digest of what they see."""
    return await outbox.homes(db, hours=hours)


async def delivery(db: Db, key: str) -> Delivery | None:
    """What became of the message with this key."""
    return await outbox.delivery(db, key)


async def says(db: Db, *, key: str, card: Card) -> bool:
    """Whether the message with `key` holds this card; an update behind a post leaves the post's own as it was."""
    return await outbox.says(db, key, cards.to_json(card))


async def replies(db: Db, channel: str, thread_ts: str) -> int:
    """How often the bot answered in this thread within the last hour."""
    return await outbox.replies(db, channel, thread_ts)
