"""Messages of every channel, their threads, and the ephemeral ones nobody keeps."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from typing import Any

from sandbox.slack.journal import Journal

KEPT_PER_CHANNEL = 10_000
KEPT_EPHEMERAL = 500

Message = dict[str, Any]


class Messages:
    """A channel is a dict from ts to message, in the order of ts, because ts only rises."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._by_channel: dict[str, dict[str, Message]] = defaultdict(dict)
        self._replies: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._ephemeral: dict[str, deque[tuple[str, Message]]] = defaultdict(lambda: deque(maxlen=KEPT_EPHEMERAL))

    def get(self, channel: str, ts: str) -> Message | None:
        """One message, whoever wrote it."""
        return self._by_channel[channel].get(ts)

    def add(self, channel: str, message: Message) -> None:
        """Keep a new message, count it in its thread, and write it down."""
        self.restore(channel, message)
        self._journal.write("message", channel=channel, message=message)

    def restore(self, channel: str, message: Message) -> None:
        """Keep a message without writing it down (it comes from the journal)."""
        kept = self._by_channel[channel]
        known = message["ts"] in kept
        kept[message["ts"]] = message
        root = message.get("thread_ts")
        if root and root != message["ts"] and not known:
            self._replies[channel, root].append(message["ts"])
            self._recount(channel, root)
        if len(kept) > KEPT_PER_CHANNEL:
            self._drop_oldest(channel)

    def changed(self, channel: str, message: Message) -> None:
        """Write down a message that was edited in place."""
        self._journal.write("message", channel=channel, message=message)

    def remove(self, channel: str, ts: str) -> None:
        """Delete a message and write that down."""
        self.forget(channel, ts)
        self._journal.write("delete", channel=channel, ts=ts)

    def forget(self, channel: str, ts: str) -> None:
        """Delete a message without writing it down."""
        message = self._by_channel[channel].pop(ts, None)
        root = message.get("thread_ts") if message else None
        if root and root != ts and ts in self._replies[channel, root]:
            self._replies[channel, root].remove(ts)
            self._recount(channel, root)

    def _recount(self, channel: str, root: str) -> None:
        parent = self._by_channel[channel].get(root)
        if parent is None:
            return
        replies = self._replies[channel, root]
        if not replies:
            for name in ("thread_ts", "reply_count", "latest_reply", "reply_users", "reply_users_count"):
                parent.pop(name, None)
            return
        users = list(dict.fromkeys(self._by_channel[channel][ts].get("user", "") for ts in replies[-50:]))
        parent |= {"thread_ts": root, "reply_count": len(replies), "latest_reply": replies[-1],
                   "reply_users": users[:5], "reply_users_count": len(users), "is_locked": False}  # fmt: skip

    def _drop_oldest(self, channel: str) -> None:
        oldest = next(iter(self._by_channel[channel]))
        self._by_channel[channel].pop(oldest)
        for ts in self._replies.pop((channel, oldest), ()):
            self._by_channel[channel].pop(ts, None)

    def top_level(self, channel: str) -> list[Message]:
        """What the channel shows, oldest first: no thread replies but those also sent to the channel."""
        return [m for m in self._by_channel[channel].values() if shows_in_channel(m)]

    def thread(self, channel: str, root: str) -> list[Message]:
        """The parent first, then its replies, oldest first; empty when the parent is gone."""
        kept = self._by_channel[channel]
        if root not in kept:
            return []
        return [kept[root], *(kept[ts] for ts in self._replies.get((channel, root), ()) if ts in kept)]

    def add_ephemeral(self, channel: str, user: str, message: Message) -> None:
        """Keep a message only one user sees; it is never written down."""
        self._ephemeral[channel].append((user, message))

    def ephemeral(self, channel: str, user: str) -> list[Message]:
        """What only this user sees in the channel, oldest first."""
        return [message for owner, message in self._ephemeral[channel] if owner == user]

    def find_ephemeral(self, channel: str, ts: str) -> tuple[str, Message] | None:
        """An ephemeral message and the one who sees it."""
        return next((pair for pair in self._ephemeral[channel] if pair[1]["ts"] == ts), None)

    def drop_ephemeral(self, channel: str, ts: str) -> None:
        """Take an ephemeral message away."""
        found = self.find_ephemeral(channel, ts)
        if found is not None:
            self._ephemeral[channel].remove(found)

    def everything(self) -> Iterator[tuple[str, Message]]:
        """All kept messages with their channel, for the journal."""
        for channel, kept in self._by_channel.items():
            for message in kept.values():
                yield channel, message

    def clear(self) -> None:
        """Forget everything."""
        self._by_channel.clear()
        self._replies.clear()
        self._ephemeral.clear()


def shows_in_channel(message: Message) -> bool:
    """Whether a message stands in the channel itself and not only in a thread."""
    root = message.get("thread_ts")
    return not root or root == message["ts"] or message.get("subtype") == "thread_broadcast"
