"""The ``rocket`` command. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.exceptions import TyperException

from bot import cli_operator, cli_platforms
from bot.cli_shared import AsJson, Db, collect_seldom, end, run, settings_of, show
from bot.terminal import ending
from bot.terminal.lines import emit, is_terminal

if TYPE_CHECKING:
    from bot.engine.engine import Engine
    from bot.inbound import Sender
    from bot.scripts import Answer, Scripts

app = typer.Typer(
    name="rocket",
    help="A career coach in your terminal. 'rocket chat' starts.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(cli_platforms.slack)
app.add_typer(cli_platforms.discord)
app.add_typer(cli_platforms.doctor)
cli_operator.add_to(app)
STDIN = "-"
_NO_TEXT = "Give a text, or - to read one a line from standard input."
_ASK_FORGET = "Delete everything you said here and what came of it? This can't be undone."
_NO_YES = "Nothing was deleted. To delete everything, say so with --yes."

User = Annotated[str | None, typer.Option("--user", metavar="NAME", help="Who you are here.")]
Text = Annotated[str | None, typer.Argument(metavar="[TEXT|-]", help="- reads one text a line.")]
Session = Annotated[str, typer.Argument(metavar="SESSION", help="An id from 'rocket sessions'.")]
Ask = Callable[["Engine", "Sender"], Coroutine[Any, Any, Any]]


def main() -> None:
    """Run the command line; ends the process with the contract's exit codes."""
    collect_seldom()
    try:
        code = app(standalone_mode=False)
    except TyperException as error:
        fail = ending.tell_in_json if "--json" in sys.argv else ending.tell
        fail(error.format_message())
        code = ending.CANNOT
    except typer.Abort:
        code = ending.INTERRUPTED
    sys.exit(code)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            print(version("rocket-coach"))
        except PackageNotFoundError:
            print("unknown: rocket-coach is not installed here")
        raise typer.Exit


@app.callback()
def rocket(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """A career coach in your terminal. 'rocket chat' starts."""


@app.command()
def chat(
    coach: Annotated[
        str | None, typer.Option("--coach", metavar="KEY", help="Start with this coach.")
    ] = None,
    as_json: AsJson = False,
    db: Db = None,
    user: User = None,
) -> None:
    """Talk to a coach; one JSON object a line with --json or when input is no terminal."""
    scripted = as_json or not is_terminal()

    def talk() -> None:
        settings, sender = settings_of(db), _sender(user)
        if scripted:
            from bot.terminal.contract import talk_in_json

            talk_in_json(settings, sender, coach)
        else:
            from bot.terminal.chat import chat as chat_with_a_person

            chat_with_a_person(settings, sender, coach)

    def fail(sentence: str) -> None:
        from bot.terminal.talk import failed

        emit(failed(sentence).line())

    end(ending.run(talk, fail if scripted else ending.tell))


@app.command()
def recommend(
    text: Text = None,
    stage: Annotated[
        str | None, typer.Option("--stage", help="Career stage: entry, mid, senior …")
    ] = None,
    goal: Annotated[
        list[str] | None, typer.Option("--goal", help="A goal; may be repeated.")
    ] = None,
    challenge: Annotated[
        list[str] | None, typer.Option("--challenge", help="A challenge; may be repeated.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Which coach fits, for a text, or a stage with goals and challenges, or both."""
    from_profile = bool(stage or goal or challenge)

    def answer(scripts: Scripts, line: str) -> Answer:
        return scripts.recommend(line, stage=stage, goals=goal or (), challenges=challenge or ())

    _one_shot("" if text is None and from_profile else text, answer, "recommend", as_json)


@app.command()
def assess(
    text: Text = None,
    question: Annotated[str, typer.Option("--question", help="What was asked.")] = "",
    as_json: AsJson = False,
) -> None:
    """How complete an answer is; - reads {"question", "answer"} objects."""

    def answer(scripts: Scripts, line: str) -> Answer:
        return (
            scripts.assess_pair(line, question) if text == STDIN else scripts.assess(question, line)
        )

    _one_shot(text, answer, "assess", as_json)


@app.command()
def screen(text: Text = None, as_json: AsJson = False) -> None:
    """Whether a text shows danger: explicit, indirect or none."""
    _one_shot(text, lambda scripts, line: scripts.screen(line), "screen", as_json)


@app.command()
def coaches(as_json: AsJson = False) -> None:
    """Who there is."""

    def answer() -> None:
        from bot.scripts import Scripts

        show(Scripts(settings_of(None)).coaches(), as_json)

    run(answer, as_json)


@app.command()
def sessions(as_json: AsJson = False, db: Db = None, user: User = None) -> None:
    """Your sessions, with phase and progress."""
    _ask(lambda engine, me: engine.sessions(me), as_json, db, user)


@app.command()
def transcript(session: Session, as_json: AsJson = False, db: Db = None, user: User = None) -> None:
    """All that was said in a session."""
    _ask(lambda engine, me: engine.transcript(me, session), as_json, db, user)


@app.command()
def plan(session: Session, as_json: AsJson = False, db: Db = None, user: User = None) -> None:
    """The plan of a session as it stands."""
    _ask(lambda engine, me: engine.plan(me, session), as_json, db, user)


@app.command()
def prompt(
    session: Session,
    text: Annotated[
        str | None, typer.Argument(metavar="[TEXT]", help="What you would write next.")
    ] = None,
    as_json: AsJson = False,
    db: Db = None,
    user: User = None,
) -> None:
    """What a language model would be told in the next turn; no model is asked."""

    def put() -> None:
        from bot.scripts import ask_engine, prompt_of

        settings, sender = settings_of(db), _sender(user)
        told = ask_engine(settings, lambda engine: prompt_of(engine, sender, session, text))
        if as_json:
            emit(told)
        else:
            print(f"{told['stable']}\n\n{told['volatile']}\n\n# You write\n{told['message']}")

    run(put, as_json)


@app.command()
def profile(as_json: AsJson = False, db: Db = None, user: User = None) -> None:
    """Your career profile: story, experiences, bullets, scores."""
    _ask(lambda engine, me: engine.profile(me), as_json, db, user)


@app.command()
def summary(as_json: AsJson = False, db: Db = None, user: User = None) -> None:
    """What all your coaches found, side by side, and one plan."""
    _ask(lambda engine, me: engine.summary(me), as_json, db, user)


@app.command()
def export(
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FILE", help="Write it to this file.")
    ] = None,
    as_json: AsJson = False,
    db: Db = None,
    user: User = None,
) -> None:
    """A copy of everything: to FILE and, for NAME.json, readable as NAME.md; else printed."""
    if to is None:
        _ask(lambda engine, me: engine.export(me), as_json, db, user)
        return

    async def both(engine: Engine, me: Sender) -> dict[str, list[str]]:
        from bot.scripts import write_export

        return {
            "files": write_export(to, await engine.export(me), await engine.export_markdown(me))
        }

    _ask(both, as_json, db, user)


@app.command()
def forget(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
    db: Db = None,
    user: User = None,
) -> None:
    """Delete everything you said and what came of it."""
    if not yes and not (is_terminal() and not as_json and typer.confirm(_ASK_FORGET)):
        (ending.tell_in_json if as_json else ending.tell)(_NO_YES)
        end(ending.CANNOT)

    async def gone(engine: Engine, me: Sender) -> dict[str, int]:
        return {"messages_deleted": await engine.forget(me)}

    _ask(gone, as_json, db, user)


def _sender(user: str | None) -> Sender:
    from bot.settings import SettingsError, system_user
    from bot.terminal.talk import sender_of

    if user is not None and not user.strip():
        raise SettingsError("--user: a name can't be empty.")
    return sender_of(user or system_user())


def _ask(ask: Ask, as_json: bool, db: str | None, user: str | None) -> None:
    """Put one question to the engine and print the answer."""

    def put() -> None:
        from bot.scripts import ask_engine

        settings, sender = settings_of(db), _sender(user)
        show(ask_engine(settings, lambda engine: ask(engine, sender)), as_json)

    run(put, as_json)


def _one_shot(
    text: str | None, answer: Callable[[Scripts, str], Answer], name: str, as_json: bool
) -> None:
    """Answer one text, or one a line of stdin."""

    def put() -> None:
        from bot.scripts import KEYS, Scripts, answer_lines
        from bot.settings import SettingsError

        if text is None:
            raise SettingsError(_NO_TEXT)
        scripts = Scripts(settings_of(None))
        if text == STDIN:
            answer_lines(lambda line: answer(scripts, line), KEYS[name])
        else:
            show(answer(scripts, text), as_json)

    run(put, as_json or text == STDIN)


if __name__ == "__main__":
    main()
