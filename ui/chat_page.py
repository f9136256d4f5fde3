"""The chat page for shoppers, in Gradio. A thin adapter: actions go to ``visits``, HTML comes from ``page_html``."""

import os
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import gradio as gr
from gradio import themes

from agent.events import ShopView
from ui.conversation import Conversation
from ui.page_html import header_html, notice_html, turns_html, welcome_html
from ui.ports import ShopAssistant
from ui.product_cards import needs_html
from ui.visits import Visits
from ui.wording import EN, Wording

Screen = tuple[Any, ...]
"""New values for ``_Widgets.changing``, in that order; ``gr.skip()`` leaves one as it is."""

_SILENCE = {"GRADIO_ANALYTICS_ENABLED": "False", "GRADIO_ANALYTICS_CACHE_FREQUENCY": str(10**12)}
"""Environment that Gradio reads: report nothing, and don't sum up the events of the queue after each one in pandas."""

_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "concurrency_limit": None}
"""For every event: no spinner of Gradio's, no public endpoint, no visitor waits for another."""


@dataclass(frozen=True, slots=True)
class PageStyle:
    """What Gradio wants to know when the page is mounted."""

    theme: themes.Base
    css: str
    head: str


@dataclass(frozen=True, slots=True)
class _Widgets:
    state: gr.State
    header: gr.HTML
    past: gr.HTML
    current: gr.HTML
    needs: gr.HTML
    notice: gr.HTML
    message: gr.Textbox
    restart: gr.Button
    settings: gr.Accordion
    shopper: gr.Textbox
    picker: gr.Dropdown

    @property
    def changing(self) -> list[Any]:
        """What a turn may change."""
        return [self.state, self.past, self.current, self.needs, self.notice, self.message]

    @property
    def worded(self) -> list[Any]:
        """What changes besides when the shop or the language does."""
        return [self.header, self.restart, self.settings, self.shopper, self.picker]


def page_style() -> PageStyle:
    """System fonts and our own style sheet; nothing is loaded from outside."""
    theme = themes.Base(
        primary_hue="teal", neutral_hue="stone", font=["system-ui", "sans-serif"], font_mono=["monospace"]
    )
    head = '<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">'
    return PageStyle(theme=theme, css=_asset("chat.css"), head=head)


def build_chat_page(assistants: Mapping[str, ShopAssistant]) -> gr.Blocks:
    """The page, ready to be mounted.

    Args:
        assistants: shop name -> its assistant, at least one; the first is shown first.
    """
    os.environ.update(_SILENCE)
    tabs = _Tabs(Visits(assistants))
    shops = [assistant.shop for assistant in assistants.values()]
    with gr.Blocks(title=shops[0].title, analytics_enabled=False, fill_width=True) as page:
        widgets = _layout(shops, tabs)
        state, message, shopper, picker = widgets.state, widgets.message, widgets.shopper, widgets.picker
        message.submit(tabs.ask, [state, message, shopper], widgets.changing, **_QUIET)
        for clickable in (widgets.past, widgets.current, widgets.needs):
            clickable.act(tabs.act, [state, shopper], widgets.changing, **_QUIET)
        opened = [*widgets.changing, *widgets.worded]
        page.load(tabs.open, [state, picker], opened, **_QUIET)
        widgets.restart.click(tabs.open, [state, picker], opened, **_QUIET)
        picker.change(tabs.open, [state, picker], opened, **_QUIET)
        page.unload(tabs.close)
    return page


def _layout(shops: list[ShopView], tabs: "_Tabs") -> _Widgets:
    """Draw the empty page; ``_Tabs.open`` fills it."""
    script = _asset("chat.js")
    plain: dict[str, Any] = {"apply_default_css": False, "padding": False}
    state = gr.State(None, delete_callback=tabs.expired)
    with gr.Column(elem_id="bc-page"):
        header = gr.HTML(header_html(shops[0], EN), js_on_load=None, **plain)
        with gr.Column(elem_id="bc-conversation"):
            past = gr.HTML("", js_on_load=script, elem_id="bc-past", **plain)
            current = gr.HTML("", js_on_load=script, elem_id="bc-current", **plain)
        with gr.Column(elem_id="bc-composer"):
            needs = gr.HTML("", js_on_load=script, elem_id="bc-understood", **plain)
            notice = gr.HTML(notice_html(""), js_on_load=None, elem_id="bc-notices", **plain)
            message = gr.Textbox(
                label=EN.message_label,
                placeholder=EN.placeholder,
                submit_btn=EN.send,
                show_label=False,
                container=False,
                lines=1,
                max_lines=5,
                elem_id="bc-message",
                html_attributes=gr.InputHTMLAttributes(autocomplete="off", enterkeyhint="send"),
            )
            with gr.Row(elem_id="bc-below"):
                restart = gr.Button(EN.new_conversation, elem_id="bc-restart", size="sm", variant="secondary")
                with gr.Accordion(EN.settings, open=False, elem_id="bc-settings") as settings:
                    picker = gr.Dropdown(
                        [(shop.title, shop.name) for shop in shops],
                        value=shops[0].name,
                        label=EN.shop,
                        visible=len(shops) > 1,
                        elem_id="bc-shop",
                    )
                    shopper = gr.Textbox(label=EN.shopper_id, info=EN.shopper_id_hint, elem_id="bc-shopper")
    return _Widgets(state, header, past, current, needs, notice, message, restart, settings, shopper, picker)


class _Tabs:
    """Gradio's events, turned into visits. A tab's conversation lives in its ``gr.State``.

    Gradio calls ``unload`` without any state, so open tabs are also found by Gradio's session hash.
    """

    def __init__(self, visits: Visits) -> None:
        self._visits = visits
        self._open: weakref.WeakValueDictionary[str, Conversation] = weakref.WeakValueDictionary()

    def open(self, old: Conversation | None, shop: str | None, request: gr.Request) -> Screen:
        """A first screen: page loaded, new conversation, or another shop."""
        if old is not None:
            self._visits.leave(old)
        fresh = self._begin(shop, request)
        view, words = self._visits.shop(fresh), fresh.words
        message = gr.update(value="", placeholder=words.placeholder, submit_btn=words.send, label=words.message_label)
        changing = (fresh, "", welcome_html(view, words), "", notice_html(""), message)
        return (*changing, header_html(view, words), *_worded(words))

    def ask(
        self, tab: Conversation | None, message: str | None, shopper: str | None, request: gr.Request
    ) -> Iterator[Screen]:
        """The composer was sent."""
        conversation = tab or self._begin(None, request)
        yield from self._drawn(
            conversation, self._visits.ask(conversation, message or "", shopper or ""), composed=True
        )

    def act(
        self, tab: Conversation | None, shopper: str | None, event: gr.EventData, request: gr.Request
    ) -> Iterator[Screen]:
        """A button within our own HTML was pressed; its data comes from the browser and is checked in ``Visits``."""
        conversation = tab or self._begin(None, request)
        data: dict[str, Any] = event._data or {}  # pyright: ignore[reportPrivateUsage] - Gradio has no other name for it
        act, key = str(data.get("act", "")), str(data.get("key", ""))
        match act:
            case "ask":
                notices = self._visits.ask(conversation, str(data.get("text", "")), shopper or "")
            case "react":
                notices = self._visits.react(conversation, key, str(data.get("reaction", "")))
            case _:
                notices = self._visits.remove(conversation, key)
        yield from self._drawn(conversation, notices, composed=False)

    def close(self, request: gr.Request) -> None:
        """The tab was closed or reloaded."""
        conversation = self._open.pop(request.session_hash or "", None)
        if conversation is not None:
            self._visits.leave(conversation)

    def expired(self, conversation: Conversation | None) -> None:
        """Gradio dropped the state of a tab."""
        if conversation is not None:
            self._visits.leave(conversation)

    def _begin(self, shop: str | None, request: gr.Request) -> Conversation:
        conversation = self._visits.begin(shop, request.headers.get("accept-language", ""))
        if request.session_hash:
            self._open[request.session_hash] = conversation
        return conversation

    def _drawn(self, conversation: Conversation, notices: Iterator[str], *, composed: bool) -> Iterator[Screen]:
        """One screen per notice. Turns that are over are drawn once more when the next one begins, then left alone."""
        shop, skip = self._visits.shop(conversation), gr.skip()
        turns_before = len(conversation.turns)
        first = True
        for notice in notices:
            began = first and len(conversation.turns) > turns_before
            turns = conversation.turns
            past = turns_html(conversation, turns[:-1], shop) if began else skip
            current = turns_html(conversation, turns[-1:], shop, first=len(turns) - 1) if turns else skip
            needs = needs_html(conversation.needs, conversation.words)
            message = "" if composed and began else skip
            yield (conversation, past, current, needs, notice_html(notice), message)
            first = False


def _worded(words: Wording) -> Screen:
    return (
        words.new_conversation,
        gr.update(label=words.settings),
        gr.update(label=words.shopper_id, info=words.shopper_id_hint),
        gr.update(label=words.shop),
    )


def _asset(name: str) -> str:
    return files("ui").joinpath("assets", name).read_text(encoding="utf-8")
