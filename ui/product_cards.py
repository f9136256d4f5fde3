"""Products, reasons and needs as HTML and as plain text. Pure functions; everything shown is escaped."""

import html
import unicodedata
from collections.abc import Mapping, Sequence

from agent.events import NeedView, ProductView, ReasonView, TurnResult
from kg_tools.products import Product
from ui.fact_words import fact_words
from ui.ports import Reaction
from ui.tiles import tile_html
from ui.wording import EN, Wording

_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "CNY": "¥", "JPY": "¥", "INR": "₹", "KRW": "₩"}
_WHOLE_UNITS = {"JPY", "KRW"}
_TURNS_DIRECTION = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
_NO_TITLES: Mapping[str, str] = {}


def format_price(price: float | None, currency: str | None, words: Wording = EN) -> str:
    """A price for people: ``$24.50``, ``24.50 CHF``, ``24.50`` where the shop states no currency."""
    if price is None:
        return words.no_price
    number = f"{price:,.0f}" if currency in _WHOLE_UNITS else f"{price:,.2f}"
    if currency is None:
        return number
    sign = _SIGNS.get(currency)
    return f"{sign}{number}" if sign else f"{number} {currency}"


def card_html(
    view: ProductView,
    *,
    rank: int,
    currency: str | None,
    product: Product | None = None,
    titles: Mapping[str, str] = _NO_TITLES,
    reaction: Reaction | None = None,
    words: Wording = EN,
) -> str:
    """One product card.

    Args:
        view: the recommended product.
        rank: its place in the answer, from 1, so that "the second one" can be said.
        currency: ISO 4217 code of the shop.
        product: the catalogue's entry, for category, brand and stock; None leaves them out.
        titles: product IRI -> title, for wording the facts.
        reaction: what the visitor said about it before.
        words: the interface language.
    """
    attributes = product.attributes if product else {}
    named = {**titles, product.iri: words.this_product} if product else titles
    category = next(iter(attributes.get("category", ())), view.title)
    brand = next(iter(attributes.get("brand", ())), "")
    reasons = "".join(reason_html(reason, named, words) for reason in view.reasons)
    return (
        f'<li class="bc-card" data-product="{html.escape(view.product_id)}">'
        f'<div class="bc-picture">{tile_html(category)}<span class="bc-rank">{rank}</span></div>'
        '<div class="bc-body">'
        f'<p class="bc-brand"><bdi>{html.escape(brand)}</bdi></p>'
        f'<h3 class="bc-title" title="{html.escape(view.title)}"><bdi>{html.escape(view.title)}</bdi></h3>'
        f'<p class="bc-price">{html.escape(format_price(view.price, currency, words))}{_stock_html(product, words)}</p>'
        + (f'<ul class="bc-reasons" aria-label="{html.escape(words.because)}">{reasons}</ul>' if reasons else "")
        + f"{_reactions_html(view, reaction, words)}</div></li>"
    )


def reason_html(reason: ReasonView, titles: Mapping[str, str], words: Wording = EN) -> str:
    """A reason with its facts: on hover as a tooltip, by click, tap or keyboard as a list that opens."""
    facts = [fact_words(fact, titles, words) for fact in reason.facts]
    listed = "".join(f"<li><bdi>{html.escape(fact)}</bdi></li>" for fact in facts)
    tooltip = html.escape("\n".join([words.facts + ":", *facts]))
    return (
        f'<li><details><summary title="{tooltip}"><bdi>{html.escape(reason.text)}</bdi></summary>'
        f'<ul class="bc-facts" aria-label="{html.escape(words.facts)}">{listed}</ul></details></li>'
    )


def needs_html(needs: Sequence[NeedView], words: Wording = EN) -> str:
    """The "what I understood" panel: one chip per need; a click takes the need back. "" without needs."""
    if not needs:
        return ""
    chips = "".join(f"<li>{_chip_html(need, words)}</li>" for need in needs)
    return (
        f'<section class="bc-needs" lang="{words.language}" aria-label="{html.escape(words.understood)}">'
        f'<h2>{html.escape(words.understood)}</h2><ul class="bc-chips">{chips}</ul></section>'
    )


def render_turn_text(turn: TurnResult, currency: str | None, needs: Sequence[NeedView] = ()) -> str:
    """A turn for the terminal; reads well aloud. Control characters of the catalogue never reach the terminal.

    Args:
        turn: the finished turn.
        currency: ISO 4217 code of the shop, None where it states none.
        needs: what was understood so far.
    """
    blocks: list[str] = []
    if needs:
        blocks.append("Understood: " + "; ".join(_need_words(need) for need in needs) + ".")
    if turn.degraded:
        blocks.append("Note: this is a simplified answer.")
    if turn.reply:
        blocks.append(_printable(turn.reply))
    blocks.extend(_product_text(number, product, currency) for number, product in enumerate(turn.products, start=1))
    if turn.question and turn.question not in turn.reply:
        blocks.append(_printable(turn.question))
    return "\n\n".join(blocks)


def _stock_html(product: Product | None, words: Wording) -> str:
    if product is None or product.in_stock is None:
        return ""
    state, text = ("in", words.in_stock) if product.in_stock else ("out", words.out_of_stock)
    return f'<span class="bc-stock bc-stock-{state}">{html.escape(text)}</span>'


def _reactions_html(view: ProductView, reaction: Reaction | None, words: Wording) -> str:
    buttons = (
        ("like", "bc-heart", words.like, words.like_product),
        ("dislike", "bc-cross", words.dislike, words.dislike_product),
    )
    drawn = "".join(
        f'<button type="button" class="bc-react" data-act="react" data-reaction="{name}"'
        f' data-key="{html.escape(view.product_id)}" aria-pressed="{"true" if reaction == name else "false"}"'
        f' aria-label="{html.escape(label.format(title=view.title))}">'
        f'<span class="{icon}" aria-hidden="true"></span>{html.escape(text)}</button>'
        for name, icon, text, label in buttons
    )
    return f'<div class="bc-reactions">{drawn}</div>'


def _chip_html(need: NeedView, words: Wording) -> str:
    kind = "wanted" if need.wanted else "avoided"
    force = "must" if need.hard else "soft"
    strength = "" if need.hard else f' <span class="bc-force">({html.escape(words.if_possible)})</span>'
    sign = "✓" if need.wanted else "✕"
    spoken = ", ".join(
        [need.text, words.wanted if need.wanted else words.avoid, words.must if need.hard else words.if_possible]
    )
    label = html.escape(words.remove_need.format(need=spoken))
    return (
        f'<button type="button" class="bc-chip bc-{kind} bc-{force}" data-act="remove"'
        f' data-key="{html.escape(need.key)}" aria-label="{label}" title="{label}">'
        f'<span class="bc-sign" aria-hidden="true">{sign}</span>'
        f'<span class="bc-need"><bdi>{html.escape(need.text)}</bdi>{strength}</span>'
        '<span class="bc-remove" aria-hidden="true">×</span></button>'
    )


def _need_words(need: NeedView) -> str:
    text = _one_line(need.text)
    return text if need.hard else f"{text} if possible"


def _product_text(number: int, product: ProductView, currency: str | None) -> str:
    lines = [f"{number}. {_one_line(product.title)}, {format_price(product.price, currency)}"]
    lines.extend(f"   - {_one_line(reason.text)}" for reason in product.reasons)
    return "\n".join(lines)


def _one_line(text: str) -> str:
    return " ".join(_printable(text).split())


def _printable(text: str) -> str:
    """Without control and direction-changing characters, which could rewrite what the terminal shows."""
    return "".join(
        character
        for character in text
        if character in "\n\t"
        or (unicodedata.category(character) != "Cc" and unicodedata.bidirectional(character) not in _TURNS_DIRECTION)
    )
