"""Text from data made harmless: it shows as it was written and can neither mention, link, format nor hide."""

from __future__ import annotations

import re

# Signs that would turn into mark-up, each with a twin that only looks alike.
_TWINS = str.maketrans({"*": "∗", "~": "∼", "`": "ˋ"})
_EDGE_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_SHORTCODE = re.compile(r":(?=[a-zA-Z0-9_+'-]+:)")
_ADDRESS = re.compile(r"://")
_QUOTE = re.compile(r"^\s*>", re.MULTILINE)
# Controls, bidirectional overrides and invisible spaces: they hide or reorder what a person reads.
_UNSEEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff]"
)


def seen(text: str) -> str:
    """The text without what cannot be seen; line breaks stay."""
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\t", " "))


def mrkdwn(text: str) -> str:
    """Data inside a mrkdwn object: escaped once, without formatting, emoji, addresses or quotes of its own."""
    plain = _QUOTE.sub("›", seen(text)).translate(_TWINS)
    plain = _EDGE_UNDERSCORE.sub("ˍ", _SHORTCODE.sub("\ua789", _ADDRESS.sub("\ua789//", plain)))
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(text: str) -> str:
    """Data inside a plain_text object, in one line; angle brackets become their look-alikes."""
    bare = _ADDRESS.sub("\ua789//", _SHORTCODE.sub("\ua789", seen(text)))
    return " ".join(bare.replace("<", "‹").replace(">", "›").split())


def cut(text: str, most: int) -> str:
    """At most `most` characters; what is cut off leaves an ellipsis, and no torn `&amp;`."""
    return text if len(text) <= most else text[: _before_entity(text, most - 1)].rstrip() + "…"


def chunks(text: str, most: int) -> list[str]:
    """The text in pieces of at most `most` characters, broken at lines, else sentences, else words."""
    pieces: list[str] = []
    rest = text
    while len(rest) > most:
        at = max((rest.rfind(mark, most // 2, most) + len(mark.rstrip()) for mark in ("\n", ". ", " ")), default=0)
        at = at if most // 2 < at <= most else _before_entity(rest, most)
        if (opened := rest.rfind("<", 0, at)) > 0 and rest.rfind(">", opened, at) < 0:
            at = opened  # a time or a mention of ours is never torn; data holds no such sign
        pieces.append(rest[:at].rstrip())
        rest = rest[at:].lstrip()
    return [*pieces, rest] if rest or not pieces else pieces


def _before_entity(text: str, at: int) -> int:
    """A place to break at or before `at` that does not tear `&amp;` apart."""
    start = text.rfind("&", max(0, at - 4), at)
    return start if start > 0 and ";" not in text[start:at] else at
