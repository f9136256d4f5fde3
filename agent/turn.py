"""One turn while it is being made: what goes in, what each step adds, and the result."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from agent.events import NeedView, ProductView, Timings, TurnResult
from agent.intent import Intent
from agent.sessions import SessionState
from agent.wording import listing, money, say
from kg_tools.products import ProductFilter
from ranker.ranking import RankedProduct

Step = Literal["understand", "search", "rank", "compose"]


@dataclass(frozen=True, slots=True)
class Said:
    """The shopper wrote a message."""

    message: str


@dataclass(frozen=True, slots=True)
class NeedRemoved:
    """The shopper took a need back by a click."""

    key: str


@dataclass(frozen=True, slots=True)
class Reacted:
    """The shopper liked or disliked a shown product by a click."""

    product_id: str
    reaction: Literal["like", "dislike"]


Command = Said | NeedRemoved | Reacted


@dataclass(slots=True)
class Turn:
    """The draft of a turn; each step fills its part.

    Attributes:
        command: what the shopper did.
        session: the conversation's state, replaced as the turn goes on.
        intent: what the message means.
        filter: the hard needs.
        candidates: ids that satisfy them.
        near: the shown product that the request starts from ("the second but in white").
        repeated: the candidates were all seen before.
        ranked: the best of them.
        notes: sentences said before the opening.
        opening: the sentence that introduces the products, or the whole answer.
        question: at most one question.
        products: what is shown.
        llm_calls: calls made, at most 2.
        degraded: why parts of the turn were done without the model, in the shopper's language.
    """

    command: Command
    session: SessionState
    intent: Intent = field(default_factory=lambda: Intent(act="smalltalk"))
    filter: ProductFilter = field(default_factory=ProductFilter)
    candidates: tuple[str, ...] = ()
    near: str | None = None
    repeated: bool = False
    ranked: list[RankedProduct] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    opening: str = ""
    question: str | None = None
    products: tuple[ProductView, ...] = ()
    llm_calls: int = 0
    degraded: str | None = None
    _milliseconds: dict[str, float] = field(default_factory=dict)
    _began: float = field(default_factory=time.perf_counter)

    @property
    def message(self) -> str:
        """What the shopper wrote, "" for a click."""
        return self.command.message if isinstance(self.command, Said) else ""

    @contextmanager
    def timed(self, step: Step) -> Generator[None]:
        """Adds the time spent inside to the step's."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self._milliseconds[step] = self._milliseconds.get(step, 0.0) + (time.perf_counter() - start) * 1000

    def result(self) -> TurnResult:
        """The turn as every door gets it."""
        total = (time.perf_counter() - self._began) * 1000
        sentences = [*self.notes, self.opening]
        reply = ("" if self.session.language == "zh" else " ").join(part for part in sentences if part)
        return TurnResult(
            reply=reply,
            act=self.intent.act,
            question=self.question,
            products=self.products,
            degraded=self.degraded is not None,
            llm_calls=self.llm_calls,
            timings_ms=Timings(
                **{step: round(value, 1) for step, value in self._milliseconds.items()}, total=round(total, 1)
            ),
        )


def need_views(session: SessionState, currency: str | None) -> tuple[NeedView, ...]:
    """All needs that hold, as chips; the price range is one of them, under the key "price"."""
    views = [
        NeedView(
            key=need.key,
            text=need.phrase if need.wanted else say("not", session.language, text=need.phrase),
            wanted=need.wanted,
            hard=need.hard,
            kind=need.kind,
        )
        for need in session.needs
    ]
    price = price_words(session, currency)
    if price:
        views.append(NeedView(key="price", text=price, wanted=True, hard=True, kind="price"))
    return tuple(views)


def price_words(session: SessionState, currency: str | None) -> str:
    """The price range in words, "" when there is none."""
    low, high = session.price_min, session.price_max
    if low is not None and high is not None:
        return say("between", session.language, low=money(low, currency), high=money(high, currency))
    if high is not None:
        return say("under", session.language, price=money(high, currency))
    if low is not None:
        return say("over", session.language, price=money(low, currency))
    return ""


def needs_in_words(session: SessionState, currency: str | None, *, hard: bool | None = None) -> str:
    """Needs as one phrase for a sentence: "headphones, no wires and at most €100".

    Args:
        session: the needs.
        currency: of the price range.
        hard: only the hard ones (with the price), or only the soft ones; None for all.
    """
    language = session.language
    parts = [view.text for view in need_views(session, currency) if hard is None or view.hard == hard]
    return listing(parts, language) if parts else say("your_request", language)
