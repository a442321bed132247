"""The program knows the clock of the machine it is talked to on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.program import Rocket


@pytest.mark.parametrize(
    ("set_to", "told"),
    [
        ("America/Chicago", "Time zone: America/Chicago"),
        # A server's or a container's clock tells nothing of its people.
        ("Etc/UTC", "Time zone: not known"),
    ],
)
def test_the_zone_of_the_machine_is_the_persons(tmp_path: Path, set_to: str, told: str) -> None:
    rocket = Rocket(tmp_path, env={"TZ": set_to})
    _, me = rocket.chat("/coach me")
    assert told in me["text"]


def test_the_zone_follows_the_machine_until_the_person_sets_one(tmp_path: Path) -> None:
    rocket = Rocket(tmp_path, env={"TZ": "America/Chicago"})
    rocket.chat("hello")
    rocket.env["TZ"] = "Europe/Lisbon"
    _, _, me = rocket.chat("hello", "/coach me")
    assert "Time zone: Europe/Lisbon" in me["text"]
    rocket.chat("/coach me zone asia/tokyo")
    _, _, me = rocket.chat("hello", "/coach me")
    assert "Time zone: Asia/Tokyo" in me["text"]
