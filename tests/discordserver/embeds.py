"""Limits of embeds."""

from __future__ import annotations

from tests.discordserver.errors import Json, Problems

MOST_EMBEDS = 10
MOST_CHARACTERS = 6000
_LENGTHS = {"title": 256, "description": 4096, "url": 2048}
_INSIDE = {("footer", "text"): 2048, ("author", "name"): 256}
_SCHEMES = ("http", "https", "attachment")


def check_embeds(embeds: list[Json], problems: Problems) -> None:
    """Every limit of each embed, and of all together."""
    if len(embeds) > MOST_EMBEDS:
        words = f"Must be {MOST_EMBEDS} or fewer in length."
        problems.add(("embeds",), "BASE_TYPE_MAX_LENGTH", words)
    for number, embed in enumerate(embeds):
        _check(embed, ("embeds", number), problems)
    if sum(map(_size, embeds)) > MOST_CHARACTERS:
        words = f"Embed size exceeds maximum size of {MOST_CHARACTERS}"
        problems.add(("embeds",), "MAX_EMBED_SIZE_EXCEEDED", words)


def _check(embed: Json, path: tuple[str | int, ...], problems: Problems) -> None:
    for name, most in _LENGTHS.items():
        problems.length((*path, name), embed.get(name), most)
    for (outer, inner), most in _INSIDE.items():
        if embed.get(outer):
            problems.length((*path, outer, inner), embed[outer].get(inner), most)
    for where, url in _urls(embed):
        scheme = url.split(":", 1)[0]
        if scheme not in _SCHEMES:
            words = f'Scheme "{scheme}" must be one of {_SCHEMES}.'
            problems.add((*path, *where), "URL_TYPE_INVALID_SCHEME", words)
    color = embed.get("color")
    if color is not None and not 0 <= color <= 0xFFFFFF:
        words = "int value should be less than or equal to 16777215."
        problems.add((*path, "color"), "NUMBER_TYPE_MAX", words)
    fields = embed.get("fields") or []
    if len(fields) > 25:
        problems.add((*path, "fields"), "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    for number, field in enumerate(fields):
        for name, most in (("name", 256), ("value", 1024)):
            if not field.get(name):
                problems.required((*path, "fields", number, name))
            problems.length((*path, "fields", number, name), field.get(name), most)


def _urls(embed: Json) -> list[tuple[tuple[str, ...], str]]:
    found = [(("url",), embed.get("url"))]
    for name, key in (("image", "url"), ("thumbnail", "url"), ("author", "icon_url")):
        found.append(((name, key), (embed.get(name) or {}).get(key)))
    found.append((("footer", "icon_url"), (embed.get("footer") or {}).get("icon_url")))
    return [(where, url) for where, url in found if url]


def _size(embed: Json) -> int:
    texts = [embed.get("title"), embed.get("description")]
    texts += [(embed.get(outer) or {}).get(inner) for outer, inner in _INSIDE]
    for field in embed.get("fields") or []:
        texts += [field.get("name"), field.get("value")]
    return sum(len(text) for text in texts if isinstance(text, str))
