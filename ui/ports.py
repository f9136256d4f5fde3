"""What the doors need from the assistant: nothing more than this may be used in ``ui/``."""

from collections.abc import Iterator
from typing import Literal, Protocol

from agent.events import Event, ShopView
from kg_tools.products import Product

Reaction = Literal["like", "dislike"]


class ShopAssistant(Protocol):
    """One shop's assistant. Thread-safe; sessions never see each other."""

    @property
    def shop(self) -> ShopView:
        """The shop it speaks for."""
        ...

    def reply(self, message: str, *, session_id: str, user_id: str | None = None) -> Iterator[Event]:
        """One turn, as events; the last one is Finished or Failed."""
        ...

    def remove_need(self, key: str, *, session_id: str) -> Iterator[Event]:
        """Take a need back and answer anew without it."""
        ...

    def react(self, product_id: str, reaction: Reaction, *, session_id: str) -> Iterator[Event]:
        """Like or dislike a shown product; the events of the turn that follows."""
        ...

    def forget_session(self, session_id: str) -> None:
        """Drop all that is kept about the session; an unknown one is fine."""
        ...

    def product(self, product_id: str) -> Product:
        """The product of that id.

        Raises:
            UnknownProductError: the shop has none of that id.
        """
        ...
