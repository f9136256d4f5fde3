"""What holds for every request: an id, security headers, a bounded body. Plain ASGI, so that streams stay streams."""

import json

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.problems import MEDIA_TYPE, ProblemError, new_request_id, problem_body

API_BODY_LIMIT = 64 * 1024
PAGE_BODY_LIMIT = 1024 * 1024
"""Bytes. The page's own requests carry a message and ids, never files."""

# Gradio's front end evaluates component templates and inlines its configuration: scripts need 'unsafe-inline' and
# 'unsafe-eval'. Everything else stays on this host, so the page cannot reach outside even if something tried to.
CONTENT_POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)

SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class RequestGuard:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with an id, its answer with headers; refuse a body past the limit."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = new_request_id()
        scope.setdefault("state", {})["request_id"] = request_id
        limit = API_BODY_LIMIT if scope["path"].startswith("/api/") else PAGE_BODY_LIMIT

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                for name in [name for name in headers if name.startswith("access-control-")]:
                    del headers[name]  # Gradio would let any site read the page
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        body = await _body(Headers(scope=scope), receive, limit)
        if body is None:
            await _too_large(request_id, limit, send_with_headers)
        else:
            await self.app(scope, _replayed(body, receive), send_with_headers)


async def _body(headers: Headers, receive: Receive, limit: int) -> bytes | None:
    """The whole body, None once it is past the limit; what was stated to be too large is not read at all."""
    stated = headers.get("content-length", "0")
    if not stated.isdigit() or int(stated) > limit:
        return None
    if stated == "0" and "transfer-encoding" not in headers:
        return b""
    pieces: list[bytes] = []
    total = 0
    while True:
        message = await receive()
        pieces.append(message.get("body", b""))
        total += len(pieces[-1])
        if total > limit:
            return None
        if not message.get("more_body", False):
            return b"".join(pieces)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The body in one piece, then whatever the server says next (the visitor leaving)."""
    told = False

    async def replayed() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed


async def _too_large(request_id: str, limit: int, send: Send) -> None:
    detail = f"The body is larger than {limit // 1024} kB. Send a shorter message."
    fault = ProblemError(413, "body-too-large", "The body is too large", detail)
    body = json.dumps(problem_body(fault, request_id)).encode()
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})
