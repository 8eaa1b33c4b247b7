"""What a person types: commands and messages, each answered with what became of it."""

from __future__ import annotations

import asyncio
from typing import Any

from sandbox.slack import envelopes
from sandbox.slack.answers import answer_in_ack
from sandbox.slack.deeds import RefusedError, person, place, report
from sandbox.slack.delivery import Outcome
from sandbox.slack.events import message_body, subscription_of, tell
from sandbox.slack.hooks import Origin
from sandbox.slack.messages import Message
from sandbox.slack.people import BOT_USER, TEAM, Channel
from sandbox.slack.posting import bot_message, publish, root_of, whisper
from sandbox.slack.webapi_files import file_object
from sandbox.slack.workspace import Workspace, channel_record

Json = dict[str, Any]


async def command(workspace: Workspace, body: Json) -> Json:
    """Type a slash command."""
    user = person(workspace, body)
    channel = place(workspace, body, user)
    word, _, text = str(body.get("text") or "").strip().partition(" ")
    seq = workspace.core.traffic.last
    known = {c.get("command") for c in workspace.manifest.commands}
    if workspace.manifest.given and word not in known:
        say_slackbot(workspace, channel, user, f"{word} is not a valid command.")
        return await report(workspace, None, seq, body, error="unknown_command")
    payload = envelopes.slash(workspace, user, channel, word, text.strip())
    outcome = await workspace.delivery.send("slash_commands", word, payload)
    refused = answer_in_ack(workspace, Origin(user, channel.id), outcome.payload)
    if outcome.error:
        say_slackbot(workspace, channel, user, f"{word} failed with the error “{outcome.error}”")
    return await report(workspace, outcome, seq, body, ack_refused=refused)


def say_slackbot(workspace: Workspace, channel: Channel, user: str, text: str) -> None:
    """Tell one user what Slack itself would tell them."""
    message = bot_message(workspace, {"text": text}) | {"user": "USLACKBOT", "username": "Slackbot"}
    for name in ("bot_id", "app_id", "bot_profile"):
        message.pop(name, None)
    whisper(workspace, channel, user, message)


async def message(workspace: Workspace, body: Json) -> Json:
    """Write a message as a person."""
    user = person(workspace, body)
    channel = place(workspace, body, user)
    text = str(body.get("text") or "")
    if not text:
        raise RefusedError("A message needs text.")
    written: Message = {"type": "message", "user": user, "text": text, "ts": workspace.core.ids.ts(), "team": TEAM,
                        "client_msg_id": workspace.core.ids.envelope()}  # fmt: skip
    if body.get("thread_ts"):
        written["thread_ts"] = root_of(workspace, channel, str(body["thread_ts"]))
    seq = workspace.core.traffic.last
    publish(workspace, channel, written)
    outcomes = await tell_about(workspace, channel, written)
    main = outcomes[0] if outcomes else None
    return await report(workspace, main, seq, body, ts=written["ts"], channel=channel.id,
                        envelopes=[outcome.envelope_id for outcome in outcomes])  # fmt: skip


async def tell_about(workspace: Workspace, channel: Channel, written: Message) -> list[Outcome]:
    """The events a person's message causes: a mention, and the message itself."""
    if BOT_USER not in channel.members:
        return []
    event = message_body(channel, written)
    sends = []
    if f"<@{BOT_USER}>" in written["text"] and not channel.is_im:
        mention = {key: value for key, value in event.items() if key != "channel_type"} | {"type": "app_mention"}
        sends.append(tell(workspace, "app_mention", mention))
    sends.append(tell(workspace, subscription_of(channel), event))
    return [outcome for outcome in await asyncio.gather(*sends) if outcome is not None]


async def upload(workspace: Workspace, body: Json) -> Json:
    """Share a text file as a person."""
    user = person(workspace, body)
    channel = place(workspace, body, user)
    name, content = str(body.get("name") or "note.txt"), str(body.get("content") or "").encode()
    file_id = workspace.core.ids.named("F")
    workspace.files.keep(file_id, content)
    announced = {"name": name, "alt_txt": "", "length": len(content)}
    file = file_object(workspace, file_id, announced, name) | {"user": user, "channels": [channel.id]}
    workspace.files.known[file_id] = file
    workspace.journal.write("file", file=file)
    written: Message = {"type": "message", "subtype": "file_share", "user": user, "text": str(body.get("text") or ""),
                        "ts": workspace.core.ids.ts(), "team": TEAM, "files": [file]}  # fmt: skip
    seq = workspace.core.traffic.last
    publish(workspace, channel, written)
    outcomes = await tell_about(workspace, channel, written)
    return await report(workspace, outcomes[0] if outcomes else None, seq, body, ts=written["ts"], file=file_id)


async def invite(workspace: Workspace, body: Json) -> Json:
    """Bring the bot into a channel."""
    user = person(workspace, body)
    channel = place(workspace, body, user)
    seq = workspace.core.traffic.last
    channel.members.add(BOT_USER)
    workspace.journal.write("channel", channel=channel_record(channel))
    workspace.core.watchers.tell("state", channel=channel.id)
    event = {"type": "member_joined_channel", "user": BOT_USER, "channel": channel.id, "channel_type": "C",
             "team": TEAM, "inviter": user, "event_ts": workspace.core.ids.ts()}  # fmt: skip
    return await report(workspace, await tell(workspace, "member_joined_channel", event), seq, body)


VERBS = {"upload": upload, "invite": invite, "command": command, "message": message, "mention": message}
