"""A scripted assistant of a small shop, and the application around it."""

import gc
import socket
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping

import pytest
from fastapi import FastAPI

from agent.events import (
    Degraded,
    Event,
    FactView,
    Failed,
    Finished,
    NeedView,
    ProductsFound,
    ProductView,
    ReasonView,
    ReplyText,
    ShopView,
    Status,
    TermView,
    TurnResult,
    Understood,
)
from kg_tools.errors import UnknownProductError
from kg_tools.products import Product
from ui import server

BASE = "urn:because:demo:"
SCHEMA = "https://schema.org/"
OWN = "urn:because:vocabulary:"

CATALOGUE = {
    "T-1": ("Norrvik Trail Pack 28 litres, waterproof, slate", 54.9, "Backpacks", "Norrvik", "waterproof"),
    "T-2": ("Halden Commuter Backpack with laptop sleeve", 59.0, "Backpacks", "Halden", "laptop sleeve"),
    "T-3": ("Pellegrin Light Tent for two", 148.5, "Tents", "Pellegrin", "waterproof"),
    "T-4": ("Oslo Stoneware Mug, 400 ml", 12.0, "Mugs", "Oslo", "dishwasher safe"),
    "T-5": ("Brightwell Over-Ear Headphones", 89.0, "Headphones", "Brightwell", "noise cancelling"),
    "T-6": ("Marlow Curling Iron, ceramic", 34.95, "Curling irons", "Marlow", "ceramic"),
}


def iri(product_id: str) -> str:
    return f"{BASE}product:{product_id}"


def fact(product_id: str, predicate: str, node: str, source: str = "products") -> FactView:
    return FactView(subject=iri(product_id), predicate=predicate, object=BASE + node, source=f"{BASE}source:{source}")


def view(product_id: str) -> ProductView:
    title, price, category, _, feature = CATALOGUE[product_id]
    category_slug, feature_slug = category.lower().replace(" ", "-"), feature.replace(" ", "-")
    by_category = fact(product_id, SCHEMA + "category", f"category:{category_slug}")
    by_feature = fact(product_id, OWN + "feature", f"feature:{feature_slug}", "mined-features")
    alongside = FactView(
        subject=iri(product_id), predicate=OWN + "boughtAlongside", object=iri("T-2"), source=f"{BASE}source:derived"
    )
    return ProductView(
        product_id=product_id,
        title=title,
        price=price,
        score=1.25,
        terms=(TermView(name="need", value=1.25),),
        reasons=(
            ReasonView(text=f"It is one of the {category.lower()} you asked for.", facts=(by_category,)),
            ReasonView(text=f"It is {feature} and often bought with the Halden pack.", facts=(by_feature, alongside)),
        ),
    )


class ScriptedAssistant:
    """Keeps needs per session; answers with fixed products; its faults are asked for by words in the message."""

    def __init__(self, name: str = "demo", title: str = "Demo Shop", *, synthetic: bool = True) -> None:
        self.shop = ShopView(
            name=name,
            title=title,
            synthetic=synthetic,
            products=2400,
            currency="USD",
            created="2026-10-30T10:00:00+00:00",
            examples=(
                "a waterproof backpack under 60",
                "a gift for someone who bakes, 20 to 40",
                "quiet headphones for the train",
                "a light tent for two, not red",
            ),
        )
        self.sessions: dict[str, list[NeedView]] = {}
        self.users: list[str | None] = []
        self.forgotten: list[str] = []
        self.reactions: list[tuple[str, str]] = []
        self.go_on = threading.Event()
        self.closed = threading.Event()

    def reply(self, message: str, *, session_id: str, user_id: str | None = None) -> Iterator[Event]:
        self.users.append(user_id)
        needs = self.sessions.setdefault(session_id, [])
        if len(message) > 4000:
            yield Failed(message="Your message is too long. Please say it in at most 4,000 characters.")
            return
        if "explode" in message:
            raise RuntimeError("secret detail /etc/shop.key")
        if "slow" in message:
            yield Status(step="understand", message="Reading your message…")
            try:
                while not self.go_on.wait(0.02):
                    yield Status(step="search", message="Still searching…")
            finally:
                self.closed.set()
        for word in message.split():
            if word.startswith("not:"):
                text = f"not {word[4:]}"
                needs.append(NeedView(key=f"k{len(needs)}", text=text, wanted=False, hard=True, kind="brand"))
            elif word.startswith("maybe:"):
                needs.append(NeedView(key=f"k{len(needs)}", text=word[6:], wanted=True, hard=False, kind="feature"))
        if not message.startswith("not:"):
            needs.append(NeedView(key=f"k{len(needs)}", text=message[:60], wanted=True, hard=True, kind="category"))
        ids = list(CATALOGUE)[: 4 if "waterproof" in message else 3]
        yield from self._turn(session_id, ids, degraded="simple" in message, chinese="背包" in message)

    def remove_need(self, key: str, *, session_id: str) -> Iterator[Event]:
        self.sessions[session_id] = [need for need in self.sessions[session_id] if need.key != key]
        yield from self._turn(session_id, ["T-5", "T-6"])

    def react(self, product_id: str, reaction: str, *, session_id: str) -> Iterator[Event]:
        self.reactions.append((product_id, reaction))
        yield from self._turn(session_id, ["T-4", "T-5"])

    def forget_session(self, session_id: str) -> None:
        self.forgotten.append(session_id)
        self.sessions.pop(session_id, None)

    def product(self, product_id: str) -> Product:
        if product_id not in CATALOGUE:
            raise UnknownProductError(f"no product '{product_id}' in shop '{self.shop.name}'")
        title, price, category, brand, feature = CATALOGUE[product_id]
        return Product(
            iri=iri(product_id),
            product_id=product_id,
            title=title,
            price=price,
            in_stock=product_id != "T-3",
            attributes={"category": (category,), "brand": (brand,), "feature": (feature,)},
        )

    def _turn(
        self, session_id: str, ids: list[str], *, degraded: bool = False, chinese: bool = False
    ) -> Iterator[Event]:
        yield Status(step="understand", message="Reading your message…")
        needs = tuple(self.sessions.setdefault(session_id, []))
        yield Understood(act="recommend", needs=needs, language="zh" if chinese else "en")
        yield Status(step="search", message=f"Searching {len(CATALOGUE)} products…")
        products = tuple(view(product_id) for product_id in ids)
        yield ProductsFound(products=products)
        if degraded:
            yield Degraded(reason="The language model does not answer, so the sentences are templates.")
        pieces = ["Here are ", f"{len(ids)} that fit. ", "The first one meets every need you named."]
        for piece in pieces:
            yield ReplyText(text=piece)
        yield Finished(turn=TurnResult(reply="".join(pieces), act="recommend", products=products, degraded=degraded))


class Served:
    """An application on a free loopback port, in a thread of its own."""

    def __init__(self, app: FastAPI) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._server = server.page_server(app)
        self._thread = threading.Thread(target=self._server.run, args=([self._listener],))

    def __enter__(self) -> "Served":
        self._thread.start()
        deadline = time.monotonic() + 20
        while not self._server.started:
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.02)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=20)
        self._listener.close()
        assert not self._thread.is_alive()


@pytest.fixture
def assistant() -> ScriptedAssistant:
    return ScriptedAssistant()


@pytest.fixture
def make_view() -> Callable[[str], ProductView]:
    return view


@pytest.fixture
def make_app() -> Callable[..., FastAPI]:
    """``create_app``; Gradio leaves event loops of its own to the garbage collector, which warns about each."""

    def make(assistants: Mapping[str, ScriptedAssistant], **options: object) -> FastAPI:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            app = server.create_app(assistants, **options)
            gc.collect()
        return app

    return make


@pytest.fixture
def serve() -> type[Served]:
    return Served


@pytest.fixture
def another_assistant() -> Callable[..., ScriptedAssistant]:
    return ScriptedAssistant
