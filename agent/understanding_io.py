"""JSON lines of the understanding evaluation: requests in, intents out.

A request line is ``{"id", "history": [{"role", "content"}], "shown": [{"product_id", "title"}], "message"}``;
``history`` and ``shown`` may be left out.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.errors import AgentError
from agent.intent import Intent, Message, ShownProduct


class RequestLineError(AgentError, ValueError):
    """A line is not a request; the message gives its number and what is wrong with it."""


class UnderstandingRequest(BaseModel):
    """One message to understand, with the dialogue it stands in.

    Attributes:
        id: joins the answer to the request; numbers are read as text.
        message: what the shopper writes now; may be empty.
        history: earlier messages, oldest first.
        shown: products on the screen, in their order.
    """

    model_config = ConfigDict(frozen=True)

    id: str = Field(min_length=1, coerce_numbers_to_str=True)
    message: str
    history: tuple[Message, ...] = ()
    shown: tuple[ShownProduct, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer line read back: the id of the request and its intent."""

    id: str
    intent: Intent


def read_requests(stream: Iterable[str]) -> Iterator[UnderstandingRequest]:
    """Requests of a JSONL stream, one by one; blank lines are skipped, unknown keys ignored.

    Args:
        stream: lines of text, such as an open file.

    Raises:
        RequestLineError: a line is no JSON object, lacks a field, has one of the wrong type, or repeats an id.
    """
    seen: dict[str, int] = {}
    for number, record in _records(stream):
        try:
            request = UnderstandingRequest.model_validate(record)
        except ValidationError as error:
            raise RequestLineError(f"line {number}: {_explain(error)}") from error
        if request.id in seen:
            raise RequestLineError(f"line {number}: id {request.id!r} was already used on line {seen[request.id]}")
        seen[request.id] = number
        yield request


def to_line(request_id: str, intent: Intent) -> str:
    """The answer as one JSON line without the line end; non-ASCII characters stay readable."""
    return json.dumps({"id": request_id, **intent.understanding()}, ensure_ascii=False)


def read_answers(stream: Iterable[str]) -> Iterator[Answered]:
    """Answers of a JSONL stream in the form ``to_line`` writes; other keys are ignored.

    Raises:
        RequestLineError: a line is no JSON object, has no ``id`` or no valid intent.
    """
    known = set(Intent.model_fields)
    for number, record in _records(stream):
        if "id" not in record:
            raise RequestLineError(f"line {number}: 'id' is missing")
        try:
            intent = Intent.model_validate({key: value for key, value in record.items() if key in known})
        except ValidationError as error:
            raise RequestLineError(f"line {number}: {_explain(error)}") from error
        yield Answered(str(record["id"]), intent)


def _records(stream: Iterable[str]) -> Iterator[tuple[int, dict[str, object]]]:
    for number, line in enumerate(stream, start=1):
        text = line.strip().removeprefix("\ufeff")
        if not text:
            continue
        try:
            record = json.loads(text)
        except json.JSONDecodeError as error:
            raise RequestLineError(f"line {number}: not JSON: {error.msg} at column {error.colno}") from error
        except RecursionError as error:
            raise RequestLineError(f"line {number}: JSON nested too deeply") from error
        if not isinstance(record, dict):
            raise RequestLineError(
                f"line {number}: expected an object with 'id' and 'message', got {type(record).__name__}"
            )
        yield number, record


def _explain(error: ValidationError) -> str:
    """All faults of a line in one sentence, with the place of each: ``history.0.role``."""
    faults: list[str] = []
    for fault in error.errors():
        place = ".".join(str(part) for part in fault["loc"])
        if fault["type"] == "missing":
            faults.append(f"'{place}' is missing")
        else:
            faults.append(f"'{place}': {fault['msg'][0].lower()}{fault['msg'][1:]}")
    return "; ".join(faults)
