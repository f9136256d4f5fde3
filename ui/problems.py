"""What a visitor or a program is told when something goes wrong: never internals, always a request id."""

import logging
import uuid
from collections.abc import Mapping
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from ui.wording import EN

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"


class InvalidPart(BaseModel):
    """One thing wrong with a request: where, what, and what to do."""

    where: str
    what: str
    hint: str


class Problem(BaseModel):
    """Problem details as in RFC 9457, with a request id and the parts that are wrong.

    Attributes:
        type: a URN that programs can tell problems apart by.
        title: the kind of problem, the same every time.
        status: the HTTP status.
        detail: what happened this time and what to do.
        request_id: also in the server's log and in the header ``X-Request-Id``.
        errors: the parts of the request that are wrong.
    """

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    errors: tuple[InvalidPart, ...] = ()


class ProblemError(Exception):
    """Raised by a route to answer with a problem; arguments as in ``Problem``, ``name`` ends its URN."""

    def __init__(self, status: int, name: str, title: str, detail: str, errors: tuple[InvalidPart, ...] = ()) -> None:
        super().__init__(detail)
        self.status, self.name, self.title, self.detail, self.errors = status, name, title, detail, errors


def new_request_id() -> str:
    """Twelve hexadecimal digits, unguessable."""
    return uuid.uuid4().hex[:12]


def problem_body(fault: ProblemError, request_id: str) -> dict[str, object]:
    """The JSON object of a problem."""
    problem = Problem(
        type=f"urn:because:problem:{fault.name}",
        title=fault.title,
        status=fault.status,
        detail=fault.detail,
        request_id=request_id,
        errors=fault.errors,
    )
    return problem.model_dump(mode="json", exclude=None if fault.errors else {"errors"})


def add_problem_handlers(app: FastAPI) -> None:
    """Answer every error of the application as a problem."""
    app.add_exception_handler(ProblemError, _on_problem)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(Exception, _on_fault)


async def _on_problem(request: Request, fault: Exception) -> JSONResponse:
    return _answer(request, cast("ProblemError", fault))


async def _on_http(request: Request, fault: Exception) -> JSONResponse:
    stated = cast("HTTPException", fault)
    text = str(stated.detail)
    response = _answer(request, ProblemError(stated.status_code, f"http-{stated.status_code}", text, text))
    response.headers.update(stated.headers or {})
    return response


async def _on_invalid(request: Request, fault: Exception) -> JSONResponse:
    errors = tuple(_invalid_part(error) for error in cast("RequestValidationError", fault).errors())
    detail = " ".join(f"{part.where}: {part.what}." for part in errors)
    return _answer(request, ProblemError(422, "invalid-request", "The request is not valid", detail, errors))


async def _on_fault(request: Request, fault: Exception) -> JSONResponse:
    request_id = request_id_of(request)
    logger.error("request %s failed", request_id, exc_info=fault)
    detail = EN.broken.format(request_id=request_id)
    response = _answer(request, ProblemError(500, "internal", "Something went wrong on our side", detail))
    # This handler answers outside every middleware, so it sets what RequestGuard would have set.
    response.headers.update({"X-Request-Id": request_id, "X-Content-Type-Options": "nosniff"})
    return response


def _answer(request: Request, fault: ProblemError) -> JSONResponse:
    body = problem_body(fault, request_id_of(request))
    return JSONResponse(body, status_code=fault.status, media_type=MEDIA_TYPE)


def request_id_of(request: Request) -> str:
    """The id the middleware gave this request."""
    return str(getattr(request.state, "request_id", "")) or new_request_id()


def _invalid_part(error: Mapping[str, Any]) -> InvalidPart:
    """One error of pydantic's list."""
    where = ".".join(str(step) for step in error["loc"])
    return InvalidPart(where=where, what=str(error["msg"]), hint=_hint(str(error["type"]), error.get("ctx", {})))


def _hint(kind: str, limits: Mapping[str, Any]) -> str:
    if kind == "string_too_long":
        return f"Shorten it to {limits.get('max_length')} characters."
    return _HINTS.get(kind, "See /api/v1/openapi.json.")


_HINTS = {
    "missing": "Add this member.",
    "string_too_short": "Write what the shopper is looking for.",
    "json_invalid": "Send a JSON object, in UTF-8.",
    "extra_forbidden": "Leave this member out; see /api/v1/openapi.json.",
    "uuid_parsing": "Leave it out to begin a session; its id comes back in the header X-Session-Id.",
}
