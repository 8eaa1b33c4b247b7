"""Rules one message must keep by itself: the points of the conformity list that need no other traffic."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from sandbox.slack import evidence
from sandbox.slack.evidence import Said
from sandbox.slack.traffic import Entry

Json = dict[str, Any]

EMOJI = re.compile(
    r":[a-z0-9_+'-]+:|[\u2190-\u21ff\u2300-\u23ff\u2460-\u24ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff\ufe0f]"
)
WORD = re.compile(r"[^\W_]{2,}|\d")
GENERIC = re.compile(r"^\s*(new (message|notification)|update|message|hello|hi|result|done|ok)[.!]?\s*$", re.IGNORECASE)
TABLE_ROW = re.compile(r"^\s*\|.*\|\s*$|^\s*[-|: ]*\|[-|: ]+\s*$", re.MULTILINE)
BOLD_LINE = re.compile(r"^\s*(?::[a-z0-9_+-]+:\s*)?\*[^*\n]+\*")
FILE_NAME = re.compile(r"^\S+\.(png|jpe?g|gif|svg|webp)$", re.IGNORECASE)
NO_VERB = re.compile(r"^\s*(yes|no|ok|okay|click here|here|submit|button|continue)\s*[.!]?\s*$", re.IGNORECASE)
DESTRUCTIVE = re.compile(
    r"\b(reject|decline|deny|delete|remove|cancel|pause|stop|revoke|undo|hold|discard|disable|forget|drop|end)\b",
    re.IGNORECASE,
)
ACTION_ID = re.compile(r"^(v\d+[.:/_-][a-z][a-z0-9_.:/-]*|[a-z][a-z0-9_.:/-]*[.:/_-]v\d+)$")
PLAIN_VALUE = re.compile(r"^[\w.:/@+=-]{0,255}$")
SECRET = re.compile(
    r"xox[abpers]-|xapp-\w|sk-[A-Za-z0-9-]{12}|shpat_|-----BEGIN|password\s*[=:]|Bearer \w", re.IGNORECASE
)
LOUD = re.compile(r"<!(channel|here|everyone)[|>]")
INSIDES = re.compile(
    r"Traceback \(most recent|File \"[^\"]+\", line \d|\b(SELECT .+ FROM|INSERT INTO|UPDATE .+ SET|DELETE FROM) |"
    r"\bpsycopg|\bsqlalchemy|\bKeyError\b|\bValueError\b|\bTypeError\b|\bNoneType\b"
)
ALONE = re.compile(
    r"^\W*(sorry,? )?(oops,? )?something went wrong\W*(please )?(try again( later)?)?\W*$", re.IGNORECASE
)
LINK = re.compile(r"<(https?://[^>|]+)(\|[^>]*)?>")
BARE_URL = re.compile(r"(?<![<|\w])https?://[^\s>|]+")
DATE = re.compile(r"<!date\^(\d+)\^([^|>]+)(?:\|([^>]*))?>")
CLOCK = re.compile(r"(?<![\d:.-])([01]?\d|2[0-3]):[0-5]\d(?![\d:])")


def text_rule(said: Said) -> Iterator[str]:
    """10: a top-level text that says the conclusion."""
    if not said.text.strip():
        yield "no top-level text: notifications and screen readers get nothing"
    elif GENERIC.match(said.text):
        yield f"the text {said.text!r} does not say the conclusion"
    if len(said.text) > 300:
        yield f"the text has {len(said.text)} characters, more than 300"
    if TABLE_ROW.search(said.text):
        yield "the text holds a raw table"


def head_rule(said: Said) -> Iterator[str]:
    """11: the conclusion first, and a pulse that fits a phone."""
    if not said.blocks or said.private or said.thread or said.update:
        return
    first = said.blocks[0]
    bold = any(BOLD_LINE.match(text) for text in evidence.texts(first))
    if first.get("type") != "header" and not bold:
        yield f"the first block is {first.get('type')}, neither a header nor a bold line"
    if said.is_pulse:
        length = sum(len(text) for text in evidence.texts(said.blocks))
        if len(said.blocks) > 15:
            yield f"the pulse has {len(said.blocks)} blocks, more than 15"
        if length > 1500:
            yield f"the pulse has {length} characters, more than 1,500"


def context_rule(said: Said) -> Iterator[str]:
    """12: a pulse names its time and sources in a context block."""
    if said.is_pulse and not any(block.get("type") == "context" for block in said.blocks):
        yield "the pulse has no context block with its time and sources"


def emoji_rule(said: Said) -> Iterator[str]:
    """13: an emoji never stands alone."""
    for text in [said.text, *evidence.texts(said.blocks)]:
        if EMOJI.search(text) and not WORD.search(EMOJI.sub("", text)):
            yield f"{text!r} is an emoji without a word"


def image_rule(said: Said) -> Iterator[str]:
    """14: an image is described."""
    for image in images(said.blocks):
        alt = str(image.get("alt_text") or "")
        if len(alt) < 10 or FILE_NAME.match(alt):
            yield f"the alternative text {alt!r} does not describe the image"


def images(node: Any) -> Iterator[Json]:
    """Every image below a node."""
    if isinstance(node, dict):
        if node.get("type") == "image":
            yield node
        for value in node.values():
            yield from images(value)
    elif isinstance(node, list):
        for value in node:
            yield from images(value)


def button_rule(said: Said) -> Iterator[str]:
    """15: buttons are few, named by what they do, and red only where something ends."""
    for block in said.blocks:
        if block.get("type") == "actions" and len(block.get("elements", [])) > 5:
            yield f"{len(block['elements'])} elements in one actions block, more than 5"
    found = list(evidence.buttons(said.blocks))
    if sum(button.get("style") == "primary" for button in found) > 1:
        yield "more than one primary button"
    for button in found:
        label = str((button.get("text") or {}).get("text") or "")
        if NO_VERB.match(label):
            yield f"the button {label!r} does not say what it does"
        if button.get("style") == "danger" and not DESTRUCTIVE.search(label):
            yield f"the button {label!r} is red but ends nothing"


def action_rule(said: Said) -> Iterator[str]:
    """17: action ids are stable, versioned and unique; values are ids."""
    seen: set[str] = set()
    for button in evidence.buttons(said.blocks):
        name, value = str(button.get("action_id") or ""), str(button.get("value") or "")
        if not ACTION_ID.match(name):
            yield f"the action id {name!r} is not a stable name with a version, such as v1.escalation.approve"
        if name in seen:
            yield f"the action id {name!r} occurs twice"
        seen.add(name)
        if not PLAIN_VALUE.match(value) or SECRET.search(value):
            yield f"the value of {name!r} holds more than an id"


def loud_rule(said: Said) -> Iterator[str]:
    """24: nobody is called together without need."""
    words = evidence.wording(said)
    if LOUD.search(words) and (said.is_pulse or "critical" not in words.lower()):
        yield "it calls the whole channel without a critical reason"


def error_rule(said: Said) -> Iterator[str]:
    """25: errors are plain sentences without our insides."""
    words = evidence.wording(said)
    if INSIDES.search(words):
        yield f"it shows our insides: {INSIDES.search(words)[0]!r}"  # type: ignore[index]
    if SECRET.search(words):
        yield "it shows something that looks like a credential"
    if ALONE.match(said.text):
        yield "“something went wrong” alone helps nobody"


def link_rule(said: Said) -> Iterator[str]:
    """26: links are named and do not unfold."""
    words = evidence.wording(said)
    links = LINK.findall(words)
    if any(not label for _, label in links) or BARE_URL.search(LINK.sub("", words)):
        yield "a link without a label"
    is_new = said.entry.name == "chat.postMessage" or said.entry.kind == "response_url"
    if (
        links
        and is_new
        and not said.private
        and not (off(said.args, "unfurl_links") and off(said.args, "unfurl_media"))
    ):
        yield "links unfold: unfurl_links and unfurl_media are not both false"


def off(args: Json, name: str) -> bool:
    """Whether an argument was given and is false."""
    return str(args.get(name)).lower() in {"false", "0"}


def date_rule(said: Said) -> Iterator[str]:
    """29: each reader sees their own time."""
    for text in [said.text, *evidence.texts(said.blocks)]:
        clock = CLOCK.search(DATE.sub("", text))
        if clock:
            yield f"the time {clock[0]} is not written for each reader's own zone"
        for _, _, fallback in DATE.findall(text):
            if "UTC" not in fallback:
                yield f"the fallback {fallback!r} of a date does not say UTC"


RULES: dict[int, Callable[[Said], Iterator[str]]] = {
    10: text_rule, 11: head_rule, 12: context_rule, 13: emoji_rule, 14: image_rule, 15: button_rule, 17: action_rule,
    24: loud_rule, 25: error_rule, 26: link_rule, 29: date_rule,
}  # fmt: skip


def violations(entry: Entry) -> list[Json]:
    """The rules this entry breaks by itself; found once, then remembered on the entry."""
    if entry.broken is None:
        said = evidence.said_in(entry)
        entry.broken = [] if said is None else [
            {"point": point, "text": text} for point, rule in RULES.items() for text in rule(said)
        ]  # fmt: skip
    return entry.broken
