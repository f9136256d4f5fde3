"""The server: chat page at ``/``, API at ``/api/v1``, health at ``/healthz`` and ``/readyz``."""

import errno
import socket
from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.routing import Mount

from ui.chat_page import build_chat_page, page_style
from ui.ports import ShopAssistant
from ui.problems import ProblemError, add_problem_handlers
from ui.request_guard import PAGE_BODY_LIMIT, RequestGuard
from ui.shop_api import shop_api
from ui.terminal import DoorError


class ServerError(DoorError):
    """The server cannot start; the message says why and what to do."""


def _always() -> bool:
    return True


def create_app(assistants: Mapping[str, ShopAssistant], *, ready: Callable[[], bool] = _always) -> FastAPI:
    """The whole web application.

    Args:
        assistants: shop name -> its assistant, at least one; the first is the default.
        ready: whether turns can be answered now; ``/readyz`` says so.

    Raises:
        ServerError: there is no assistant.
    """
    if not assistants:
        raise ServerError("there is no shop to serve; make one with: because ingest")
    # The interactive docs of FastAPI load their scripts from outside, so only the schema is offered.
    app = FastAPI(title="Because", docs_url=None, redoc_url=None, openapi_url="/api/v1/openapi.json")
    add_problem_handlers(app)
    app.include_router(shop_api(assistants))

    @app.get("/healthz", tags=["health"])
    def healthz() -> dict[str, str]:
        """The process lives."""
        return {"status": "ok"}

    @app.get("/readyz", tags=["health"])
    def readyz(request: Request) -> JSONResponse:
        """Turns can be answered."""
        if not ready():
            raise ProblemError(503, "not-ready", "Not ready", "The assistant is not ready yet. Try again in a moment.")
        return JSONResponse({"status": "ready"})

    _mount_page(app, build_chat_page(assistants))
    app.add_middleware(RequestGuard)
    return app


def _mount_page(app: FastAPI, page: gr.Blocks) -> None:
    """Put the page at ``/`` with everything off that we do not use, above all what would reach outside."""
    style = page_style()
    gr.mount_gradio_app(
        app,
        page,
        path="/",
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        enable_monitoring=False,
        mcp_server=False,
        pwa=False,
        max_file_size=PAGE_BODY_LIMIT,
        theme=style.theme,
        css=style.css,
        head=style.head,
    )
    app.state.page = next(route.app for route in app.routes if isinstance(route, Mount))


class _Server(uvicorn.Server):
    """Tells the page to end its open streams first; otherwise every open tab would hold up Ctrl-C."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._page: Any = app.state.page

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._page.stop_event.set()
        await super().shutdown(sockets)


def serve(
    app: FastAPI, host: str = "127.0.0.1", port: int = 7860, *, listening: Callable[[str], None] | None = None
) -> None:
    """Serve until Ctrl-C.

    Args:
        app: from ``create_app``.
        host: address to listen on; loopback unless the owner says otherwise.
        port: TCP port, 0 for any free one.
        listening: told the address of the page once the port is ours.

    Raises:
        ServerError: the address cannot be listened on.
    """
    listener = _listen(host, port)
    if listening is not None:
        listening(f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}")
    try:
        page_server(app).run(sockets=[listener])
    except KeyboardInterrupt:
        pass  # the way to stop it
    finally:
        listener.close()


def page_server(app: FastAPI) -> uvicorn.Server:
    """The server that ``serve`` runs, for a caller with a socket and a thread of its own."""
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=3, server_header=False)
    return _Server(config, app)


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket; uvicorn itself would end the process with a log line instead of an error."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)  # from here on a browser waits instead of being refused
    except OSError as fault:
        listener.close()
        if fault.errno == errno.EADDRINUSE:
            raise ServerError(f"port {port} on {host} is taken: stop the other program or choose --port") from fault
        raise ServerError(f"cannot listen on {host}:{port}: {fault.strerror or fault}") from fault
    return listener
