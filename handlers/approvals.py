"""What waits for a yes: approve, edit or reject on its card, and the list of all of it under /ops approvals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from domain.kernel.card import Card, Context, Moment
from domain.kernel.errors import InputError
from domain.kernel.ports import Ops
from domain.trust import approvals, edits, waiting
from domain.trust.approvals import Click, Said
from handlers import forms
from handlers.surface import Action, Answer, Ask, Dialog, Field, Sub, Surface, View

_NO = {"denied": "You may not decide this", "refused": "Nothing was done", "noted": "One yes of two"}


def _click(ask: Ask, reason: str = "") -> Click:
    """A button carries `P-…:` and the first letters of the digest; who pressed it is told by Slack alone."""
    name, _, digest = ask.value.partition(":")
    return Click(name, digest, ask.person.id, reason, ask.key)


def _answer(said: Said) -> Answer | None:
    """What the card does not tell."""
    if said.word not in _NO:
        return None
    when = (Context(("Decided", Moment(said.at))),) if said.at else ()
    return Answer(Card(_NO[said.word], said.why, when))


async def approve(ops: Ops, ask: Ask) -> Answer | None:
    """Allow an action as it was shown."""
    return _answer(await approvals.approve(ops, _click(ask)))


async def reject(ops: Ops, ask: Ask) -> Answer | Dialog:
    """Ask why, unless this person may not reject it, or it is too late."""
    said = await approvals.open_to(ops, _click(ask), "reject")
    why = Field("why", "Why not?", "lines", "Whoever asked is told this.", most=500)
    typed = f"/ops approvals {ask.value} reject and why"
    return _answer(said) or Dialog("approval.reject", "Reject", "Reject", (why,), ask.value, instead=typed)


async def rejected(ops: Ops, ask: Ask) -> Answer | None:
    """Refuse it, for the reason given."""
    return _answer(await approvals.reject(ops, _click(ask, ask.values.get("why", ""))))


def reasoned(values: Mapping[str, str]) -> Mapping[str, str]:
    """A reason is needed."""
    return {} if values.get("why", "").strip() else {"why": "Say why, so that whoever asked learns of it."}


async def edit(ops: Ops, ask: Ask) -> Answer | Dialog:
    """Show the arguments, unless this person may not change them, or it is too late."""
    if no := _answer(await approvals.open_to(ops, _click(ask), "edit")):
        return no
    action, args = await edits.shown(ops, _click(ask).approval_id)
    return Dialog("approval.edit", "Edit and approve", "Approve", forms.fields(action.args, args), ask.value)


async def editable(ops: Ops, values: Mapping[str, str], value: str) -> Mapping[str, str]:
    """Hold the answers against what the action takes."""
    action, _ = await edits.shown(ops, value.partition(":")[0])
    return forms.wrong(action.args, values)


async def edited(ops: Ops, ask: Ask) -> Answer | None:
    """Allow it with the new arguments, as a new version."""
    click = _click(ask)
    action, _ = await edits.shown(ops, click.approval_id)
    return _answer(await edits.edit(ops, click, forms.raw(action.args, ask.values)))


async def told(ops: Ops, ask: Ask) -> Answer | None:
    """Everything that waits, one of them with its buttons, or one decided by typing; all to the person alone."""
    words = ask.text.split(maxsplit=2)
    if not words:
        return Answer(await waiting.card(ops))
    if len(words) == 1:
        return Answer(await waiting.one(ops, words[0].partition(":")[0].upper()))
    name, _, digest = words[0].partition(":")
    typed = replace(ask, value=f"{name.upper()}:{digest}", values={"why": "".join(words[2:])})
    deed = {"approve": approve, "reject": rejected}.get(words[1].lower())
    if deed is None or not digest:
        raise InputError(f"Type it as the list shows it: {_TYPED}")
    return await deed(ops, typed) or Answer(Card("Done", "The card in the channel says so now."))


_TYPED = "/ops approvals P-7K2QJ5MB3X:0a1b2c3d reject and why"
SUBS = (Sub("approvals", "what waits for a decision; by its name it is shown and decided", "/ops approvals", told),)
SURFACE = Surface(
    "approvals",
    "What waits for a yes.",
    actions=(
        Action("approval.approve", "allows an action as it is shown", approve),
        Action("approval.edit", "allows it with other arguments", edit),
        Action("approval.reject", "refuses it and asks why", reject),
    ),
    views=(View("approval.reject", reasoned, rejected), View("approval.edit", editable, edited)),
    methods=("views.open",),
    refresh=waiting.again,
)
