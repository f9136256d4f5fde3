"""Commands that talk: ask, chat, understand."""

import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli_shops import ShopOption
from ui.terminal import TurnFailedError, progress_shown

if TYPE_CHECKING:
    from agent.assistant import Assistant
    from agent.events import Event, NeedView, TurnResult

UserOption = Annotated[
    str | None, typer.Option("--user", help="Id of a shopper of this shop; leave out for a stranger.")
]


def add_to(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    app.command()(ask)
    app.command()(chat)
    app.command()(understand)


def ask(
    message: Annotated[str, typer.Argument(help="What the shopper says.")],
    shop: ShopOption,
    user: UserOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Ask once and print the answer."""
    assistant = _open(shop)
    turn, needs = _finish(assistant.reply(message, session_id=_new_session(), user_id=user))
    print(turn.model_dump_json(indent=2) if as_json else _as_text(assistant, turn, needs))


def chat(shop: ShopOption, user: UserOption = None) -> None:
    """Talk with the shop; the conversation is remembered until you leave with an empty line."""
    assistant = _open(shop)
    session = _new_session()
    view = assistant.shop
    label = " (synthetic data)" if view.synthetic else ""
    print(f"{view.title}{label}: {view.products:,} products. For example: {'; '.join(view.examples)}")
    while True:
        try:
            message = input("\nYou: ").strip()
        except EOFError:
            message = ""
        if not message:
            print("Goodbye.")
            return
        try:
            turn, needs = _finish(assistant.reply(message, session_id=session, user_id=user))
        except TurnFailedError as error:
            print(error)
            continue
        print(_as_text(assistant, turn, needs))


def understand(
    source: Annotated[Path | None, typer.Argument(help="JSONL file; standard input when left out.")] = None,
    rules_only: Annotated[bool, typer.Option("--rules-only", help="Do not ask the language model.")] = False,
) -> None:
    """Read messages as JSONL and write what they mean as JSONL (form: docs/understanding.md)."""
    from agent.assembly import open_model
    from agent.settings import Settings
    from agent.understand import understand as read
    from agent.understanding_io import read_requests, to_line

    opened = None if rules_only else open_model(Settings()).model
    stream = source.open(encoding="utf-8") if source else sys.stdin
    with stream:
        for request in read_requests(stream):
            found = read(request.message, request.history, request.shown, opened.chat if opened else None)
            print(to_line(request.id, found.intent), flush=True)


def _open(shop: str) -> "Assistant":
    with progress_shown() as progress:
        progress(f"Opening the shop “{shop}”", None)
        from agent.assembly import build_assistant
        from agent.settings import Settings

        return build_assistant(shop, Settings())


def _finish(events: Iterator["Event"]) -> "tuple[TurnResult, tuple[NeedView, ...]]":
    needs: tuple[NeedView, ...] = ()
    for event in events:
        match event.kind:
            case "understood":
                needs = event.needs
            case "finished":
                return event.turn, needs
            case "failed":
                raise TurnFailedError(event.message)
            case _:
                pass
    raise RuntimeError("the turn ended without a result")


def _as_text(assistant: "Assistant", turn: "TurnResult", needs: "tuple[NeedView, ...]") -> str:
    from ui.product_cards import render_turn_text

    return render_turn_text(turn, assistant.shop.currency, needs)


def _new_session() -> str:
    return str(uuid.uuid4())
