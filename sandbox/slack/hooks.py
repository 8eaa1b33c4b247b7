"""Trigger ids and response URLs: short-lived permissions that carry their own meaning."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass

from sandbox.slack.clock import Clock
from sandbox.slack.errors import SlackError

TRIGGER_LIFE_S = 3.0
URL_LIFE_S = 30 * 60
URL_USES = 5
REMEMBERED = 100_000


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a response URL was born: whose, in which channel, from which message."""

    user: str
    channel: str
    message_ts: str = ""
    ephemeral: bool = False
    thread_ts: str = ""


class Use:
    """How often a response URL was used, and which message it wrote last."""

    __slots__ = ("count", "last_ts")

    def __init__(self) -> None:
        self.count = 0
        self.last_ts = ""


class Hooks:
    """Nothing is stored when one is handed out, so that thousands a second cost nothing."""

    def __init__(self, clock: Clock, secret: str) -> None:
        self._clock = clock
        self._secret = secret
        self._count = 0
        self._spent: OrderedDict[str, None] = OrderedDict()
        self._uses: OrderedDict[str, Use] = OrderedDict()

    def _seal(self, text: str) -> str:
        return hashlib.blake2s(f"{self._secret}:{text}".encode(), digest_size=8).hexdigest()

    def trigger(self, user: str) -> str:
        """A trigger id for this user: three seconds, one use."""
        self._count += 1
        head = f"{int(self._clock.now() * 1000)}.{self._count}"
        return f"{head}.{self._seal(head + user)}{user}"

    def spend_trigger(self, trigger: str) -> str:
        """The user a trigger id was given to; refused when unknown, too old or used before."""
        head, _, tail = trigger.rpartition(".")
        user = tail[16:]
        if not head or tail[:16] != self._seal(head + user):
            raise SlackError("invalid_trigger_id")
        if trigger in self._spent:
            raise SlackError("exchanged_trigger_id")
        if self._clock.now() - int(head.partition(".")[0]) / 1000 > TRIGGER_LIFE_S:
            raise SlackError("expired_trigger_id")
        self._spent[trigger] = None
        if len(self._spent) > REMEMBERED:
            self._spent.popitem(last=False)
        return user

    def path(self, kind: str, origin: Origin) -> str:
        """The path of a new response URL; `kind` is `commands` or `actions`."""
        self._count += 1
        meaning = (f"{int(self._clock.now())}-{self._count}-{origin.user}-{origin.channel}-{origin.message_ts}"
                   f"-{int(origin.ephemeral)}-{origin.thread_ts}")  # fmt: skip
        return f"/{kind}/{meaning}/{self._seal(meaning)}"

    def use(self, meaning: str, seal: str) -> tuple[Origin, Use]:
        """What a response URL stands for, counting this use; refused when forged, expired or used up."""
        if seal != self._seal(meaning):
            raise SlackError("no_such_url", status=404)
        born, _, user, channel, message_ts, ephemeral, thread_ts = meaning.split("-")
        if self._clock.now() - int(born) > URL_LIFE_S:
            raise SlackError("expired_url", status=404)
        use = self._uses.setdefault(meaning, Use())
        if use.count >= URL_USES:
            raise SlackError("used_url", status=404)
        use.count += 1
        if len(self._uses) > REMEMBERED:
            self._uses.popitem(last=False)
        return Origin(user, channel, message_ts, ephemeral == "1", thread_ts), use
