"""What one browser tab shows: the turns so far, told by events. No HTML and no Gradio here."""

import threading
import uuid
from dataclasses import dataclass, field
from urllib.parse import unquote

from agent.events import (
    Degraded,
    Event,
    Failed,
    Finished,
    NeedView,
    ProductsFound,
    ProductView,
    ReplyText,
    Status,
    Understood,
)
from kg_tools.errors import UnknownProductError
from kg_tools.products import Product
from ui.ports import Reaction, ShopAssistant
from ui.wording import EN, Wording, wording

_PRODUCT_MARK = ":product:"
_SHOWN_MESSAGE = 600
"""Characters of the visitor's own message that the page repeats."""


@dataclass(slots=True)
class Turn:
    """One question with as much of its answer as there is.

    Attributes:
        asked: the visitor's words, or what a click meant.
        words: the interface language the turn is shown in.
        status: what is happening now; "" once the turn is over.
    """

    asked: str
    words: Wording
    status: str
    reply: str = ""
    question: str | None = None
    products: tuple[ProductView, ...] = ()
    degraded: str | None = None
    failed: str | None = None
    finished: bool = False

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self.finished or self.failed is not None


@dataclass(slots=True, weakref_slot=True, eq=False)
class Conversation:
    """The state of one tab. ``busy`` is held while a turn runs, so that turns never interleave.

    Attributes:
        shop: name of the shop it is about.
        words: interface language; follows the language of the messages.
        session_id: unguessable; the assistant keeps the needs under it.
        known: product id -> product, for everything shown or named in a reason.
        titles: product IRI -> title, for wording facts.
    """

    shop: str
    words: Wording = EN
    session_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    turns: list[Turn] = field(default_factory=list)
    needs: tuple[NeedView, ...] = ()
    reactions: dict[str, Reaction] = field(default_factory=dict)
    known: dict[str, Product] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    busy: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, asked: str) -> Turn:
        """Begin a turn."""
        shown = asked if len(asked) <= _SHOWN_MESSAGE else asked[:_SHOWN_MESSAGE].rstrip() + " …"
        turn = Turn(asked=shown, words=self.words, status=self.words.thinking)
        self.turns.append(turn)
        return turn

    def need(self, key: str) -> NeedView | None:
        """The need of that key, None if it no longer holds."""
        return next((need for need in self.needs if need.key == key), None)

    def shown(self, product_id: str) -> ProductView | None:
        """The product as shown in this conversation, None if it never was."""
        for turn in reversed(self.turns):
            for product in turn.products:
                if product.product_id == product_id:
                    return product
        return None

    def apply(self, event: Event, assistant: ShopAssistant) -> None:
        """Take in the next event of the turn under way."""
        turn = self.turns[-1]
        match event:
            case Status():
                turn.status = event.message
            case Understood():
                self.needs = event.needs
                self.words = turn.words = wording(event.language)
            case ProductsFound():
                turn.products = event.products
                self._look_up(event.products, assistant)
            case ReplyText():
                turn.reply += event.text
            case Degraded():
                turn.degraded = event.reason
            case Finished():
                turn.finished, turn.status = True, ""
                turn.reply, turn.question = event.turn.reply, event.turn.question
                if event.turn.products != turn.products:
                    turn.products = event.turn.products
                    self._look_up(turn.products, assistant)
                if event.turn.degraded and turn.degraded is None:
                    turn.degraded = ""
            case Failed():
                turn.failed, turn.status = event.message, ""

    def _look_up(self, products: tuple[ProductView, ...], assistant: ShopAssistant) -> None:
        """Fetch what cards and facts need beyond the event: category, stock, titles of products named in facts."""
        wanted = {view.product_id for view in products} | {
            product_id
            for view in products
            for reason in view.reasons
            for fact in reason.facts
            for term in (fact.subject, fact.object)
            if (product_id := product_id_of(term)) is not None
        }
        for product_id in wanted - self.known.keys():
            try:
                product = assistant.product(product_id)
            except UnknownProductError:
                continue  # a link target outside the catalogue; it is shown by its id
            self.known[product_id] = product
            self.titles[product.iri] = product.title


def product_id_of(term: str) -> str | None:
    """The shop's id in a product IRI of ours, None for any other term."""
    if not term.startswith("urn:because:") or _PRODUCT_MARK not in term:
        return None
    return unquote(term.split(_PRODUCT_MARK, 1)[1])
