"""Every surface in the menu: named once, with help and an example, and declared in the manifest."""

from __future__ import annotations

from datetime import date

import pytest

from handlers import guide, manifest, menu, pulse, questions
from handlers.surface import Command, Surface

COMMANDS = [command for surface in menu.MENU for command in surface.commands]


@pytest.mark.parametrize("surface", menu.MENU, ids=lambda surface: surface.name)
def test_a_surface_says_what_it_is_for_and_shows_something(surface: Surface) -> None:
    assert surface.purpose.endswith((".", "?"))
    assert surface.commands or surface.actions or surface.events or surface.shortcuts or surface.views


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_a_command_has_help_with_one_example_each(command: Command) -> None:
    assert command.examples[0].line == command.name
    assert any(example.line == f"{command.name} help" for example in command.examples)
    assert all(example.line.startswith(command.name) and example.does for example in command.examples)
    assert len(command.name) <= 32
    card = guide.of_command(command, "What?")
    assert card.conclusion == "What?"


def test_names_stand_only_once() -> None:
    names = [one.name for surface in menu.MENU for kind in (surface.commands, surface.actions) for one in kind]
    names += [event.type for surface in menu.MENU for event in surface.events]
    assert len(names) == len(set(names))


def test_the_manifest_asks_for_what_is_used_and_no_more() -> None:
    found = manifest.build(menu.MENU)
    scopes = set(found["oauth_config"]["scopes"]["bot"])
    assert {"commands", "chat:write", "chat:write.customize", "app_mentions:read", "im:history", "users:read"} <= scopes
    assert not scopes & {"chat:write.public", "files:write", "reactions:write", "admin"}
    assert [one["command"] for one in found["features"]["slash_commands"]] == [one.name for one in COMMANDS]
    assert "message.channels" in found["settings"]["event_subscriptions"]["bot_events"]
    assert found["settings"]["socket_mode_enabled"] is True
    assert len(found["display_information"]["name"]) <= 35
    assert len(found["display_information"]["description"]) <= 140
    assert all("url" not in command for command in found["features"]["slash_commands"])


def test_an_empty_menu_needs_no_command_scope() -> None:
    assert "commands" not in manifest.scopes(())


@pytest.mark.parametrize(
    ("word", "day", "problem"),
    [
        ("today", date(2026, 3, 2), ""),
        ("yesterday", date(2026, 3, 1), ""),
        ("2026-02-28", date(2026, 2, 28), ""),
        ("2026-02-30", None, "neither a subcommand"),
        ("2026-03-03", None, "has not happened yet"),
        ("tomorrow", None, "neither a subcommand"),
    ],
)
def test_a_day_is_a_day_or_is_explained(word: str, day: date | None, problem: str) -> None:
    found, told = pulse._day(word, date(2026, 3, 2))
    assert found == day
    assert problem in told


@pytest.mark.parametrize(
    ("key", "day"),
    [
        ("share:/pulse:2026-11-21:C1:U1:2026-11-01 share", date(2026, 11, 1)),
        ("share:/pulse:2026-11-21:C1:U1:share yesterday", date(2026, 11, 20)),
        ("share:/pulse:2026-11-21:C1:U1:share", date(2026, 11, 21)),
        ("pulse:ops-pulse:2026-11-21", date(2026, 11, 21)),
        ("share:/health:2026-11-21:C1:U1:share", None),
        ("", None),
    ],
)
def test_a_thread_below_a_pulse_is_about_its_day(key: str, day: date | None) -> None:
    assert pulse.told_of(key) == day


def test_a_question_is_what_the_person_typed() -> None:
    assert questions.words("<@U0BRAIN> what &lt;is&gt;  <https://shop.example|the shop>?") == "what <is> the shop?"
    assert questions.words("ask <@U0BRAIN|brain>") == "ask"
