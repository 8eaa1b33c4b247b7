"""The words of a question as typed parts; what is neither a part nor filler stays unread, and so does the question."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Literal, NamedTuple

from domain.brain.periods import Asked, UnreadError, spelt
from domain.kernel.metric import CHANNELS, METRICS

Kind = Literal[
    "metric", "channel", "sku", "intent", "department", "overall", "grain", "split", "foreign", "sold", "refused",
    "filler", "unread",
]  # fmt: skip


class Part(NamedTuple):
    """A phrase of the question: what kind of part it is, and what it stands for."""

    kind: Kind
    value: str


_SPOKEN: dict[str, str] = {
    "sales": "sales.revenue.net",
    "takings": "sales.revenue.net",
    "income": "sales.revenue.net",
    "gross": "sales.revenue.gross",
    "returns": "sales.refunds.amount",
    "order": "sales.orders.count",
    "basket": "sales.aov.value",
    "basket size": "sales.aov.value",
    "ads": "marketing.spend.amount",
    "advertising": "marketing.spend.amount",
    "spent": "marketing.spend.amount",
    "spend on marketing": "marketing.spend.amount",
    "spent on marketing": "marketing.spend.amount",
    "clicks on ads": "marketing.clicks.count",
    "roas": "marketing.mer.ratio",
    "return on ad spend": "marketing.mer.ratio",
    "marketing efficiency": "marketing.mer.ratio",
    "late": "logistics.shipments.late",
    "shipments are late": "logistics.shipments.late",
    "shipments were late": "logistics.shipments.late",
    "orders are late": "logistics.shipments.late",
    "orders late": "logistics.shipments.late",
    "orders shipped": "logistics.shipments.shipped",
    "shipping": "logistics.shipments.shipped",
    "leads": "sales.leads.stale",
    "won": "sales.won.amount",
}
"""What people say besides the names and aliases of the metrics."""

ALIASES: dict[str, str] = {
    **_SPOKEN,
    **{name.lower(): key for key, metric in METRICS.items() for name in metric.names},
}
_CHANNEL_NAMES = {name.lower(): channel for channel, names in CHANNELS.items() for name in names}
_SINGLE = [name for name in ALIASES if name.isalpha() and len(name) > 5]

FUTURE = "Only the past is stored; I do not forecast."
WHOLE = "I cannot leave anything out of a figure; ask for one channel, or by channel."
SIZED = "I do not pick orders, days or articles out by their size; a year is asked for as “in 2010”."
RANKED = "I do not rank days, channels or articles; ask for a figure by day, week, month or channel."

_GOODS = r"(?:skus?|articles?|products?|items?)"
_PER = r"(?:by|per|(?:for )?each|for every|split by|grouped by|broken down by)"
_STATES = r"(?: (?:are |is )?(?:stale|failing|down|broken|connected|silent))?"
_NO_DAYS = r"(?![\d,.]| ?(?:days?|weeks?|months?|quarters?|years?)\b)"
_SHORT = r"low (?:on |in )?stock|running (?:low|out)|runs? (?:low|out)|sold out|stock-?outs?|out of stock"
_FILLERS = (
    "a about all amount an and any anything anywhere are be been between came can come comes company could data did "
    "do does doing during figure figures find for from gave get give going had has have hello hey hi how i i'd i'm "
    "in into is it its let level look looking made make many me much my need number of on or our out over overall "
    "please report see show stand tell thank thanks that the there these those to together total us value "
    "want was we went were what what're whole with would you your"
)


def _any(phrases: Iterable[str]) -> str:
    return "|".join(re.escape(one) for one in sorted(phrases, key=len, reverse=True))


_PHRASES: tuple[tuple[Kind, str, str], ...] = (
    ("metric", "", _any(ALIASES)),
    ("channel", "", _any(_CHANNEL_NAMES)),
    ("intent", "help", r"help(?: me)?|what can you (?:do|answer)|what can i ask(?: you)?|what do you know"),
    ("intent", "help", r"(?:which|what) metrics(?: do you (?:know|have))?"),
    ("intent", "score", r"(?:health )?scores?(?: (?:is |was )?(?:so )?(?:low|high|bad|good))?"),
    ("intent", "stock", rf"(?:which )?(?:key )?(?:{_GOODS} )?(?:are |is )?(?:{_SHORT})(?: (?:on|of|in) stock)?"),
    ("intent", "stock", rf"(?:which )?(?:key )?low {_GOODS}"),
    ("intent", "sources", rf"(?:which )?(?:sources?|connectors?|feeds?){_STATES}"),
    ("intent", "sources", r"fresh(?:ness)?|up to date|stale (?:data|sources?|connectors?|feeds?)"),
    (
        "intent",
        "plan",
        r"how far (?:are|were) we|(?:far|off|behind|ahead|short)(?= (?:of |from |the |our )*(?:plan|budget))",
    ),
    ("intent", "plan", r"(?:(?:of|from|on|with|above|below) )?(?:the |our )?(?:plan(?:s|ned)?|budget)(?: to date)?"),
    ("intent", "meaning", r"mean(?:s|ing)?(?: of)?|meant(?: by)?|definition(?: of)?|define[ds]?|calculated?|computed"),
    ("department", "", r"how(?: is| are)? (?:the )?(sales|logistics|marketing)(?: department| team)? (?:doing|going)"),
    ("department", "", r"how(?: is| are)? (?:the )?(logistics|marketing)(?: department| team)?(?=\s*$)"),
    ("overall", "overall", r"how (?:did|do|are|were|have) we (?:do|doing|done|perform(?:ed|ing)?)"),
    ("overall", "overall", r"how (?:is|was)(?: the| our)? business(?: doing| going)?|how (?:did|is) it (?:go|going)"),
    ("overall", "overall", r"how much (?:did|do|have|had) we (?:sell|sold)"),
    ("intent", "why", r"why|drivers?|drove|drives|cause[ds]?|explain|because of what|what moved|reasons?"),
    ("intent", "trend", r"trend(?:ing|s)?|develop(?:ed|ing|ment)?|over time|history|chart"),
    (
        "intent",
        "compare",
        r"compared?|comparison|versus|vs\.?|against|than|change[ds]?|difference|higher|lower|more|fewer",
    ),
    ("intent", "compare", r"f[ae]ll|falling|fallen|dropp?(?:ed|ing|s)?|rise|rose|risen|rising|gr[eo]w(?:n|ing|th)?"),
    ("intent", "compare", r"increas(?:e[ds]?|ing)|decreas(?:e[ds]?|ing)|declin(?:e[ds]?|ing)|moved?|up|down"),
    ("intent", "compare", r"(?:previous|prior) (?:period|days)|period before"),
    ("grain", "day", rf"{_PER} day|daily"),
    ("grain", "week", rf"{_PER} week|weekly"),
    ("grain", "month", rf"{_PER} month|monthly"),
    ("split", "channel", rf"{_PER} (?:sales )?channel|channels"),
    ("foreign", "", rf"{_PER} (\w+)"),
    ("sold", "sold", r"sold|sell(?:s|ing)?"),
    ("refused", FUTURE, r"tomorrow|next(?: (?:day|week|month|quarter|year)s?)?|will|going to|shall|coming"),
    ("refused", FUTURE, r"forecast\w*|predict\w*|project(?:ed|ions?)|expect\w*|estimate\w*|outlook|future|upcoming"),
    ("refused", WHOLE, r"without|not(?: including| counting)?|no|exclud\w+|except(?:ing)?|minus|but|\w+n['’]t"),
    ("refused", WHOLE, r"other than|apart from|besides|leaving out|omitting|ignoring"),
    ("refused", RANKED, r"best|worst|highest|lowest|top|bottom|most|least|fewest|biggest|largest|smallest"),
    ("refused", RANKED, r"max(?:imum)?|min(?:imum)?|rank\w*|strongest|weakest|busiest|peak|record"),
    ("refused", SIZED, rf"(?:over|under|above|below|(?:more|less|fewer) than) [£$€]?\d[\d,.]*{_NO_DAYS}"),
    ("unread", "up to", "up to"),
    ("filler", "", _any(_FILLERS.split())),
)
_RULES = tuple((re.compile(rf"(?:{pattern})(?![\w-])"), kind, value) for kind, value, pattern in _PHRASES)
_WORD = re.compile(r"\w[\w'’-]*")
_MARKUP: tuple[tuple[str, str], ...] = (
    (r"^(?:\s*(?:<[@!#][^<>]*>|[@!]\w+)[\s,:]*)+", ""),  # whom it is addressed to
    (r"<[@!#][^<>|]*>|(?<!\S)[@!]\w+", " mention "),
    (r"<[^<>|]*\|([^<>]*)>", r" \1 "),
    (r"<?\b(?:[a-z]+://|www\.)[^\s<>]*>?", " link "),
    (r"(?<!\S)(?::[\w+-]+:)+(?!\S)", " "),  # emoji
    (r"[*~`]|(?<!\w)_+|_+(?!\w)", " "),
    (r"['’]s\b", ""),
)


def plain(text: str) -> str:
    """The words of a message in lower case: markup is its words, an address at the beginning and emoji are none."""
    text = text.lower()
    for pattern, words in _MARKUP:
        text = re.sub(pattern, words, text)
    return " ".join(text.split()).rstrip("?!. ")


def read(text: str, asked: Iterable[Asked], skus: Collection[str]) -> list[Part]:
    """The parts of a plain text in order, its stretches of days left out; UnreadError when anything is left over."""
    found = parts(text, asked, skus)
    _held(found)
    return found


def parts(text: str, asked: Iterable[Asked], skus: Collection[str]) -> list[Part]:
    """The parts of a plain text in order, its stretches of days left out, also those that are not read."""
    for one in asked:
        text = f"{text[: one.start]}{chr(10) * (one.end - one.start)}{text[one.end :]}"  # no phrase reaches across
    known, found, at = {sku.lower(): sku for sku in skus}, [], 0
    while word := _WORD.search(text, at):
        part, at = _part(text, word, known)
        found.append(part)
    return found


def _part(text: str, word: re.Match[str], skus: dict[str, str]) -> tuple[Part, int]:
    """The longest phrase that begins with a word, and where it ends."""
    article = re.compile(rf"(?:{_GOODS} #?)?(\w[\w-]*)").match(text, word.start())
    if article and article[1] in skus:
        return Part("sku", skus[article[1]]), article.end()
    hits = [(hit, kind, value) for rule, kind, value in _RULES if (hit := rule.match(text, word.start()))]
    if not hits:
        return _misspelt(word[0]), word.end()
    hit, kind, value = max(hits, key=lambda one: one[0].end())
    named = {"metric": ALIASES, "channel": _CHANNEL_NAMES}.get(kind, {})
    return Part(kind, named.get(hit[0]) or value or hit[hit.re.groups]), hit.end()


def _misspelt(word: str) -> Part:
    """A metric when the word has its letters, but for their order and at most one; else unread."""
    for name in difflib.get_close_matches(word, _SINGLE, n=1, cutoff=0.8):
        letters, meant = Counter(word), Counter(name)
        if word[0] == name[0] and ((letters - meant) + (meant - letters)).total() <= 1:
            return Part("metric", ALIASES[name])
    return Part("unread", word)


def _held(parts: list[Part]) -> None:
    """Refuse what cannot be answered by its name, and what is not understood by its words."""
    if Part("intent", "help") in parts:
        return
    for part in parts:
        if part.kind == "refused":
            raise UnreadError(part.value)
        if part.kind == "foreign":
            raise UnreadError(f"I cannot split by “{spelt(part.value)}”, only by day, week, month or channel.")
    unread = [part.value for part in parts if part.kind == "unread"]
    if unread:
        raise UnreadError(f"I could not read “{spelt(' '.join(unread))}”.")


def values(parts: Iterable[Part], kind: Kind) -> list[str]:
    """What the parts of a kind stand for, each once, in order."""
    return list(dict.fromkeys(part.value for part in parts if part.kind == kind))
