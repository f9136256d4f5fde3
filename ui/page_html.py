"""The parts of the chat page around the cards: heading, first screen, turns, notices. Pure functions, all escaped."""

import html
from collections.abc import Sequence
from itertools import groupby

from agent.events import ShopView
from ui.conversation import Conversation, Turn
from ui.product_cards import card_html
from ui.wording import Wording


def header_html(shop: ShopView, words: Wording) -> str:
    """Shop name, what it holds, and the badge of a made-up shop."""
    size = words.catalogue.format(products=f"{shop.products:,}", date=shop.created[:10])
    badge = (
        f'<span class="bc-badge" title="{html.escape(words.synthetic_hint)}">{html.escape(words.synthetic)}</span>'
        if shop.synthetic
        else ""
    )
    return (
        f'<header class="bc-header" lang="{words.language}"><div class="bc-mark" aria-hidden="true">∵</div>'
        f'<div class="bc-name"><h1><bdi>{html.escape(shop.title)}</bdi>{badge}</h1>'
        f"<p>{html.escape(size)}</p></div></header>"
    )


def welcome_html(shop: ShopView, words: Wording) -> str:
    """The first screen: one sentence and requests to try."""
    examples = "".join(
        f'<li><button type="button" class="bc-example" data-act="ask" data-text="{html.escape(example)}">'
        f"{html.escape(example)}</button></li>"
        for example in shop.examples
    )
    offered = f'<h2>{html.escape(words.try_one)}</h2><ul class="bc-examples">{examples}</ul>' if examples else ""
    lead = f'<p class="bc-lead">{html.escape(words.lead)}</p>'
    return f'<section class="bc-welcome" lang="{words.language}">{lead}{offered}</section>'


def turns_html(conversation: Conversation, turns: Sequence[Turn], shop: ShopView, *, first: int = 0) -> str:
    """Turns as one piece of HTML.

    Args:
        conversation: what the cards look up: stock, titles, reactions.
        turns: the turns to draw, in order.
        shop: for the currency.
        first: number of the first of them within the conversation, from 0.
    """
    return "".join(
        _turn_html(conversation, turn, shop, number=first + offset, last=turn is conversation.turns[-1])
        for offset, turn in enumerate(turns)
    )


def notice_html(text: str) -> str:
    """A line above the composer that a screen reader speaks; "" empties it."""
    return f'<p class="bc-notice" role="status">{html.escape(text)}</p>'


def _turn_html(conversation: Conversation, turn: Turn, shop: ShopView, *, number: int, last: bool) -> str:
    words = turn.words
    parts = [f'<p class="bc-asked"><span class="bc-unseen">{html.escape(words.you)}: </span>']
    parts.append(f"<bdi>{html.escape(turn.asked)}</bdi></p>")
    parts.append(f'<div class="bc-answer"><span class="bc-unseen">{html.escape(words.assistant)}: </span>')
    parts.append(_status_html(turn, last=last))
    if turn.reply:
        parts.append(f'<div class="bc-reply">{_paragraphs(turn.reply)}</div>')
    if turn.degraded is not None:
        note = turn.degraded or words.degraded
        parts.append(f'<p class="bc-degraded"><span aria-hidden="true">ⓘ </span>{html.escape(note)}</p>')
    if turn.products:
        parts.append(f'<ol class="bc-cards">{_cards(conversation, turn, shop)}</ol>')
    if turn.question and turn.question not in turn.reply:
        parts.append(f'<div class="bc-reply">{_paragraphs(turn.question)}</div>')
    if turn.failed is not None:
        parts.append(f'<p class="bc-failed" role="alert">{html.escape(turn.failed)}</p>')
    busy = "false" if turn.over else "true"
    return (
        f'<article class="bc-turn" data-turn="{number}" lang="{words.language}" aria-busy="{busy}">'
        f"{''.join(parts)}</div></article>"
    )


def _cards(conversation: Conversation, turn: Turn, shop: ShopView) -> str:
    return "".join(
        card_html(
            view,
            rank=rank,
            currency=shop.currency,
            product=conversation.known.get(view.product_id),
            titles=conversation.titles,
            reaction=conversation.reactions.get(view.product_id),
            words=turn.words,
        )
        for rank, view in enumerate(turn.products, start=1)
    )


def _status_html(turn: Turn, *, last: bool) -> str:
    """What is going on, spoken as it changes; once over, only the last turn says so, unseen."""
    if not turn.over:
        dots = '<span class="bc-dots" aria-hidden="true"></span>'
        return f'<p class="bc-status" role="status">{dots}{html.escape(turn.status)}</p>'
    if turn.finished and last:
        done = turn.words.done.format(count=len(turn.products))
        return f'<p class="bc-unseen" role="status">{html.escape(done)}</p>'
    return ""


def _paragraphs(text: str) -> str:
    """Lines as paragraphs, runs of lines between bars as a table (a comparison); everything else stays as written."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    parts: list[str] = []
    for is_table, run in groupby(lines, key=lambda line: line.startswith("|") and line.endswith("|")):
        together = list(run)
        parts += [_table(together)] if is_table else [f'<p dir="auto">{html.escape(one)}</p>' for one in together]
    return "".join(parts)


def _table(lines: Sequence[str]) -> str:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    rows = [row for row in rows if any(cell.strip("-: ") for cell in row)]  # without the rule below the heading
    head = "".join(f'<th scope="col"><bdi>{html.escape(cell)}</bdi></th>' for cell in rows[0])
    body = "".join(_table_row(name, cells) for name, *cells in rows[1:])
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="bc-table" tabindex="0">{table}</div>'


def _table_row(name: str, cells: Sequence[str]) -> str:
    values = "".join(f"<td><bdi>{html.escape(cell)}</bdi></td>" for cell in cells)
    return f'<tr><th scope="row">{html.escape(name)}</th>{values}</tr>'
