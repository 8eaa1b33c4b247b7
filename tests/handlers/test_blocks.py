"""Whatever a card says: the blocks stay within Slack's limits, and data in them can do nothing."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.kernel.card import (
    Button,
    Buttons,
    Card,
    Confirm,
    Context,
    Divider,
    Fact,
    Facts,
    Line,
    Lines,
    Mention,
    Moment,
    Part,
    Prose,
    Table,
)  # fmt: skip
from handlers import blocks, inert, plain
from sandbox.slack.validate import MESSAGE, check_blocks

HOSTILE = (
    "<!channel> <@U0CEO> <https://evil.example|approve> *bold* _it_ ~no~ `code` :white_check_mark: &lt;!here&gt; "
    "\u202egnp.exe \u200b @here > quoted\n> *Approved by the CEO*"
)
text = st.one_of(
    st.text(max_size=400), st.sampled_from([HOSTILE, HOSTILE * 40, "<" * 5000, "&" * 4000, "", "\x00", "<!"])
)
line = st.text(max_size=60) | st.sampled_from([HOSTILE, "<!everyone>"])
ident = st.integers(0, 10**9).map(str)
at = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2090, 1, 1), timezones=st.just(UTC))
moment = st.builds(Moment, at)
person = st.builds(Mention, line, st.sampled_from(["U0OWNER", "U1><!channel", "", HOSTILE]))
part: st.SearchStrategy[Part] = st.one_of(
    st.builds(Prose, text, st.booleans()),
    st.builds(Facts, st.lists(st.builds(Fact, line, st.one_of(line, moment, person), line), max_size=25).map(tuple)),
    st.builds(
        Lines,
        st.lists(st.builds(Line, st.sampled_from(["ok", "warn", "bad", "off"]), line, text, st.none() | moment)).map(
            tuple
        ),
        line,
    ),
    st.integers(1, 30).flatmap(
        lambda n: st.builds(
            Table,
            st.tuples(*[line] * n),
            st.lists(st.tuples(*[line] * n), max_size=4).map(lambda rows: tuple(rows * 30)),
        )
    ),
    st.builds(Context, st.lists(st.one_of(line, moment, person), max_size=14).map(tuple)),
    st.builds(Divider),
    st.builds(
        Buttons,
        st.lists(
            st.builds(
                Button, st.just("thing.do"), line, ident, st.just("plain"), st.none() | st.builds(Confirm, *[line] * 4)
            ),
            min_size=1,
            max_size=8,
        ).map(tuple),
    ),
)
card = st.builds(Card, line, text, st.lists(part, max_size=60).map(tuple))
OWN_DATE = re.compile(r"<!date\^\d+\^\{date_short_pretty\} \{time\}\|[\d-]+ [\d:]+ UTC>")


def strings(found: Any) -> list[str]:
    if isinstance(found, str):
        return [found]
    nested = found.values() if isinstance(found, dict) else found if isinstance(found, list | tuple) else ()
    return [one for item in nested for one in strings(item)]


@settings(max_examples=60, deadline=None)
@given(card, st.sampled_from(blocks.LADDER))
def test_any_card_is_taken_by_slack_and_its_data_is_inert(made: Card, rung: blocks.Rung) -> None:
    messages = blocks.of(made, rung)
    assert messages
    for message in messages:
        assert check_blocks([*message.blocks], MESSAGE) == []
        assert len(message.text) <= (blocks.MOST_PLAIN if rung == "text" else 2_000)
        assert len(message.blocks) <= 50
        for said in strings([message.text, *message.blocks]):
            bare = OWN_DATE.sub("", said).replace("<@U0OWNER>", "")
            assert not re.search(r"<[!@#]|<http|://", bare), bare
            assert "\u202e" not in bare
        json.dumps(message.blocks).encode()


@given(text)
def test_escaped_text_reads_as_it_was_written(said: str) -> None:
    shown = inert.mrkdwn(said).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    twins = str.maketrans({"∗": "*", "∼": "~", "ˋ": "`", "ˍ": "_", "\ua789": ":", "›": ">"})
    letters = [c for c in inert.seen(said).translate(twins) if not c.isspace()]
    assert [c for c in shown.translate(twins) if not c.isspace()] == letters


def test_data_cannot_format_quote_or_draw_emoji() -> None:
    shown = inert.mrkdwn(HOSTILE)
    assert not re.search(r"[*~`]|:white_check_mark:|^&gt;|(?<!\w)_\w", shown, re.MULTILINE)
    assert inert.mrkdwn("sku_number_7 costs 3:15") == "sku_number_7 costs 3:15"


@given(st.text(max_size=3000), st.integers(20, 300))
def test_pieces_are_short_and_lose_nothing(said: str, most: int) -> None:
    pieces = inert.chunks(said, most)
    assert all(len(piece) <= most for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(said.split())


@given(st.text("&<>a ", min_size=400, max_size=700), st.text("&<>a ", max_size=700))
def test_what_is_cut_off_tears_no_entity_apart(value: str, note: str) -> None:
    made = Card("Stock", "Two run low.", (Facts((Fact("Cover", value, note),)), Context((value, note))))
    for block in blocks.of(made)[0].blocks[2:]:
        for shown in (*block.get("fields", ()), *block.get("elements", ())):
            assert not re.search(r"&(?!amp;|lt;|gt;)", shown["text"])


def test_a_table_is_a_table_and_columns_where_tables_are_not_known() -> None:
    made = Card("Stock", "Two run low.", (Table(("SKU", "Days"), (("A", "3"), ("BB", "12"))),))
    assert blocks.of(made)[0].blocks[-1]["type"] == "table"
    assert "SKU  Days" in blocks.of(made, "classic")[0].blocks[-1]["text"]["text"]
    assert "SKU  Days" in blocks.of(made, "text")[0].text


def test_every_part_has_a_plain_form() -> None:
    made = Card(
        "Stock",
        "Two run low.",
        (
            Facts((Fact("Cover", "4 days", "21 wanted"),)),
            Lines((Line("warn", "Logistics", "two SKUs run low"),), "Departments"),
            Context(("As of", Moment(datetime(2026, 3, 2, 7, 5, tzinfo=UTC)))),
            Buttons((Button("a.b", "Look again"),)),
            Divider(),
        ),
    )
    assert plain.render(made).splitlines() == [
        "Stock", "=====", "Two run low.", "", "Cover  4 days  (21 wanted)", "", "Departments",
        "⚠ Logistics — two SKUs run low", "", "As of 2026-03-02 07:05 UTC", "", "[ Look again ]", "", "-" * 76,
    ]  # fmt: skip


def test_the_same_button_twice_gets_a_name_of_its_own() -> None:
    made = Card("Two", "Two buttons.", (Buttons((Button("a.b", "One", "1"), Button("a.b", "Two", "2"))),))
    names = [one["action_id"] for one in blocks.of(made)[0].blocks[-1]["elements"]]
    assert names == ["v1.a.b", "v1.a.b.2"]


def test_a_long_card_becomes_several_messages_in_order() -> None:
    made = Card("Long", "Much to say.", tuple(Prose(f"{n} " + "word " * 500) for n in range(20)))
    messages = blocks.of(made)
    assert len(messages) > 3
    said = [block["text"]["text"].split()[0] for one in messages for block in one.blocks if block["type"] == "section"]
    assert [word for word in said if word.isdigit()] == [str(n) for n in range(20)]


@pytest.mark.parametrize("before", range(2_780, 2_900, 7))
def test_a_time_behind_a_long_line_is_never_torn(before: int) -> None:
    line = Line("ok", "", "x" * before, Moment(datetime(2026, 11, 21, tzinfo=UTC)))
    blocks_ = [block for message in blocks.of(Card("Long", "", (Lines((line,)),))) for block in message.blocks]
    shown = [block["text"]["text"] for block in blocks_]
    assert len([text for text in shown if OWN_DATE.search(text)]) == 1
    assert [text for text in shown if text.count("<") != text.count(">")] == []
