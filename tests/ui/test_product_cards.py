from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from agent.events import FactView, NeedView, ProductView, ReasonView, TermView, TurnResult
from kg_tools.products import Product
from ui.fact_words import fact_words, readable, source_words
from ui.product_cards import card_html, format_price, needs_html, render_turn_text
from ui.tiles import tile_html
from ui.wording import EN, ZH, wording

NASTY = [
    '<script>alert("x")</script>',
    '" onmouseover="alert(1)" x=\'',
    "\u202eevil\u202c \u200f<b>",
    "</details></li><img src=x onerror=alert(1)>",
    "a & b &lt; ${value} {{value}} `x`",
    "長" * 2000,
]


class Elements(HTMLParser):
    """Every element with its attributes, and the text between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in {"path", "circle"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def nasty_view(text: str) -> ProductView:
    fact = FactView(subject=text, predicate="https://schema.org/brand", object=text, source=f"urn:x:source:{text}")
    return ProductView(
        product_id=text,
        title=text,
        price=1.0,
        score=1.0,
        terms=(TermView(name="need", value=1.0),),
        reasons=(ReasonView(text=text, facts=(fact,)),),
    )


@pytest.mark.parametrize("text", NASTY)
def test_nothing_from_the_catalogue_becomes_markup(text: str) -> None:
    plain = Elements(card_html(nasty_view("plain"), rank=1, currency="USD", product=Product("urn:x", "plain", "plain")))
    product = Product("urn:x", text, text, attributes={"category": (text,), "brand": (text,)})
    nasty = Elements(card_html(nasty_view(text), rank=1, currency="USD", product=product))
    assert not nasty.open
    assert {tag for tag, _ in nasty.elements} <= {tag for tag, _ in plain.elements} | {"path", "text"}
    assert not [name for _, attributes in nasty.elements for name in attributes if name.startswith("on")]
    assert ("h3", text) in [(tag, attributes.get("title")) for tag, attributes in nasty.elements]
    assert text in nasty.text


@pytest.mark.parametrize("text", NASTY)
def test_needs_escape_what_the_shopper_said(text: str) -> None:
    need = NeedView(key=text, text=text, wanted=True, hard=True, kind="text")
    found = Elements(needs_html([need]))
    assert not found.open
    assert [a["data-key"] for tag, a in found.elements if tag == "button"] == [text]
    assert text in found.text


def test_wanted_and_avoided_differ_without_colour() -> None:
    def chip(*, wanted: bool, hard: bool = True) -> Elements:
        return Elements(needs_html([NeedView(key="k", text="x", wanted=wanted, hard=hard, kind="text")]))

    wanted, avoided, soft = chip(wanted=True), chip(wanted=False), chip(wanted=True, hard=False)
    assert "✓" in wanted.text
    assert "✕" in avoided.text
    assert EN.if_possible in soft.text
    labels = [next(a["aria-label"] for tag, a in found.elements if tag == "button") for found in (wanted, avoided)]
    assert labels == ["Remove: x, wanted, must", "Remove: x, not wanted, must"]


def test_no_needs_no_panel() -> None:
    assert needs_html([]) == ""


def test_card_tells_rank_brand_price_stock_reasons_and_facts(
    make_view: Callable[[str], ProductView], assistant: object
) -> None:
    product = assistant.product("T-3")  # type: ignore[attr-defined]
    html = card_html(
        make_view("T-3"),
        rank=2,
        currency="EUR",
        product=product,
        titles={product.iri: product.title, "urn:because:demo:product:T-2": "Halden Commuter"},
        reaction="like",
    )
    found = Elements(html)
    for expected in ("2", "Pellegrin", "€148.50", "Out of stock", "It is one of the tents you asked for."):
        assert expected in found.text
    assert "This product · often bought alongside: Halden Commuter (from shopping histories)" in found.text
    assert "urn:" not in found.text
    pressed = {a["data-reaction"]: a["aria-pressed"] for tag, a in found.elements if tag == "button"}
    assert pressed == {"like": "true", "dislike": "false"}
    tooltips = [a["title"] or "" for tag, a in found.elements if tag == "summary"]
    assert "category: tents" in tooltips[0]


@pytest.mark.parametrize(
    ("price", "currency", "shown"),
    [
        (24.5, "USD", "$24.50"),
        (1234.0, "EUR", "€1,234.00"),
        (980.0, "JPY", "¥980"),
        (24.5, "CHF", "24.50 CHF"),
        (24.5, None, "24.50"),
        (None, "USD", "Price not stated"),
    ],
)
def test_prices(price: float | None, currency: str | None, shown: str) -> None:
    assert format_price(price, currency) == shown


def test_facts_read_as_words() -> None:
    fact = FactView(
        subject="urn:because:demo:shopper:S%2F1",
        predicate="urn:because:vocabulary:suitableFor",
        object="urn:because:demo:audience:older-children",
        source="urn:because:demo:source:mined-features",
    )
    assert fact_words(fact, {}) == "S/1 · suitable for: older children (found in the product text)"
    assert readable("https://schema.org/OutOfStock", {}) == "out of stock"
    assert readable("400 ml", {}) == "400 ml"
    assert source_words("urn:because:demo:source:updates", ZH) == ZH.source_updates


def test_tiles_are_stable_and_differ() -> None:
    assert tile_html("Tents") == tile_html("Tents") != tile_html("Mugs")
    assert "<path" in tile_html("Camping tents")
    assert ">Z<" in tile_html("Zithers")
    assert "&lt;" in tile_html("<x>")


def test_wording_follows_the_browser() -> None:
    assert wording("zh-CN,zh;q=0.9,en;q=0.8") is ZH
    assert wording("de-DE,zh;q=0.5") is EN


def test_terminal_text(make_view: Callable[[str], ProductView]) -> None:
    turn = TurnResult(
        reply="Two that fit.",
        act="recommend",
        question="Which size?",
        products=(make_view("T-1"), make_view("T-4")),
        degraded=True,
    )
    needs = [
        NeedView(key="a", text="not Conair", wanted=False, hard=True, kind="brand"),
        NeedView(key="b", text="light", wanted=True, hard=False, kind="feature"),
    ]
    assert render_turn_text(turn, "USD", needs) == (
        "Understood: not Conair; light if possible.\n\n"
        "Note: this is a simplified answer.\n\n"
        "Two that fit.\n\n"
        "1. Norrvik Trail Pack 28 litres, waterproof, slate, $54.90\n"
        "   - It is one of the backpacks you asked for.\n"
        "   - It is waterproof and often bought with the Halden pack.\n\n"
        "2. Oslo Stoneware Mug, 400 ml, $12.00\n"
        "   - It is one of the mugs you asked for.\n"
        "   - It is dishwasher safe and often bought with the Halden pack.\n\n"
        "Which size?"
    )


def test_terminal_text_cannot_steer_the_terminal() -> None:
    view = nasty_view("red\x1b[31m\x07 \u202etxt\u202c\r\nnext line")
    text = render_turn_text(TurnResult(reply="a\x1b]0;t\x07b", act="recommend", products=(view,)), None)
    assert text == "a]0;tb\n\n1. red[31m txt next line, 1.00\n   - red[31m txt next line"
