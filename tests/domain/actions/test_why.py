"""The story of an action that was really put forward, allowed, done at a vendor and taken back."""

from __future__ import annotations

from dataclasses import replace

from domain.actions import undo
from domain.kernel.card import Facts, Lines
from domain.trust import approvals, cards, proposals
from domain.trust.approvals import Click
from domain.trust.proposals import Origin
from domain.watch import explain
from models.directory import Who, keep_people
from tests.domain.actions.conftest import AD_SET, Stage

PEOPLE = {user: Who(user, user.lower(), "T1", "") for user in ("U1", "U2")}


class Staff:
    """Two members whose handles are their ids."""

    async def look(self, user_id: str) -> Who | None:
        return PEOPLE.get(user_id)


async def test_an_action_is_explained_from_who_asked_to_what_the_vendor_calls_it(stage: Stage) -> None:
    asking = stage.ops.policy.approvals.model_copy(update={"approvers": ("u1",)})
    ops = replace(stage.ops, people=Staff(), policy=stage.ops.policy.model_copy(update={"approvals": asking}))
    async with ops.db.begin() as db:
        await keep_people(db, list(PEOPLE.values()))
    await stage.args("meta.pause_ad_set")
    figure = {"metric": "marketing.meta.spend", "day": "2026-11-19", "value": "120.00", "rows": [1, 2]}
    origin = Origin(
        key="why:1", requester="user:U2", reason="it sells <!channel> nothing", rule="stock", figures=(figure,)
    )
    found = await proposals.ask(ops, "meta.pause_ad_set", {"ad_set": AD_SET}, origin)
    digest = (await stage.row(found.action_id)).digest
    assert (await approvals.approve(ops, Click(found.approval_id, digest[:8], "U1"))).word == "approved"
    await stage.run(found.action_id)
    assert (await undo.wanted(ops, found.action_id, "U1")).begun
    await stage.run(found.action_id, "undo")

    async with ops.db.begin() as db:
        shown = await cards.of(ops, db, found.approval_id)
    assert shown.conclusion == "Approved by @u1: it was done and undone again by @u1."
    card = await explain.card(ops, found.approval_id)
    assert card.conclusion.startswith("“Pause an ad set” was done and undone: asked for by @u2, allowed by @u1 on ")
    facts = {one.label: str(one.value) for part in card.parts if isinstance(part, Facts) for one in part.facts}
    assert facts["With"] == f"ad_set {AD_SET}"
    assert facts["Because"] == "it sells <!channel> nothing"
    known, happened = [part for part in card.parts if isinstance(part, Lines)]
    assert "rule stock" in known.lines[0].text
    assert "marketing.meta.spend" in known.lines[1].text
    told = [line.label.rpartition("  ")[2] for line in happened.lines]
    wanted = ("action proposed", "approval asked", "approval approved", "action approved", "effect intended")
    places = [told.index(one) for one in (*wanted, "action done")]
    assert places == sorted(places)
    assert told[-1] == "action undone"
