"""The chat page in a real browser: a whole conversation, with every request and console message watched."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI
from playwright.sync_api import sync_playwright

CHROMIUM = shutil.which("chromium") or ""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="needs Chromium on the PATH: apt-get install chromium"),
]


class Watched:
    """Pages of one browser; remembers whatever should not have happened in any of them."""

    def __init__(self, browser: Any, url: str) -> None:
        self._browser = browser
        self.url = url
        self.complaints: list[str] = []
        self.requests = 0

    def page(self, *, width: int = 1280, height: int = 900, **context: Any) -> Any:
        page = self._browser.new_context(viewport={"width": width, "height": height}, **context).new_page()
        page.set_default_timeout(15_000)
        page.on("request", self._on_request)
        page.on("response", lambda answer: answer.status >= 400 and self._complain(f"{answer.status} {answer.url}"))
        page.on("console", lambda said: said.type in {"error", "warning"} and self._complain(f"console: {said.text}"))
        page.on("pageerror", lambda error: self._complain(f"page error: {error}"))
        page.goto(self.url)
        page.wait_for_selector(".bc-example")
        return page

    def _on_request(self, request: Any) -> None:
        self.requests += 1
        address = urlsplit(request.url)
        if address.scheme not in {"data", "blob"} and address.hostname != "127.0.0.1":
            self._complain(f"outside request: {request.url}")

    def _complain(self, what: str) -> None:
        self.complaints.append(what)


@pytest.fixture
def watched(make_app: Callable[..., FastAPI], serve: Any, assistant: Any) -> Iterator[Watched]:
    with serve(make_app({"demo": assistant})) as served, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        watched = Watched(browser, served.url)
        yield watched
        browser.close()
    assert watched.requests > 0
    assert watched.complaints == []


def ask(page: Any, message: str) -> None:
    box = page.get_by_label("Your message")
    box.fill(message)
    box.press("Enter")


def answered(page: Any, turns: int) -> Any:
    """The last turn, once it is over."""
    page.wait_for_selector(f'.bc-turn[data-turn="{turns - 1}"][aria-busy="false"]')
    return page.locator(f'.bc-turn[data-turn="{turns - 1}"]')


def overflow(page: Any) -> int:
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def test_a_whole_conversation(watched: Watched, assistant: Any) -> None:
    page = watched.page()
    assert page.locator("h1").inner_text().startswith("Demo Shop")
    assert page.locator(".bc-badge").is_visible()
    assert "2,400 products · catalogue of 2026-10-30" in page.locator(".bc-header").inner_text()
    assert page.locator(".bc-example").count() == 4

    ask(page, "a waterproof backpack not:Conair maybe:quiet")
    turn = answered(page, 1)
    assert page.get_by_label("Your message").input_value() == ""
    assert turn.locator(".bc-card").count() == 4
    assert turn.locator(".bc-price").first.inner_text().startswith("$54.90")
    assert "The first one meets every need" in turn.locator(".bc-reply").inner_text()
    chips = page.locator(".bc-chip")
    assert [chip.strip() for chip in page.locator(".bc-chip bdi").all_inner_texts()] == [
        "not Conair",
        "quiet",
        "a waterproof backpack not:Conair maybe:quiet",
    ]
    assert "✕" in chips.nth(0).inner_text()
    assert "if possible" in chips.nth(1).inner_text()

    summary = turn.locator("summary").first
    assert "category: backpacks" in summary.get_attribute("title")
    summary.focus()
    page.keyboard.press("Enter")
    facts = turn.locator(".bc-facts").first
    facts.wait_for(state="visible")
    assert "category: backpacks (stated in “products”)" in facts.inner_text()

    page.get_by_role("button", name="Like Norrvik").click()
    second = answered(page, 2)
    page.wait_for_function("document.querySelector('[data-turn=\"1\"]').getBoundingClientRect().top < 20")
    assert second.bounding_box()["y"] >= 0
    assert assistant.reactions == [("T-1", "like")]
    assert page.locator('[data-turn="0"] [data-reaction="like"]').first.get_attribute("aria-pressed") == "true"

    page.get_by_role("button", name="Remove: not Conair").click()
    answered(page, 3)
    assert chips.count() == 2

    page.get_by_role("button", name="New conversation").click()
    page.wait_for_selector(".bc-example")
    assert page.locator(".bc-turn").count() == 0
    assert page.locator(".bc-chip").count() == 0
    assert len(assistant.forgotten) == 1
    page.locator(".bc-example").first.click()
    answered(page, 1)
    assert chips.count() == 1


def test_two_visitors_do_not_mix_and_leaving_forgets(watched: Watched, assistant: Any) -> None:
    one, two = watched.page(), watched.page()
    ask(one, "a tent")
    ask(two, "a mug")
    answered(one, 1)
    answered(two, 1)
    assert one.locator(".bc-chip bdi").all_inner_texts() == ["a tent"]
    assert two.locator(".bc-chip bdi").all_inner_texts() == ["a mug"]
    assert len(assistant.sessions) == 2
    one.context.close()
    for _ in range(100):
        if assistant.forgotten:
            break
        two.wait_for_timeout(50)
    assert [[need.text for need in needs] for needs in assistant.sessions.values()] == [["a mug"]]


def test_a_slow_turn_streams_its_status_blocks_nobody_and_ends_when_the_visitor_leaves(
    watched: Watched, assistant: Any
) -> None:
    slow, quick = watched.page(), watched.page()
    ask(slow, "slow please")
    slow.get_by_text("Still searching…").wait_for()
    ask(quick, "a mug")
    answered(quick, 1)
    assert not assistant.closed.is_set()
    slow.context.close()
    for _ in range(200):
        if assistant.closed.is_set():
            break
        quick.wait_for_timeout(50)
    assert assistant.closed.is_set()


def test_empty_long_and_faulty_messages(watched: Watched) -> None:
    page = watched.page()
    ask(page, "   ")
    page.get_by_text("Write what you are looking for").wait_for()
    assert page.locator(".bc-turn").count() == 0
    ask(page, "y" * 20_000)
    assert "too long" in answered(page, 1).locator(".bc-failed").inner_text()
    ask(page, "explode")
    failed = answered(page, 2).locator(".bc-failed").inner_text()
    assert "mention request" in failed
    assert "secret" not in page.content()
    ask(page, "<img src=x onerror=alert(1)> ${1+1} {{value}}")
    asked = answered(page, 3).locator(".bc-asked").inner_text()
    assert "<img src=x onerror=alert(1)> ${1+1} {{value}}" in asked
    assert page.locator(".bc-turn img").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_phone_width_has_no_sideways_scroll(watched: Watched, scheme: str) -> None:
    page = watched.page(width=375, height=812, color_scheme=scheme)
    assert overflow(page) == 0
    ask(page, "a waterproof backpack " + "verylongword" * 30)
    answered(page, 1)
    assert overflow(page) == 0
    composer = page.locator("#bc-composer").bounding_box()
    assert composer["y"] + composer["height"] == pytest.approx(812, abs=1)
    small = page.evaluate(
        """() => [...document.querySelectorAll('.bc-card button, #bc-message button, .bc-chip')]
            .filter(button => button.getBoundingClientRect().height < 36).length"""
    )
    assert small == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(watched: Watched, scheme: str) -> None:
    page = watched.page(color_scheme=scheme)
    ask(page, "a waterproof pack not:Conair maybe:quiet simple")
    answered(page, 1)
    assert page.evaluate(CONTRASTS) == []


def test_every_button_and_field_has_a_name_and_shows_its_focus(watched: Watched) -> None:
    page = watched.page()
    ask(page, "a waterproof pack not:Conair")
    answered(page, 1)
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll('#bc-page button, #bc-page input, #bc-page textarea')]
            .filter(e => e.offsetParent && !(e.ariaLabel || e.innerText.trim() || e.labels?.[0]?.textContent.trim()))
            .map(e => e.outerHTML)"""
    )
    assert unnamed == []
    page.get_by_label("Your message").focus()
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_a_chinese_browser_gets_a_chinese_page(watched: Watched) -> None:
    page = watched.page(locale="zh-CN")
    page.get_by_placeholder("您想找什么？").fill("背包")
    page.get_by_role("button", name="提问").click()
    turn = answered(page, 1)
    assert turn.get_by_role("button", name="不合适").count() == 0 or turn.get_attribute("lang") == "zh"
    assert page.locator(".bc-needs h2").inner_text() == "我的理解"


def test_a_picker_only_where_there_is_a_choice(
    make_app: Callable[..., FastAPI], serve: Any, another_assistant: Any, watched: Watched
) -> None:
    page = watched.page()
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Shopper id").wait_for()
    assert page.locator("#bc-shop").count() == 0
    page.get_by_label("Shopper id").fill("U42")
    shops = {"demo": another_assistant(), "other": another_assistant("other", "Other Shop", synthetic=False)}
    with serve(make_app(shops)) as served:
        watched.url = served.url
        page = watched.page()
        page.get_by_role("button", name="Settings").click()
        page.locator("#bc-shop input").click()
        page.get_by_role("option", name="Other Shop").click()
        page.locator("h1", has_text="Other Shop").wait_for()
        assert page.locator(".bc-badge").count() == 0
        ask(page, "a mug")
        answered(page, 1)
        assert len(shops["other"].sessions) == 1
        assert shops["demo"].sessions == {}
        page.context.close()


# Texts with less contrast than WCAG 2.2 AA asks for (4.5, or 3 for large ones), against the nearest painted ground.
CONTRASTS = """() => {
  const paint = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgb = (colour) => {
    paint.clearRect(0, 0, 1, 1); paint.fillStyle = colour; paint.fillRect(0, 0, 1, 1);
    return [...paint.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const found = rgb(getComputedStyle(e).backgroundColor);
      if (found[3] === 255) return found;
    }
    return [255, 255, 255, 255];
  };
  const weak = [];
  for (const e of document.querySelectorAll('#bc-page *')) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || !e.offsetParent || e.closest('[aria-hidden="true"], .bc-unseen, .sr-only, .hide')) continue;
    const style = getComputedStyle(e);
    const [a, b] = [light(rgb(style.color)), light(ground(e))].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const ratio = (a + 0.05) / (b + 0.05);
    const text = e.textContent.trim().slice(0, 40);
    if (ratio < (large ? 3 : 4.5)) weak.push(`${e.className} "${text}" ${ratio.toFixed(2)}`);
  }
  return weak;
}"""
