"""What Slack takes at most, in characters or pieces (docs.slack.dev, read in July 2026)."""

from __future__ import annotations

BLOCKS = 50
# Of a modal and of the home tab.
VIEW_BLOCKS = 100
SECTION = 3000
HEADER = 150
BUTTON = 75
BUTTON_VALUE = 2000
OPTION = 75
OPTION_VALUE = 150
OPTIONS = 100
PRIVATE_METADATA = 3000
TITLE = 24
TEXT = 40_000
# All ``markdown`` blocks of one message together, and one append to a stream.
MARKDOWN = 12_000
PROMPTS = 4
# A message of ours: its text stands in it twice (as a block and plainly), and whole payloads fail
# near 13,000.
PART = 3500
# A reply longer than so many messages is sent as a file.
PARTS = 6
# More choices than this are a menu.
BUTTONS = 5
STATUS_S = 100.0
# A stream dies on the server after about five minutes.
STREAM_S = 240.0
