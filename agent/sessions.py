"""What is remembered of one conversation. Small, plain, and complete: it survives a restart as JSON."""

from collections.abc import Callable
from typing import Literal

from pydantic import BaseModel, ConfigDict

from agent.intent import Message, Need, ShownProduct

REMEMBERED_MESSAGES = 8
"""Messages kept for understanding: older ones no longer change what a message means."""


class SessionState(BaseModel):
    """One conversation.

    Attributes:
        needs: what the shopper asked for so far, oldest first.
        words: the running request in the shopper's words, without what is to be avoided; compared with product texts.
        price_min: inclusive, in the shop's currency.
        price_max: inclusive.
        shown: products on the screen, in order.
        seen: ids of all products shown in this conversation, oldest first.
        liked: ids liked here.
        disliked: ids disliked here; never shown again.
        owned: ids the shopper already has; never shown again.
        asked: clarifying questions asked; none is asked twice.
        messages: the last few messages.
        language: language of the last message.
        user_id: the shopper's id in this shop, None for a stranger.
    """

    model_config = ConfigDict(frozen=True)

    needs: tuple[Need, ...] = ()
    words: str = ""
    price_min: float | None = None
    price_max: float | None = None
    shown: tuple[ShownProduct, ...] = ()
    seen: tuple[str, ...] = ()
    liked: tuple[str, ...] = ()
    disliked: tuple[str, ...] = ()
    owned: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    messages: tuple[Message, ...] = ()
    language: Literal["en", "zh"] = "en"
    user_id: str | None = None

    def saying(self, role: Literal["user", "assistant"], content: str) -> "SessionState":
        """The state after one more message; only the last few are kept."""
        messages = (*self.messages, Message(role=role, content=content))[-REMEMBERED_MESSAGES:]
        return self.model_copy(update={"messages": messages})

    def showing_only(self, known: Callable[[str], bool]) -> "SessionState":
        """The state without what is on the screen and no longer known."""
        shown = tuple(product for product in self.shown if known(product.product_id))
        return self if len(shown) == len(self.shown) else self.model_copy(update={"shown": shown})

    def showing(self, products: tuple[ShownProduct, ...]) -> "SessionState":
        """The state after these products came on the screen."""
        new = tuple(p.product_id for p in products if p.product_id not in self.seen)
        return self.model_copy(update={"shown": products, "seen": (*self.seen, *new)})
