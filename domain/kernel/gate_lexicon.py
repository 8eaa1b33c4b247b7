"""The closed vocabulary of the gate: every word that may stand in a text, and what it claims."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Kind = Literal[
    "word", "fixed", "metric", "name", "group", "state", "period", "prior", "cause", "number", "direction", "flat",
    "quality", "relation", "target", "contribution", "role", "quantifier", "hedge", "because", "comma", "and", "break",
    "unit",
]  # fmt: skip


@dataclass(frozen=True)
class Meaning:
    """What a phrase claims: `sign` its direction, `strength` 0 slight, 1 plain, 2 strong."""

    kind: Kind
    key: str = ""
    sign: int = 0
    strength: int = 1


STRONG_PERCENT = Decimal(20)
SLIGHT_PERCENT = Decimal(5)
FLAT_PERCENT = Decimal(1)
HEDGED = Decimal("0.03")
ONE_SIDED = Decimal("0.06")


def _all(words: str, meaning: Meaning) -> dict[str, Meaning]:
    return {word.strip(): meaning for word in words.split(",")}


_DIRECTIONS = {
    **_all(
        "rose, risen, rises, rising, up, higher, more, grew, grown, grows, growing, increased, increases, climbed, "
        "gained, is up, are up, was up, were up",
        Meaning("direction", "rise", 1),
    ),
    **_all(
        "fell, fallen, falls, falling, down, lower, fewer, less, declined, declines, dropped, drops, decreased, "
        "decreases, slipped, shrank, is down, are down, was down, were down",
        Meaning("direction", "fall", -1),
    ),
    **_all(
        "surged, soared, jumped, leapt, rose sharply, sharply higher, sharply up, up sharply, increased sharply",
        Meaning("direction", "rise", 1, 2),
    ),
    **_all(
        "plunged, collapsed, slumped, tumbled, plummeted, crashed, fell sharply, sharply lower, sharply down, "
        "down sharply, dropped sharply, declined sharply",
        Meaning("direction", "fall", -1, 2),
    ),
    **_all(
        "slightly up, up slightly, slightly higher, slightly more, rose slightly, edged up, ticked up, a little higher",
        Meaning("direction", "rise", 1, 0),
    ),
    **_all(
        "slightly down, down slightly, slightly lower, slightly fewer, fell slightly, edged down, ticked down, "
        "a little lower",
        Meaning("direction", "fall", -1, 0),
    ),
    **_all("flat, unchanged, steady, stable, level, held steady, little changed", Meaning("flat")),
    **_all("improved, improves, better, stronger, healthier", Meaning("quality", "better", 1)),
    **_all("worsened, worsens, worse, weaker, weakened, deteriorated", Meaning("quality", "worse", -1)),
}

_RELATIONS = {
    **_all("above, over, ahead of, ahead, exceeded, exceeds, beat, beats, topped", Meaning("relation", "above", 1)),
    **_all("below, under, behind, short of, shy of, undershot", Meaning("relation", "below", -1)),
    **_all("met, meets, hit, hits, reached, reaches, achieved", Meaning("relation", "met")),
    **_all("missed, misses, miss", Meaning("relation", "missed")),
    **_all("on plan, on target", Meaning("relation", "on")),
    **_all("plan, target, goal, plan to date, plan so far, cover target", Meaning("target")),
}

_CAUSES = {
    **_all("added, adds, contributed", Meaning("contribution", "added", 1)),
    **_all("took, takes, cost, removed", Meaning("contribution", "took", -1)),
    **_all("because of, due to, driven by, thanks to, owing to, on the back of, led by", Meaning("because")),
}

_ROLES = {
    **{word: Meaning("role", word) for word in ("from", "to", "by", "of", "in", "for", "at", "on", "than", "with")},
    **_all("against, versus, vs, compared with, compared to, relative to", Meaning("role", "against")),
    **_all("both", Meaning("quantifier", "both")),
    **_all("all, each, every", Meaning("quantifier", "all")),
    **_all("about, around, roughly, approximately, close to", Meaning("hedge", "about")),
    **_all("nearly, almost, just under, just below, less than, fewer than", Meaning("hedge", "under")),
    **_all("just over, just above, more than, at least, slightly more than", Meaning("hedge", "over")),
    **_all("and, as well as, &", Meaning("and")),
    **_all("while, whereas, but, though, although", Meaning("break", ";")),
    **_all("points, percentage points, point, percentage point", Meaning("unit", "points")),
    **_all("days, day", Meaning("unit", "days")),
    **_all("hours, hour", Meaning("unit", "hours")),
    **_all("minutes, minute", Meaning("unit", "minutes")),
    **_all("percent, per cent", Meaning("unit", "percent")),
    ",": Meaning("comma"),
    "(": Meaning("comma"),
    ")": Meaning("comma"),
    ";": Meaning("break", ";"),
    ":": Meaning("break", ":"),
    "—": Meaning("break", ";"),
    "/": Meaning("role", "of"),
}

_PLAIN = _all(
    "the, a, an, is, are, was, were, be, been, has, have, had, having, it, its, their, they, them, that, this, these, "
    "those, which, also, so far, with it, there, now, currently, today's, came to, comes to, come to, "
    "came in, stood, stands, stand, amounted to, off, left, holds, hold, held, per, as it stands, in total, company's, "
    "altogether, made, makes, came, total, in all",
    Meaning("word"),
)

WORDS: dict[str, Meaning] = {**_PLAIN, **_ROLES, **_RELATIONS, **_CAUSES, **_DIRECTIONS}

NUMBER_WORDS: dict[str, int] = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905  reads better
    )
}


def _each(reason: str, words: str) -> dict[str, str]:
    return dict.fromkeys(words.split(), reason)


FORBIDDEN: dict[str, str] = {
    **_each(
        "a negation",
        "not no never none nothing neither nor without hardly barely scarcely cannot can't isn't aren't wasn't "
        "weren't didn't doesn't don't hasn't haven't won't failed unless except",
    ),
    **_each(
        "a superlative",
        "best worst record highest lowest most least ever strongest weakest biggest largest smallest peak "
        "unprecedented first historic",
    ),
    **_each(
        "a forecast",
        "will would could may might expect expected expects forecast forecasts likely unlikely soon tomorrow next "
        "going probably should shall promises trending projected",
    ),
    **_each(
        "advice",
        "must need needs recommend consider suggest ought stop pause cut raise buy hire urgent immediately please",
    ),
    **_each(
        "a cause nobody worked out",
        "because caused causes causing therefore hence so thus explains explained led leads result resulted since "
        "reason why",
    ),
}
"""Words that have a reason of their own to be refused; every other unknown word is refused too."""
