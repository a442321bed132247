"""Uploading in three steps: an address, the bytes, and where the file is to be shown."""

from __future__ import annotations

import copy

from tests.slackserver.chat import author, thread_of
from tests.slackserver.errors import RefusedError, wrong
from tests.slackserver.methods import Call, method
from tests.slackserver.world import Channel, Json, Team, World

FILE = 1_000_000_000


def file_of(world: World, team: Team, user: str, name: str, address: str) -> Json:
    """A file as messages show it, without its bytes."""
    number = world.ids.next("F")
    kind = name.rpartition(".")[2] if "." in name else "text"
    where = f"{address}/files/{team.id}/{number}/{name}"
    return {
        "id": number,
        "name": name,
        "title": name,
        "mimetype": _MIMES.get(kind, "application/octet-stream"),
        "filetype": kind,
        "user": user,
        "mode": "hosted",
        "size": 0,
        "url_private": where,
        "url_private_download": where,
        "permalink": f"{team.url}files/{user}/{number}/{name}",
    }


_MIMES = {
    "txt": "text/plain",
    "md": "text/markdown",
    "csv": "text/csv",
    "png": "image/png",
    "gif": "image/gif",
    "pdf": "application/pdf",
    "m4a": "audio/mp4",
}


@method("files.getUploadURLExternal", scope="files:write", tier=100)
def upload_url(call: Call) -> Json:
    (name,) = call.need("filename")
    length = call.args.get("length")
    if not isinstance(length, int) or not 0 < length <= FILE:
        raise wrong("invalid_arguments", ["must be more than 0 [json-pointer:/length]"])
    team = call.team
    file = file_of(call.world, team, team.bot_user, name, call.address)
    file |= {"size": length, "_bytes": None, "alt_txt": call.args.get("alt_txt", "")}
    team.files[file["id"]] = file
    address = f"{call.address}/upload/{team.id}/{file['id']}"
    return {"upload_url": address, "file_id": file["id"]}


@method("files.completeUploadExternal", scope="files:write", tier=100)
def complete(call: Call) -> Json:
    given = call.args.get("files")
    if not isinstance(given, list) or not given:
        raise wrong("invalid_arguments", ["no fewer than 1 items allowed [json-pointer:/files]"])
    team = call.team
    done: list[Json] = []
    for one in given:
        file = team.files.get(one.get("id", ""))
        if file is None or file["_bytes"] is None:
            raise RefusedError("file_not_found")
        file["title"] = one.get("title") or file["name"]
        done.append(file_shown(file))
    where = call.args.get("channel_id")
    if where:
        channel = call.world.channel(team, str(where), writing=True)
        _share(call, channel, done)
    return {"files": done}


def _share(call: Call, channel: Channel, files: list[Json]) -> None:
    body = {"text": call.args.get("initial_comment", ""), "files": files, "upload": True}
    if call.args.get("thread_ts"):
        body["thread_ts"] = thread_of(channel, call.args["thread_ts"])
    call.world.add(call.team, channel, {**body, "subtype": "file_share", **author(call)})


@method("files.info", scope="files:read")
def info(call: Call) -> Json:
    (number,) = call.need("file")
    if number not in call.team.files:
        raise RefusedError("file_not_found")
    return {"file": file_shown(call.team.files[number])}


def file_shown(file: Json) -> Json:
    return copy.deepcopy({name: value for name, value in file.items() if name != "_bytes"})
