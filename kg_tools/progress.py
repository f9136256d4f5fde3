"""How long-running steps report where they are."""

from collections.abc import Callable

Progress = Callable[[str, float | None], None]
"""Called with a sentence for the person waiting and the share done in 0..1 (None where it is not known)."""


def silent(message: str, fraction: float | None) -> None:
    """A Progress that says nothing, for programs and tests.

    Args:
        message: ignored.
        fraction: ignored.
    """
    del message, fraction
