"""What Discord takes at most, in characters or pieces (docs.discord.com, read in July 2026)."""

from __future__ import annotations

CONTENT = 2000
# Of the text of one embed; all embeds of a message together take EMBEDS.
EMBED, EMBEDS = 4096, 6000
BUTTON = 80
CUSTOM_ID = 100
OPTION = 100
OPTIONS = 25
PLACEHOLDER = 150
ROW = 5
ROWS = 5
THREAD_NAME = 100
MODAL_TITLE = 45
NONCE = 25
COMMANDS = 25
# Of a command, an option and an offered value.
HELP = 100
# A reply longer than so many messages is sent as a file.
PARTS = 6
# "is typing" goes after ten seconds.
TYPING_S = 8.0
# Edits of one message while it is being written.
EDIT_S = 1.0
# An interaction can be answered for fifteen minutes; a little less is safe.
TOKEN_S = 14 * 60.0
# So long Discord takes a nonce for the same message.
NONCE_S = 120.0
