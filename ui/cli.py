"""The command ``because``. Each command is thin and loads what it needs when it runs, so help is instant."""

import sys
from typing import Annotated

import typer

from ui import cli_evaluate, cli_serve, cli_shops, cli_talk

app = typer.Typer(
    name="because",
    help="A shop assistant you host yourself; every reason it gives is a fact of your catalogue.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
cli_shops.add_to(app)
cli_talk.add_to(app)
app.add_typer(cli_evaluate.app, name="evaluate")
cli_serve.add_to(app)


@app.callback()
def options(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log what happens, to stderr.")] = False,
) -> None:
    """Options before the command."""
    import logging

    logging.basicConfig(level=logging.INFO if verbose else logging.ERROR, format="%(levelname)s %(name)s: %(message)s")


def main() -> None:
    """Runs the command; errors people can act on become one sentence on stderr and exit code 2."""
    from ui.terminal import exit_code_for

    try:
        app()
    except (
        Exception,
        KeyboardInterrupt,
    ) as error:  # the outermost frame: known errors are worded, defects re-raised
        known = exit_code_for(error)
        if known is None:
            raise
        code, sentence = known
        print(f"because: {sentence}", file=sys.stderr)
        sys.exit(code)
