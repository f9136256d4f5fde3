"""The HTTP API for programs: turns, turns as a stream, products, shops."""

import uuid
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping
from typing import Annotated

import anyio
from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.concurrency import run_in_threadpool

from agent.events import Event, Failed, Finished, ShopView, TurnResult
from kg_tools.errors import UnknownProductError
from kg_tools.products import Product
from ui.guarded_turn import guarded
from ui.ports import ShopAssistant
from ui.problems import Problem, ProblemError, request_id_of

MESSAGE_LIMIT = 4000
"""Characters of one message."""

SESSION_HEADER = "X-Session-Id"


class TurnRequest(BaseModel):
    """One message of a shopper.

    Attributes:
        message: what the shopper says, 1 to 4,000 characters.
        session_id: the id a former answer carried in ``X-Session-Id``; left out, a session begins.
        user_id: a shopper of the shop, so that their history counts.
        shop: a name from ``/api/v1/shops``; left out, the first shop.
    """

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"message": "a waterproof backpack under 60, not pink"}]}
    )

    message: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MESSAGE_LIMIT)]
    session_id: uuid.UUID | None = None
    user_id: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    shop: str | None = None


def shop_api(assistants: Mapping[str, ShopAssistant]) -> APIRouter:
    """The routes under ``/api/v1``; the first assistant answers where no shop is named."""
    router = APIRouter(prefix="/api/v1", tags=["shop"], responses={"default": {"model": Problem}})
    default = next(iter(assistants))

    def chosen(shop: str | None) -> ShopAssistant:
        name = default if shop is None else shop
        if name not in assistants:
            known = ", ".join(sorted(assistants))
            raise ProblemError(404, "unknown-shop", "No such shop", f"There is no shop '{name}'. Shops: {known}.")
        return assistants[name]

    def begin(asked: TurnRequest) -> tuple[Callable[[], Iterator[Event]], dict[str, str]]:
        assistant = chosen(asked.shop)
        session_id = str(asked.session_id or uuid.uuid4())

        def start() -> Iterator[Event]:
            return assistant.reply(asked.message, session_id=session_id, user_id=asked.user_id)

        return start, {SESSION_HEADER: session_id, "Cache-Control": "no-store"}

    @router.post("/turns", response_model=TurnResult)
    def turn(asked: TurnRequest) -> JSONResponse:
        """Answer one message. The session to go on with is in the header ``X-Session-Id``."""
        start, headers = begin(asked)
        last = _last(start())
        if isinstance(last, Failed):
            raise ProblemError(422, "not-answered", "The turn could not be answered", last.message)
        return JSONResponse(last.turn.model_dump(mode="json"), headers=headers)

    @router.post("/turns/stream", response_class=StreamingResponse)
    async def stream(asked: TurnRequest, request: Request) -> StreamingResponse:
        """The same turn as server-sent events: one per step, named by its ``kind``; the last is finished or failed."""
        start, headers = begin(asked)
        events = guarded(start, request_id=request_id_of(request))
        # A proxy in front would otherwise hold the events back until there are enough of them.
        headers["X-Accel-Buffering"] = "no"
        return StreamingResponse(_server_sent(events), media_type="text/event-stream", headers=headers)

    @router.get("/products/{product_id:path}")
    def product(product_id: str, shop: Annotated[str | None, Query()] = None) -> Product:
        """One product of the shop's catalogue."""
        assistant = chosen(shop)
        try:
            return assistant.product(product_id)
        except UnknownProductError:
            name = assistant.shop.name
            detail = f"The shop '{name}' has no product '{product_id[:200]}'. Ids are those of the shop's catalogue."
            raise ProblemError(404, "unknown-product", "No such product", detail) from None

    @router.get("/shops")
    def shops() -> list[ShopView]:
        """The shops served here; the first is the default."""
        return [assistant.shop for assistant in assistants.values()]

    # Without this the page, mounted at "/", would answer for us.
    @router.api_route("/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False)
    def nothing_here(path: str, request: Request) -> None:
        detail = f"There is no {request.method} /api/v1/{path[:200]}. What there is: /api/v1/openapi.json."
        raise ProblemError(404, "no-such-operation", "No such operation", detail)

    return router


def _last(events: Iterator[Event]) -> Finished | Failed:
    """The event that ends the turn; the turn runs to its end, as it may still have to remember itself."""
    ends = [event for event in events if isinstance(event, Finished | Failed)]
    if not ends:
        raise RuntimeError("the turn ended without Finished or Failed")
    return ends[0]


async def _server_sent(events: Generator[Event, None, None]) -> AsyncIterator[str]:
    """Each event as soon as it is there, made in a worker thread. A reader who leaves closes the turn."""
    try:
        while (event := await run_in_threadpool(next, events, None)) is not None:
            yield f"event: {event.kind}\ndata: {event.model_dump_json()}\n\n"
    finally:
        with anyio.CancelScope(shield=True):
            await run_in_threadpool(events.close)
