"""A card as Block Kit, within every limit Slack sets; what is too long goes into further messages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from domain.kernel import card as cards
from domain.kernel.card import (
    Button,
    Buttons,
    Card,
    Confirm,
    Context,
    Divider,
    Facts,
    Lines,
    Mention,
    Moment,
    Part,
    Prose,
    Table,
)
from handlers import inert, plain

Rung = Literal["rich", "classic", "text"]
LADDER: tuple[Rung, ...] = ("rich", "classic", "text")
"""What Slack refuses in one form is sent in the next."""

MOST_BLOCKS = 48
MOST_SECTION = 2_900
MOST_MESSAGE = 9_500
MOST_PLAIN = 3_500
MOST_TEXT = 12_000
MOST_NOTICE = 290
_MOST_TABLE_ROWS, _MOST_TABLE_CELLS, _MOST_CELL = 99, 20, 120

Block = dict[str, Any]
_PERSON = re.compile(r"[UW][A-Z0-9]{1,20}")


@dataclass(frozen=True)
class Message:
    """One message: `text` is the notification, `blocks` what is shown; without blocks the text is shown as it is."""

    text: str
    blocks: tuple[Block, ...] = ()


def of(card: Card, rung: Rung = "rich") -> tuple[Message, ...]:
    """The card as one message, or as several when it is too long for one."""
    notice = inert.mrkdwn(inert.cut(" ".join(card.conclusion.split()) or card.title, MOST_NOTICE))
    if rung == "text":
        whole = inert.mrkdwn(plain.render(card))
        return tuple(Message(piece) for piece in inert.chunks(whole, MOST_PLAIN))
    return tuple(Message(notice, tuple(_unique(group))) for group in _decided(_grouped(_blocks(card, rung))))


def _blocks(card: Card, rung: Rung) -> Iterator[Block]:
    yield {"type": "header", "text": label(card.title, 150)}
    if card.conclusion.strip():
        yield from _sections(inert.mrkdwn(card.conclusion))
    tables = 0
    for part in card.parts:
        rich = rung == "rich" and not tables and isinstance(part, Table)
        tables += rich
        yield from [_table(part)] if rich and isinstance(part, Table) else _part(part)


def parts(card: Card) -> list[Block]:
    """The card below a heading of somebody else's: for a page that shows several."""
    return [block for block in _blocks(card, "classic") if block["type"] != "header"]


def _part(part: Part) -> Iterator[Block]:
    match part:
        case Prose():
            yield from _sections(inert.mrkdwn(part.text), bold=part.strong)
        case Facts():
            yield from _facts(part)
        case Lines():
            head = [f"*{inert.mrkdwn(part.heading)}*"] if part.heading else []
            yield from _sections("\n".join([*head, *(_line(line) for line in part.lines)]))
        case Table():
            yield from _columns(part)
        case Context():
            yield _context(part)
        case Buttons():
            yield {"type": "actions", "elements": [_button(one) for one in part.buttons[:5]]}
        case Divider():
            yield {"type": "divider"}


def _line(line: cards.Line) -> str:
    said = f"{plain.SIGNS[line.mark]} *{inert.mrkdwn(line.label)}*"
    at = f" ({moment(line.at)})" if line.at else ""
    return f"{said} — {inert.mrkdwn(line.text)}{at}" if line.text else said + at


def _sections(text: str, *, bold: bool = False) -> Iterator[Block]:
    for piece in inert.chunks(text, MOST_SECTION):
        if piece.strip():
            yield {"type": "section", "text": _mrkdwn(_strong(piece) if bold else piece)}


def _strong(text: str) -> str:
    """Bold must begin and end on each line."""
    return "\n".join(f"*{line.strip()}*" if line.strip() else line for line in text.splitlines())


def _facts(part: Facts) -> Iterator[Block]:
    for start in range(0, len(part.facts), 10):
        fields = []
        for fact in part.facts[start : start + 10]:
            note = f"\n{inert.mrkdwn(inert.cut(fact.note, 500))}" if fact.note else ""
            label, value = inert.mrkdwn(inert.cut(fact.label, 200)), _said(fact.value, 500)
            fields.append(_mrkdwn(inert.cut(f"*{label}*\n{value or '–'}{note}", 2_000)))
        yield {"type": "section", "fields": fields}


def _context(part: Context) -> Block:
    words = plain.remarks(part, lambda one: _said(one, 600))
    kept = [word for word in words if word.strip()] or ["–"]
    elements = [*kept[:9], " · ".join(kept[9:])] if len(kept) > 10 else kept
    return {"type": "context", "elements": [_mrkdwn(inert.cut(word, MOST_SECTION)) for word in elements]}


def _said(one: str | Moment | Mention, most: int) -> str:
    """A word from data made harmless, a time, or a person whom the house itself names."""
    if isinstance(one, str):
        return inert.mrkdwn(inert.cut(one, most))
    return moment(one) if isinstance(one, Moment) else mention(one)


def mention(one: Mention) -> str:
    """A person; an id that is none of Slack's is only named."""
    return f"<@{one.id}>" if _PERSON.fullmatch(one.id) else inert.mrkdwn(f"@{one.handle}")


def moment(one: Moment) -> str:
    """A time that each reader sees in the own zone; the fallback is UTC."""
    return f"<!date^{int(one.at.timestamp())}^{{date_short_pretty}} {{time}}|{plain.when(one.at)}>"


def _table(part: Table) -> Block:
    width = min(len(part.head), _MOST_TABLE_CELLS)
    rows = [part.head, *part.rows][: _MOST_TABLE_ROWS + 1]
    cells = [
        [{"type": "raw_text", "text": inert.plain(inert.cut(c, _MOST_CELL)) or "–"} for c in row[:width]]
        for row in rows
    ]
    return {"type": "table", "rows": cells}


def _columns(part: Table) -> Iterator[Block]:
    """A table where tables are not known: aligned columns in a monospaced block."""
    shown = Table(
        tuple(inert.plain(inert.cut(cell, 40)) for cell in part.head),
        tuple(tuple(inert.plain(inert.cut(cell, 40)) for cell in row) for row in part.rows),
    )
    text = "\n".join(line.replace("`", "ˋ") for line in plain.table(shown)).replace("&", "&amp;")
    for piece in inert.chunks(text, MOST_SECTION):
        yield {"type": "section", "text": _mrkdwn(f"```\n{piece}\n```")}


def _button(one: Button) -> Block:
    button: Block = {"type": "button", "action_id": f"v1.{one.action}"[:255], "text": label(one.label, 75)}
    if one.value:
        button["value"] = one.value[:2_000]
    if one.style != "plain":
        button["style"] = one.style
    if one.url:
        button["url"] = one.url
    if one.confirm:
        button["confirm"] = _confirm(one.confirm)
    return button


def _confirm(one: Confirm) -> Block:
    return {
        "title": label(one.title, 100),
        "text": label(one.text, 300),
        "confirm": label(one.yes, 30),
        "deny": label(one.no, 30),
    }


def label(text: str, most: int) -> Block:
    """Words that are never formatted, at most `most` characters of them."""
    return {"type": "plain_text", "text": inert.cut(inert.plain(text), most) or "–", "emoji": False}


def _mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _size(block: Block) -> int:
    if block["type"] == "table":
        return sum(len(cell["text"]) for row in block["rows"] for cell in row)
    texts = [block.get("text"), *block.get("fields", ()), *block.get("elements", ())]
    return sum(len(one["text"]) for one in texts if isinstance(one, dict) and isinstance(one.get("text"), str))


def _grouped(blocks: Iterable[Block]) -> list[list[Block]]:
    groups: list[list[Block]] = [[]]
    size = 0
    for block in blocks:
        grown = size + _size(block)
        if groups[-1] and (len(groups[-1]) >= MOST_BLOCKS or grown > MOST_MESSAGE):
            groups.append([])
            grown = _size(block)
        groups[-1].append(block)
        size = grown
    return groups


def _decided(groups: list[list[Block]]) -> list[list[Block]]:
    """The one row of buttons of a card stands in its first message, where an update takes it away."""
    rows = [(group, block) for group in groups for block in group if block["type"] == "actions"]
    if len(rows) == 1 and rows[0][0] is not groups[0]:
        group, block = rows[0]
        group.remove(block)
        groups[0].append(block)
    return [group for group in groups if group]


def _unique(group: list[Block]) -> list[Block]:
    """Action names may stand only once in a message: further ones get a number."""
    seen: dict[str, int] = {}
    for block in group:
        for element in block.get("elements", ()) if block["type"] == "actions" else ():
            name = element["action_id"]
            seen[name] = seen.get(name, 0) + 1
            if seen[name] > 1:
                element["action_id"] = f"{name}.{seen[name]}"
    return group


def simplified(message: Message) -> Message:
    """The words of a message without its blocks, for when Slack refuses them."""
    words = [one["text"] for block in message.blocks for one in _texts(block)]
    return Message(inert.cut("\n".join(words) or message.text, MOST_TEXT))


def _texts(block: Block) -> Iterator[Block]:
    if block["type"] == "table":
        yield {"text": "\n".join("  ".join(cell["text"] for cell in row) for row in block["rows"])}
        return
    for one in (block.get("text"), *block.get("fields", ()), *block.get("elements", ())):
        if isinstance(one, dict) and isinstance(one.get("text"), str):
            yield one
