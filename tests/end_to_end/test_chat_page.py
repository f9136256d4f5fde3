"""The chat page over the real assistant of the demo shop, in a real browser."""

import gc
import shutil
import socket
import threading
import time
import warnings
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import sync_playwright

from agent.assistant import Assistant
from ui.server import create_app, page_server

CHROMIUM = shutil.which("chromium") or ""
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]

pytestmark = [
    pytest.mark.model,
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="needs Chromium on the PATH: apt-get install chromium"),
]


@pytest.fixture
def url(assistant: Assistant) -> Iterator[str]:
    with warnings.catch_warnings():  # Gradio leaves event loops of its own to the garbage collector
        warnings.simplefilter("ignore", ResourceWarning)
        server = page_server(create_app({"demo": assistant}))
        gc.collect()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        deadline = time.monotonic() + 30
        while not server.started:
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.05)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=30)


@pytest.fixture
def page(url: str) -> Iterator[Any]:
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(60_000)
        page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
        page.on(
            "request",
            lambda sent: urlsplit(sent.url).hostname not in {"127.0.0.1", None} and complaints.append(sent.url),
        )
        page.goto(url)
        page.wait_for_selector(".bc-example")
        yield page
        browser.close()
    assert complaints == []


def answered(page: Any, turns: int) -> Any:
    page.wait_for_selector(f'.bc-turn[data-turn="{turns - 1}"][aria-busy="false"]')
    turn = page.locator(f'.bc-turn[data-turn="{turns - 1}"]')
    assert turn.locator(".bc-failed").count() == 0
    return turn


def shown(turn: Any) -> list[str]:
    return [card.get_attribute("data-product") for card in turn.locator(".bc-card").all()]


def test_an_example_a_refinement_a_dislike_and_a_need_taken_back(page: Any, assistant: Assistant) -> None:
    assert page.locator(".bc-badge").is_visible()
    assert page.locator(".bc-example").count() == len(assistant.shop.examples) > 0

    page.locator(".bc-example").first.click()
    first = answered(page, 1)
    products = shown(first)
    assert 1 <= len(products) <= 5
    assert page.locator(".bc-chip").count() > 0
    for card in first.locator(".bc-card").all():
        assert card.locator("summary").count() >= 1
        facts = card.locator(".bc-facts li").all_text_contents()
        assert facts
        assert not [fact for fact in facts if "urn:" in fact or "https://" in fact]

    chips = page.locator(".bc-chip").count()
    page.get_by_label("Your message").fill("under 1000")
    page.keyboard.press("Enter")
    answered(page, 2)
    assert page.locator(".bc-chip").count() == chips + 1

    last = page.locator(".bc-turn").last
    disliked = shown(last)[0]
    last.locator('[data-reaction="dislike"]').first.click()
    assert disliked not in shown(answered(page, 3))

    page.locator(".bc-chip").last.click()
    answered(page, 4)
    assert page.locator(".bc-chip").count() == chips
