"""What a turn tells the outside, in order. Every door (page, API, CLI) is a thin adapter over these.

A turn yields: Status and Understood as they happen, then ProductsFound, then ReplyText pieces, then
exactly one Finished or Failed. Degraded may come anywhere before Finished.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class FactView(_Frozen):
    """One fact as shown: IRIs and lexical forms, with the named graph it comes from."""

    subject: str
    predicate: str
    object: str
    source: str


class ReasonView(_Frozen):
    """A sentence and the facts it rests on; never empty facts."""

    text: str
    facts: tuple[FactView, ...]


class TermView(_Frozen):
    """One named summand of the score; ``path`` is empty where the term rests on no fact."""

    name: str
    value: float
    path: tuple[tuple[str, str, str], ...] = ()


class ProductView(_Frozen):
    """One recommended product."""

    product_id: str
    title: str
    price: float | None
    score: float
    terms: tuple[TermView, ...]
    reasons: tuple[ReasonView, ...]


class Timings(_Frozen):
    """Milliseconds by step."""

    understand: float = 0.0
    search: float = 0.0
    rank: float = 0.0
    compose: float = 0.0
    total: float = 0.0


class TurnResult(_Frozen):
    """The whole answer; the object ``because ask --json`` prints. Stable."""

    reply: str
    act: str
    question: str | None = None
    products: tuple[ProductView, ...] = ()
    degraded: bool = False
    llm_calls: int = 0
    timings_ms: Timings = Timings()


class NeedView(_Frozen):
    """A need as a chip: what was understood."""

    key: str
    text: str
    wanted: bool
    hard: bool
    kind: str


class Status(_Frozen):
    """A step began; ``message`` is for the shopper ("Searching 214 curling irons...")."""

    kind: Literal["status"] = "status"
    step: Literal["understand", "search", "rank", "compose"]
    message: str


class Understood(_Frozen):
    """What the message was taken to mean, and all needs that hold now."""

    kind: Literal["understood"] = "understood"
    act: str
    needs: tuple[NeedView, ...]
    language: Literal["en", "zh"]


class ProductsFound(_Frozen):
    """The products of this turn, best first, with their reasons."""

    kind: Literal["products"] = "products"
    products: tuple[ProductView, ...]


class ReplyText(_Frozen):
    """The next piece of the reply; pieces concatenate to ``TurnResult.reply``."""

    kind: Literal["text"] = "text"
    text: str


class Degraded(_Frozen):
    """Something is down; the turn goes on without it. ``reason`` may be shown."""

    kind: Literal["degraded"] = "degraded"
    reason: str


class Finished(_Frozen):
    """The turn is over."""

    kind: Literal["finished"] = "finished"
    turn: TurnResult


class Failed(_Frozen):
    """The turn could not be answered; ``message`` says why and what to do, without internals."""

    kind: Literal["failed"] = "failed"
    message: str


Event = Annotated[
    Status | Understood | ProductsFound | ReplyText | Degraded | Finished | Failed,
    Field(discriminator="kind"),
]


class ShopView(_Frozen):
    """A shop as a visitor sees it before the first message.

    Attributes:
        name: the short name it is addressed by.
        title: its name for people.
        synthetic: the catalogue was generated; said wherever the shop shows.
        products: number of products.
        currency: ISO 4217 code, None where the catalogue states none.
        created: when the catalogue was built, ISO 8601.
        examples: requests that this catalogue can answer.
    """

    name: str
    title: str
    synthetic: bool
    products: int
    currency: str | None
    created: str
    examples: tuple[str, ...]
