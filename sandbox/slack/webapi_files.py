"""files.*: announce an upload, send the bytes, share the file."""

from __future__ import annotations

import mimetypes
import time

from aiohttp import web

from sandbox.slack.call import Call, Json, Method
from sandbox.slack.content import read_blocks
from sandbox.slack.errors import SlackError
from sandbox.slack.files import MOST_BYTES
from sandbox.slack.people import BOT_USER, Channel
from sandbox.slack.posting import bot_message, name_blocks, publish, root_of
from sandbox.slack.traffic import Entry
from sandbox.slack.webapi_chat import writable
from sandbox.slack.workspace import Workspace

MOST_ALT_TEXT = 1_000
PROCESSING_S = 0.05


def upload_url(workspace: Workspace, call: Call) -> Json:
    """files.getUploadURLExternal."""
    name, length = call.need("filename"), call.number("length", 0, 2**40)
    if length < 1:
        raise SlackError("invalid_arguments")
    if length > MOST_BYTES:
        raise SlackError("file_upload_size_restricted")
    if len(call.text("alt_txt")) > MOST_ALT_TEXT:
        raise SlackError("alt_txt_too_large")
    file_id = workspace.core.ids.named("F")
    workspace.files.waiting[file_id] = {"name": name, "alt_txt": call.text("alt_txt"), "length": length}
    return {"ok": True, "upload_url": f"{workspace.url}/upload/{file_id}", "file_id": file_id}


async def receive(workspace: Workspace, request: web.Request) -> web.Response:
    """POST or PUT of the bytes, raw or as a form; more or fewer than announced are refused."""
    started = time.perf_counter()
    file_id = request.match_info["file"]
    announced = workspace.files.waiting.get(file_id)
    content = await read_bytes(request)
    entry = Entry("upload", file_id, workspace.core.clock.now())
    entry.request = {"bytes": len(content), "announced": announced}
    status, text = 200, f"OK - {len(content)}"
    if announced is None or len(content) != announced["length"]:
        entry.ok, entry.error, status, text = False, "upload_refused", 400, "invalid upload"
    else:
        workspace.files.keep(file_id, content)
        announced["received"] = True
    entry.ms = round((time.perf_counter() - started) * 1000, 3)
    workspace.core.traffic.add(entry)
    return web.Response(status=status, text=text)


async def read_bytes(request: web.Request) -> bytes:
    """The bytes of an upload: the first file of a form, or the whole body."""
    if request.content_type.startswith("multipart/"):
        for part in (await request.post()).values():
            if isinstance(part, web.FileField):
                return part.file.read()
        return b""
    return await request.read()


def file_object(workspace: Workspace, file_id: str, announced: Json, title: str) -> Json:
    """The file object of the Web API."""
    kind = announced["name"].rpartition(".")[2].lower()
    address = f"{workspace.url}/files/{file_id}/{announced['name']}"
    return {"id": file_id, "created": int(workspace.core.clock.now()), "name": announced["name"],
            "title": title or announced["name"], "filetype": kind, "user": BOT_USER, "size": announced["length"],
            "mimetype": mimetypes.guess_type(announced["name"])[0] or "application/octet-stream", "mode": "hosted",
            "is_external": False, "is_public": True, "url_private": address, "url_private_download": address,
            "permalink": address, "alt_txt": announced["alt_txt"], "channels": []}  # fmt: skip


def complete(workspace: Workspace, call: Call) -> Json:
    """files.completeUploadExternal: the file's message appears a moment later, as with the real one."""
    wanted = call.json("files")
    if not isinstance(wanted, list) or not wanted:
        raise SlackError("invalid_arguments")
    files = []
    for one in wanted:
        announced = workspace.files.waiting.get(str(one.get("id")))
        if announced is None or not announced.get("received"):
            raise SlackError("file_not_found")
        files.append(file_object(workspace, one["id"], announced, str(one.get("title") or "")))
    channels = [name for name in (call.text("channel_id"), *call.text("channels").split(",")) if name]
    targets = [writable(workspace, found_channel(workspace, name)) for name in channels]
    for file in files:
        workspace.files.waiting.pop(file["id"])
        workspace.files.known[file["id"]] = file
        file["channels"] = [channel.id for channel in targets]
        workspace.journal.write("file", file=file)
    for channel in targets:
        share_soon(workspace, channel, files, call)
    return {"ok": True, "files": files}


def found_channel(workspace: Workspace, name: str) -> Channel:
    """A channel by id or name."""
    channel = workspace.people.channel(name)
    if channel is None:
        raise SlackError("channel_not_found")
    return channel


def share_soon(workspace: Workspace, channel: Channel, files: list[Json], call: Call) -> None:
    """Post the files' message once they are "processed"."""
    content: Json = {"text": call.text("initial_comment"), "files": files, "upload": True}
    blocks = read_blocks(call)
    if blocks:
        content["blocks"] = name_blocks(workspace, blocks)
    if call.text("thread_ts"):
        content["thread_ts"] = root_of(workspace, channel, call.text("thread_ts"))
    workspace.core.timers.after(PROCESSING_S, lambda: publish(workspace, channel, bot_message(workspace, content)))


def info(workspace: Workspace, call: Call) -> Json:
    """files.info."""
    file = workspace.files.known.get(call.need("file"))
    if file is None:
        raise SlackError("file_not_found")
    return {"ok": True, "file": file, "comments": []}


async def download(workspace: Workspace, request: web.Request) -> web.Response:
    """GET the bytes of a file."""
    file = workspace.files.known.get(request.match_info["file"])
    content = workspace.files.read(file["id"]) if file else None
    if file is None or content is None:
        return web.Response(status=404, text="no such file")
    return web.Response(body=content, content_type=file["mimetype"])


METHODS = (
    Method("files.getUploadURLExternal", upload_url, tier=4, scopes=("files:write",), lean=False),
    Method("files.completeUploadExternal", complete, tier=4, scopes=("files:write",), lean=False),
    Method("files.info", info, tier=4, scopes=("files:read", "files:write"), lean=False),
)
