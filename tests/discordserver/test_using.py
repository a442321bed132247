"""Commands, buttons, selects, modals and menus of the local Discord with the real discord.py."""

from __future__ import annotations

from collections.abc import AsyncIterator

import discord
import pytest
from discord import app_commands, ui

from tests.discordserver.clients import Bot, connected
from tests.discordserver.driver import Driver
from tests.discordserver.server import Server
from tests.discordserver.world import EPHEMERAL, LOADING


class Goal(ui.Modal, title="Your goal"):
    goal: ui.TextInput[Goal] = ui.TextInput(label="Goal", custom_id="goal", max_length=50)

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"goal: {self.goal.value}", ephemeral=True)


class Board(ui.View):
    @ui.button(label="Set a goal", custom_id="set")
    async def set(self, interaction: discord.Interaction, _: ui.Button[Board]) -> None:
        await interaction.response.send_modal(Goal())

    @ui.select(
        custom_id="pick",
        options=[discord.SelectOption(label=name) for name in ("David", "Serena")],
    )
    async def pick(self, interaction: discord.Interaction, given: ui.Select[Board]) -> None:
        await interaction.response.edit_message(content=f"with {given.values[0]}", view=None)


def coach_bot() -> Bot:
    bot = Bot()
    group = app_commands.Group(
        name="coach",
        description="Coaching",
        allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
        allowed_contexts=app_commands.AppCommandContext(
            guild=True, dm_channel=True, private_channel=True
        ),
    )

    @group.command(name="start", description="Begin")
    async def start(interaction: discord.Interaction, coach: str = "david") -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await interaction.edit_original_response(content=f"starting with {coach}")
        await interaction.followup.send("more", ephemeral=True)

    @start.autocomplete("coach")
    async def names(_: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        every = ("david", "dana", "serena")
        return [app_commands.Choice(name=n, value=n) for n in every if n.startswith(typed)]

    @group.command(name="board", description="Show it")
    async def board(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("here", view=Board(timeout=None))

    bot.tree.add_command(group)

    @bot.tree.context_menu(name="Coach me on this")
    async def on_this(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(f"on {message.content!r}")

    return bot


@pytest.fixture
async def bot(server: Server) -> AsyncIterator[Bot]:
    async with connected(server, coach_bot()) as one:
        await one.tree.sync()
        yield one


async def test_slash_is_deferred_edited_and_followed_by_more(
    server: Server, driver: Driver, bot: Bot
) -> None:
    guild = driver.guild()
    alice, carol = driver.user("alice", guild), driver.user("carol", guild)
    general = driver.general(guild)
    done = alice.slash("coach start", general, coach="serena")
    await server.until(lambda: len(alice.sees(general)) == 2)
    assert done.text == "starting with serena"
    assert done.original is not None
    assert done.original.flags & EPHEMERAL
    assert not done.original.flags & LOADING
    assert alice.last(general).content == "more"
    assert carol.sees(general) == []
    assert await alice.autocomplete("coach start", "coach", "d", general) == [
        {"name": "david", "value": "david"},
        {"name": "dana", "value": "dana"},
    ]


async def test_a_group_cannot_be_used_itself_and_unknown_commands_are_not_there(
    server: Server, driver: Driver, bot: Bot
) -> None:
    alice = driver.user("alice")
    with pytest.raises(LookupError, match="group"):
        alice.slash("coach")
    with pytest.raises(LookupError, match="coacher"):
        alice.slash("coacher")


async def test_a_button_opens_a_modal_and_a_select_changes_the_message(
    server: Server, driver: Driver, bot: Bot
) -> None:
    guild = driver.guild()
    alice, carol = driver.user("alice", guild), driver.user("carol", guild)
    general = driver.general(guild)
    alice.slash("coach board", general)
    await server.until(lambda: len(carol.sees(general)) == 1)
    board = carol.last(general)
    assert alice.buttons(board) == ["Set a goal"]
    opened = carol.click(board, "Set a goal")
    await server.until(lambda: opened.modal is not None)
    with pytest.raises(LookupError, match="characters"):
        carol.submit(opened, goal="x" * 51)
    carol.submit(opened, goal="a better job")
    await server.until(lambda: len(carol.sees(general)) == 2)
    assert carol.last(general).content == "goal: a better job"
    assert len(alice.sees(general)) == 1
    alice.choose(board, "pick", "Serena")
    await server.until(lambda: board.content == "with Serena")
    assert board.components == []
    with pytest.raises(LookupError):
        alice.click(board, "Set a goal")


async def test_a_message_menu_reads_the_message(server: Server, driver: Driver, bot: Bot) -> None:
    guild = driver.guild()
    alice = driver.user("alice", guild)
    said = alice.say(driver.general(guild), "I hate my job")
    done = alice.context_menu("Coach me on this", said)
    await server.until(lambda: done.answered != 0)
    assert done.text == "on 'I hate my job'"


async def test_what_is_answered_late_is_unknown(server: Server, driver: Driver) -> None:
    bot = coach_bot()
    failed: list[Exception] = []

    @bot.tree.error
    async def on_error(_: discord.Interaction, error: app_commands.AppCommandError) -> None:
        failed.append(error)

    async with connected(server, bot):
        await bot.tree.sync()
        late = driver.user("alice").slash("coach start")
        server.advance(3.5)
        await server.until(lambda: bool(failed))
        assert late.answered == 0
        error = failed[0]
        assert isinstance(error, app_commands.CommandInvokeError)
        assert isinstance(error.original, discord.NotFound)
        assert error.original.code == 10062


async def test_the_token_of_an_interaction_ends(server: Server, driver: Driver) -> None:
    bot = Bot()
    kept: list[discord.Interaction] = []

    @bot.tree.command(name="hello", description="Say hello")
    async def hello(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("hello")
        kept.append(interaction)

    async with connected(server, bot):
        await bot.tree.sync()
        done = driver.user("alice").slash("hello")
        await server.until(lambda: bool(kept))
        await kept[0].edit_original_response(content="hello again")
        assert done.text == "hello again"
        with pytest.raises(discord.InteractionResponded):
            await kept[0].response.send_message("twice")
        server.advance(901.0)
        with pytest.raises(discord.HTTPException) as refused:
            await kept[0].edit_original_response(content="too late")
        assert refused.value.code == 50027


async def test_an_app_of_ones_own_works_where_the_bot_is_not(
    server: Server, driver: Driver, bot: Bot
) -> None:
    foreign = driver.guild("foreign", bot=False)
    alice = driver.user("alice", foreign, installed=True)
    carol = driver.user("carol", foreign)
    general = driver.general(foreign)
    assert carol.commands(general) == []
    done = alice.slash("coach board", general)
    await server.until(lambda: done.answered != 0)
    assert carol.last(general).content == "here"
    among = server.world.direct(alice.id, carol.id)
    again = alice.slash("coach start", among)
    await server.until(lambda: again.text == "starting with david")
    with pytest.raises(discord.Forbidden) as refused:
        await bot.get_partial_messageable(general.id).send("hi")
    assert refused.value.code == 50001
