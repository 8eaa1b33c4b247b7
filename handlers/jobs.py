"""/ops jobs: every job, how it stands and when it comes; run now, paused and resumed by those who run the house."""

from __future__ import annotations

from domain.kernel.card import Card
from domain.kernel.errors import InputError
from domain.kernel.ports import Ops
from domain.trust import authorize
from domain.trust.authorize import Subject
from domain.watch import jobs
from domain.watch.jobs import Hand
from handlers.surface import Answer, Ask, Example, Sub

_MORE = (
    Example("/ops jobs run orders", "begins one slot of a job now"),
    Example("/ops jobs pause ads until the budget is set", "begins no slot of it until it is resumed, and says why"),
    Example("/ops jobs resume ads", "lets it go on, with no failure held against it"),
)


async def told(ops: Ops, ask: Ask) -> Answer:
    """The list; or one job run, paused or resumed."""
    word, _, rest = ask.text.partition(" ")
    job, _, why = rest.strip().partition(" ")
    if not word:
        return Answer(await jobs.card(ops))
    if word.lower() not in ("run", "pause", "resume") or not job:
        raise InputError("Type run, pause or resume and the name of a job, such as: /ops jobs run orders")
    asker = await authorize.known(ops, ask.person.id)
    async with ops.db.begin() as db:
        verdict = await authorize.authorize(ops, db, asker, "manage", Subject(f"job:{job}"), cause=ask.key)
    if not verdict.allowed or asker.who is None:
        return Answer(Card("You may not decide this", verdict.why))
    hand = Hand(f"user:{asker.id}", f"@{asker.who.handle}", ask.key)
    if word.lower() == "pause":
        return Answer(await jobs.pause(ops, job, hand, why.strip()))
    return Answer(await (jobs.run if word.lower() == "run" else jobs.resume)(ops, job, hand))


SUBS = (Sub("jobs", "every job, how it stands and when it comes; run, pause or resume one", "/ops jobs", told, _MORE),)
