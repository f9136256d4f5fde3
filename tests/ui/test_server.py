import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from ui.server import ServerError, create_app, serve

PROGRAM = textwrap.dedent(
    """
    import importlib.util, sys
    spec = importlib.util.spec_from_file_location("scripted", sys.argv[1])
    scripted = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scripted)
    from ui.server import create_app, serve
    serve(create_app({"demo": scripted.ScriptedAssistant()}), port=0, listening=lambda url: print(url, flush=True))
    """
)


def test_a_taken_port_is_told(make_app: Callable[..., FastAPI], assistant: Any) -> None:
    app = make_app({"demo": assistant})
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServerError, match=rf"port {port} on 127\.0\.0\.1 is taken"):
            serve(app, port=port)


def test_an_address_of_another_machine_is_told(make_app: Callable[..., FastAPI], assistant: Any) -> None:
    with pytest.raises(ServerError, match=r"cannot listen on 192\.0\.2\.1:0"):
        serve(make_app({"demo": assistant}), host="192.0.2.1", port=0)


def test_no_shop_no_server() -> None:
    with pytest.raises(ServerError, match="because ingest"):
        create_app({})


def test_ctrl_c_ends_it_quietly_though_a_tab_is_open(request: pytest.FixtureRequest) -> None:
    conftest = request.path.with_name("conftest.py")
    environment = {**os.environ, "PYTHONPATH": str(request.config.rootpath)}
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(conftest)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=request.config.rootpath,
    )
    try:
        assert program.stdout is not None
        url = program.stdout.readline().strip()
        with httpx.stream("GET", f"{url}/gradio_api/heartbeat/tab", timeout=20) as heartbeat:
            assert heartbeat.status_code == 200
            program.send_signal(signal.SIGINT)
            began = time.monotonic()
            _, errors = program.communicate(timeout=20)
            assert time.monotonic() - began < 3
    finally:
        if program.poll() is None:
            program.kill()
            program.wait()
    assert program.returncode == 0
    assert "Traceback" not in errors
    assert "ERROR" not in errors
