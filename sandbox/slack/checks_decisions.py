"""Points of the conformity list about deciding: confirmations, updates, second clicks, permissions, modals."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sandbox.slack import evidence
from sandbox.slack.evidence import Evidence, Json, Said, parsed
from sandbox.slack.speech import DATE, SECRET
from sandbox.slack.traffic import Entry
from sandbox.slack.verdict import Finding, bad, good

DECIDES = re.compile(r"approve|reject|decline|deny|confirm|snooze|dismiss|resolve|handle", re.IGNORECASE)
REJECTS = re.compile(r"reject|decline|deny", re.IGNORECASE)
MONEY = re.compile(r"[$£€]\s?\d|\d\s?(USD|EUR|GBP)\b")
ALREADY = re.compile(r"\balready\b", re.IGNORECASE)
NOT_ALLOWED = re.compile(
    r"not allowed|may not|cannot approve|can approve|only [^.]{1,60} (can|may)|permission", re.IGNORECASE
)
LABEL = re.compile(r"\*[^*\n]{2,60}\*")
WINDOW_S = 600


def pressed(entry: Entry) -> str:
    """The action id of a click."""
    actions = entry.asked().get("actions") or [{}]
    return str(actions[0].get("action_id") or "")


def clicked_ts(entry: Entry) -> str:
    """The message a click was in, empty for a view."""
    return str((entry.asked().get("container") or {}).get("message_ts") or "")


def decisions(found: Evidence) -> list[Entry]:
    """Acknowledged clicks on messages that decide something."""
    return [c for c in found.clicks if c.acked and clicked_ts(c) and DECIDES.search(pressed(c))]


def confirmed(found: Evidence) -> Iterator[Finding]:
    """16: what is costly or cannot be undone asks once more, or opens a modal."""
    modal_openers = {pressed(click) for click in found.clicks if found.opened_by(click)}
    for one in found.said:
        for button in evidence.buttons(one.blocks):
            label = str((button.get("text") or {}).get("text") or "")
            if button.get("style") != "danger" and not MONEY.search(label):
                continue
            safe = button.get("confirm") or button.get("action_id") in modal_openers
            said = f"the button {label!r} at {one.entry.seq}"
            yield good(said) if safe else bad(f"{said} acts without asking once more")


def answered_privately(found: Evidence, click: Entry, words: re.Pattern[str]) -> Said | None:
    """A private answer to a click that contains these words."""
    for one in found.answers(click, 3):
        if one.private and words.search(evidence.wording(one)):
            return one
    return None


def updated(found: Evidence, click: Entry, since: float, within_s: float) -> Said | None:
    """The update of a clicked message that took its buttons away."""
    for one in found.said:
        own = one.args.get("ts") == clicked_ts(click) or (
            one.entry.kind == "response_url" and one.entry.link == click.link
        )
        bare = not any(block.get("type") == "actions" for block in one.blocks)
        if one.update and own and bare and 0 <= one.entry.at - since <= within_s:
            return one
    return None


def closed_by(found: Evidence, click: Entry) -> float:
    """When a decision was complete: the click itself, or the submission of the modal it opened; 0 while open."""
    opened = found.opened_by(click)
    if opened is None:
        return click.at
    view_id = (opened.answered().get("view") or {}).get("id")
    for submit in found.submits:
        ack = found.acks.get(submit.key)
        refused = bool(ack and ack.answered().get("response_action") == "errors")
        if submit.acked and not refused and (submit.asked().get("view") or {}).get("id") == view_id:
            return submit.at
    return 0.0


def message_updated(found: Evidence) -> Iterator[Finding]:
    """18: after a decision the message says so and has no buttons."""
    for click in decisions(found):
        since = closed_by(found, click)
        if not since or answered_privately(found, click, NOT_ALLOWED) or answered_privately(found, click, ALREADY):
            continue
        said = f"{pressed(click)} at {click.seq}"
        yield good(said) if updated(found, click, since, 2) else bad(f"{said}: the message was not updated within 2 s")


def clicked_between(found: Evidence, click: Entry, until: float) -> bool:
    """Whether somebody else decided about the same message after this click and before `until`."""
    return any(c.seq > click.seq and c.at <= until and clicked_ts(c) == clicked_ts(click) for c in decisions(found))


def second_click(found: Evidence) -> Iterator[Finding]:
    """19: a second click is told who decided, and changes nothing."""
    decided: set[str] = set()
    for click in decisions(found):
        ts = clicked_ts(click)
        if answered_privately(found, click, NOT_ALLOWED):
            continue
        if ts in decided:
            said = f"the second click at {click.seq}"
            told = answered_privately(found, click, ALREADY)
            yield good(said) if told else bad(f"{said} was not told that it is already decided")
        elif updated(found, click, click.at, 30):
            decided.add(ts)


def not_allowed(found: Evidence) -> Iterator[Finding]:
    """20: who may not decide is told who can, and nothing changes."""
    for click in decisions(found):
        if answered_privately(found, click, NOT_ALLOWED):
            changed = updated(found, click, click.at, 2)
            own = changed is not None and not clicked_between(found, click, changed.entry.at)
            said = f"{click.user} at {click.seq}"
            yield bad(f"{said} was refused, yet the message changed") if own else good(said)


def reason_asked(found: Evidence) -> Iterator[Finding]:
    """21: a rejection asks for its reason in a modal, and errors stay on the field."""
    for click in decisions(found):
        if not REJECTS.search(pressed(click)):
            continue
        if answered_privately(found, click, NOT_ALLOWED) or answered_privately(found, click, ALREADY):
            continue
        opened = found.opened_by(click)
        asks = opened is not None and any(
            b.get("type") == "input" for b in parsed(opened.asked()).get("view", {}).get("blocks", [])
        )
        later = opened is not None and not asks  # a loading modal that is updated a moment later
        said = f"{pressed(click)} at {click.seq}"
        yield good(said) if asks or later else bad(f"{said} opened no modal for the reason")


def well_made_modals(found: Evidence) -> Iterator[Finding]:
    """22: modals have short titles, a way out, labels, and no secrets in their metadata."""
    for call in found.calls:
        if call.name not in {"views.open", "views.push", "views.update"} or not call.ok:
            continue
        args = parsed(call.asked())
        view: Json = args.get("view") or {}
        if view.get("type") == "modal":
            wrong = list(modal_faults(view))
            if call.name == "views.update" and not args.get("hash"):
                wrong.append("no hash on an update")
            yield bad(f"{call.name} at {call.seq}: {'; '.join(wrong)}") if wrong else good(f"{call.name} at {call.seq}")


def modal_faults(view: Json) -> Iterator[str]:
    """What is wrong with one modal."""
    inputs = [block for block in view.get("blocks", []) if block.get("type") == "input"]
    if len(str((view.get("title") or {}).get("text") or "")) not in range(1, 25):
        yield "the title is empty or too long"
    if not view.get("close"):
        yield "no close button"
    if inputs and not view.get("submit"):
        yield "no submit button"
    if any(not (block.get("label") or {}).get("text") for block in inputs):
        yield "an input without a label"
    metadata = str(view.get("private_metadata") or "")
    if len(metadata) > 3000 or SECRET.search(metadata):
        yield "private_metadata holds more than ids"


def good_escalations(found: Evidence) -> Iterator[Finding]:
    """23: an escalation answers four questions, names an owner and a deadline, and comes batched."""
    last: dict[str, float] = {}
    for one in (said for said in found.said if said.is_escalation):
        words = evidence.wording(one)
        wrong = []
        if len(LABEL.findall(words)) < 4:
            wrong.append("fewer than four labelled answers")
        if "<@" not in words and "<!subteam" not in words:
            wrong.append("no owner is mentioned")
        if not DATE.search(words):
            wrong.append("no deadline")
        since = one.entry.at - last.get(one.entry.channel, float("-inf"))
        if since < WINDOW_S:
            wrong.append(f"the one before came {since:.0f} s ago")
        last[one.entry.channel] = one.entry.at
        said = f"the escalation at {one.entry.seq}"
        yield bad(f"{said}: {'; '.join(wrong)}") if wrong else good(said)
