"""Commands that serve: the chat page with the API, and the language model on a GPU."""

from pathlib import Path
from typing import Annotated

import typer

from ui.terminal import progress_shown

llm = typer.Typer(help="The language model server.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    app.command()(serve)
    app.add_typer(llm, name="llm")


def serve(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 7860,
    host: Annotated[str, typer.Option(help="Address to listen on; the default is this machine only.")] = "127.0.0.1",
    shop: Annotated[
        list[str] | None, typer.Option("--shop", help="Shop to serve; repeat for more. Default: all.")
    ] = None,
) -> None:
    """Open the chat page and the API."""
    with progress_shown() as progress:
        progress("Loading", None)
        from agent.assembly import build_assistant, open_model
        from agent.settings import Settings
        from agent.shop_training import trained_shops

        settings = Settings()
        names = shop or trained_shops(settings.home)
        progress("Starting the language model", None)
        opened = open_model(settings)
        assistants = {}
        for name in names:
            progress(f"Opening the shop “{name}”", None)
            assistants[name] = build_assistant(name, settings, opened, writable=True)
        progress("Building the page", None)
        from ui.server import create_app
        from ui.server import serve as run

        app = create_app(assistants)
    run(app, host=host, port=port, listening=_ready)


def _ready(address: str) -> None:
    print(f"Because is ready: {address}  (stop with Ctrl-C)", flush=True)


@llm.command("serve")
def llm_serve(
    model: Annotated[str, typer.Argument(help="Hugging Face name or folder.")] = "Qwen/Qwen2.5-7B-Instruct",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
    adapter: Annotated[Path | None, typer.Option(help="PEFT LoRA folder to serve beside the model.")] = None,
    dry_run: Annotated[bool, typer.Option("--print", help="Only print the command.")] = False,
) -> None:
    """Print and run the vLLM command for a GPU (install with: pip install 'because-assistant[vllm]')."""
    import os
    import shlex
    import shutil

    from agent.errors import LanguageModelError
    from agent.llm import vllm_command

    command = vllm_command(model, port=port, adapter=adapter)
    print(shlex.join(command))
    print(f"Then, for because: export BECAUSE_LLM_URL=http://127.0.0.1:{port}/v1", flush=True)
    if dry_run:
        return
    if shutil.which(command[0]) is None:
        raise LanguageModelError(
            "vllm is not installed; on a machine with a GPU: pip install 'because-assistant[vllm]'"
        )
    os.execvp(command[0], command)  # noqa: S606 - our own list of arguments, no shell
