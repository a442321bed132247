"""docs/platforms.md says what the adapters say."""

from scripts.make_platforms import TARGET, table


def test_the_page_is_as_the_adapters_are():
    assert TARGET.read_text(encoding="utf-8") == table(), "run python scripts/make_platforms.py"
