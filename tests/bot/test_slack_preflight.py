"""A wrong token is refused in one sentence before anything starts; a Slack that is away is waited for."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from bot import slack, slack_api, slack_directory, slack_preflight
from bot.settings import Settings
from bot.slack_app import Identity
from bot.slack_preflight import Passed
from domain.kernel.errors import RefusedError
from domain.kernel.policy import Policy
from handlers import manifest
from handlers.menu import MENU
from models.directory import Place
from tests.bot.slack_rig import ROOT, an_ops, control, sandbox_process, settings


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with sandbox_process() as found:
        yield found


async def preflight(found: Settings) -> Passed:
    async with slack_api.session() as pool:
        tokens = slack_preflight.tokens(found)
        bot = slack_api.client(tokens.bot, found.slack_api_url, pool)
        return await slack_preflight.check(bot, slack_api.client(tokens.app, found.slack_api_url, pool))


async def test_good_tokens_tell_who_we_are_and_give_an_address(url: str) -> None:
    passed = await preflight(settings(url))
    assert (passed.identity.team_id, passed.identity.user_id) == ("T0SANDBOX", "U0BRAIN")
    assert passed.url.startswith("ws")


@pytest.mark.parametrize(
    ("bot", "app", "named"),
    [
        ("xoxb-not-the-right-1", "xapp-sandbox-app", "SLACK_BOT_TOKEN"),
        ("xoxb-sandbox-bot", "xapp-not-the-right-1", "SLACK_APP_TOKEN"),
        ("xapp-sandbox-app", "xoxb-sandbox-bot", "SLACK_BOT_TOKEN"),
        ("xoxb-sandbox-bot", "", "SLACK_APP_TOKEN"),
        ("xoxb-your-token-here...", "xapp-sandbox-app", "SLACK_BOT_TOKEN"),
    ],
)
async def test_a_wrong_token_is_named_and_never_shown(url: str, bot: str, app: str, named: str) -> None:
    with pytest.raises(RefusedError) as refusal:
        await preflight(settings(url, bot, app))
    assert named in refusal.value.detail
    assert "\n" not in refusal.value.detail
    assert not [token for token in (bot, app) if token and token in refusal.value.detail]


async def test_an_address_that_is_none_is_refused() -> None:
    for wrong in ("nonsense", "http://127.0.0.1:99999/api/"):
        with pytest.raises(RefusedError, match="SLACK_API_URL"):
            await preflight(settings(wrong))


async def test_a_slack_that_is_away_is_waited_for(url: str) -> None:
    control(url, "fault", {"kind": "api_down", "seconds": 0.5})
    async with asyncio.timeout(8):
        assert (await preflight(settings(url))).identity.user_id == "U0BRAIN"


async def test_a_bot_that_waits_for_slack_ends_when_it_is_asked_to(database_url: str) -> None:
    stop = asyncio.Event()
    bot = asyncio.create_task(slack.run(an_ops(database_url), settings("http://127.0.0.1:9"), stop))
    await asyncio.sleep(0.1)
    assert not bot.done()
    stop.set()
    async with asyncio.timeout(5):
        await bot


def test_scopes_slack_did_not_grant_are_named() -> None:
    passed = Passed(Identity("T", "U", "B"), frozenset({"commands"}), "wss://")
    wanted = manifest.scopes(MENU)
    assert len(slack_preflight.missing_scopes(passed, wanted)) == len(wanted) - 1
    assert Settings(slack_bot_token=SecretStr("xoxb-1")).slack_bot_token is not None


def test_a_channel_nothing_is_posted_to_is_not_missed() -> None:
    policy = Policy.model_validate(tomllib.loads((ROOT / "bot" / "ops.toml").read_text()))
    places = [Place("C1", policy.channels.pulse, True, False, False)]
    assert [problem.split()[0] for problem in slack_directory._missing_places(policy, places)] == [
        "channels.escalations"
    ]
