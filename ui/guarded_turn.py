"""A turn that always ends in an answer: whatever breaks inside, the visitor is told, and the details go to the log."""

import logging
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager
from types import TracebackType

from agent.events import Event, Failed, Finished
from kg_tools.errors import UnknownProductError, UnknownShopperError
from ui.wording import EN, Wording

_SPEAKABLE = (UnknownProductError, UnknownShopperError)
"""Errors about what the visitor asked for. Any other message may name folders or hosts, so only the log has it."""

logger = logging.getLogger(__name__)


def guarded(
    start: Callable[[], Iterator[Event]], *, request_id: str, words: Wording = EN
) -> Generator[Event, None, None]:
    """The events of a turn, ending in exactly one Finished or Failed whatever happens inside.

    An error about what was asked for is told as it stands. Any other fault goes to the log under the request id, and
    the visitor is told only the id. Closing this generator closes the turn.
    """
    barrier = _FaultBarrier(request_id)
    ended = False
    with barrier:
        for event in _closing(start()):
            if not ended:  # run to the end all the same: a turn may still have to remember itself
                yield event
            ended = ended or isinstance(event, Finished | Failed)
    if ended:
        return
    if isinstance(barrier.fault, _SPEAKABLE):
        yield Failed(message=str(barrier.fault))
    elif barrier.fault is not None:
        yield Failed(message=words.broken.format(request_id=request_id))
    else:
        logger.error("request %s ended without an answer", request_id)
        yield Failed(message=words.not_ready.format(request_id=request_id))


def _closing(events: Iterator[Event]) -> Generator[Event, None, None]:
    yield from events  # closing this one closes ``events`` too


class _FaultBarrier(AbstractContextManager["_FaultBarrier"]):
    """Keeps a fault inside one turn. The one place where any exception is caught: a visitor must get an answer."""

    def __init__(self, request_id: str) -> None:
        self.request_id = request_id
        self.fault: Exception | None = None

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(fault, Exception):
            return False  # no fault, the visitor left (GeneratorExit), or Ctrl-C
        self.fault = fault
        if not isinstance(fault, _SPEAKABLE):
            logger.error("request %s failed", self.request_id, exc_info=fault)
        return True
