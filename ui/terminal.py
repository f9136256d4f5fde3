"""What the command line shows while it works and when something is wrong."""

import errno
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

USER_ERROR = 2
INTERRUPTED = 130
_LINE_EVERY = 5.0  # seconds between lines of one step where there is no terminal to redraw


class DoorError(Exception):
    """A door cannot be opened or an answer cannot be given; the message says why and what to do."""


class TurnFailedError(DoorError):
    """The assistant said that it cannot answer this message."""


@contextmanager
def progress_shown() -> Generator[Callable[[str, float | None], None]]:
    """A progress callback that draws bars on a terminal, and prints plain lines into a log or a pipe.

    Everything goes to stderr, so stdout holds only the answer.
    """
    if sys.stderr.isatty():
        with _bars() as show:
            yield show
    else:
        yield _Lines()


@contextmanager
def _bars() -> Generator[Callable[[str, float | None], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, TaskID] = {}

        def show(message: str, fraction: float | None) -> None:
            step = _step(message)
            if step not in tasks:
                for done in tasks.values():
                    bars.update(done, total=1.0, completed=1.0)
                tasks[step] = bars.add_task(message, total=None)
            bars.update(
                tasks[step],
                description=message,
                total=None if fraction is None else 1.0,
                completed=fraction or 0.0,
            )

        yield show
        for task in tasks.values():
            bars.update(task, total=1.0, completed=1.0)


class _Lines:
    """One line when a step begins, then at most one every few seconds."""

    def __init__(self) -> None:
        self._step = ""
        self._last = 0.0

    def __call__(self, message: str, fraction: float | None) -> None:
        now = time.monotonic()
        if _step(message) == self._step and now - self._last < _LINE_EVERY:
            return
        self._step, self._last = _step(message), now
        share = "" if fraction is None else f" ({fraction:.0%})"
        print(f"{message}{share}", file=sys.stderr, flush=True)


def _step(message: str) -> str:
    """The part of a progress message that does not change while the step runs: what stands before a number or colon."""
    for position, char in enumerate(message):
        if char.isdigit() or char in ":(":
            return message[:position]
    return message


def exit_code_for(error: BaseException) -> tuple[int, str] | None:
    """The exit code and the sentence for an error people can act on; None for a defect of ours."""
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED, "Stopped; what was there before is unchanged."
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return (
            1,
            f"The disk is full ({error.filename or 'while writing'}); free some space and run the command again.",
        )
    if isinstance(error, (FileNotFoundError, PermissionError, IsADirectoryError)):
        return USER_ERROR, f"{error.strerror}: {error.filename}"
    if _is_ours(error):
        return USER_ERROR, str(error)
    return None


def _is_ours(error: BaseException) -> bool:
    from agent.errors import AgentError
    from kg_tools.errors import CatalogueError
    from ranker.errors import RankerError

    return isinstance(error, (AgentError, CatalogueError, RankerError, DoorError))
