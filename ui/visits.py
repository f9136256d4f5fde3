"""What a visitor can do on the chat page, without Gradio: every action drives a conversation event by event."""

from collections.abc import Callable, Iterator, Mapping

from agent.events import Event, ShopView
from ui.conversation import Conversation
from ui.guarded_turn import guarded
from ui.ports import Reaction, ShopAssistant
from ui.problems import new_request_id
from ui.wording import wording


class Visits:
    """All visitors of one server. Holds no state of a visitor: that is in their ``Conversation``.

    Every action yields once per change that should be drawn; what it yields is a notice for the visitor,
    usually "". The first yield says whether the action began: a turn was added, or there is a notice why not.
    """

    def __init__(self, assistants: Mapping[str, ShopAssistant]) -> None:
        self._assistants = dict(assistants)
        self.first_shop = next(iter(self._assistants))

    def shop(self, conversation: Conversation) -> ShopView:
        """The shop the conversation is about."""
        return self._assistants[conversation.shop].shop

    def begin(self, shop: str | None, languages: str) -> Conversation:
        """A new conversation.

        Args:
            shop: its shop's name; None or an unknown one means the first.
            languages: the browser's ``Accept-Language``.
        """
        name = shop if shop in self._assistants else self.first_shop
        return Conversation(shop=name or self.first_shop, words=wording(languages))

    def leave(self, conversation: Conversation) -> None:
        """The visitor is gone or begins anew: the assistant forgets the session."""
        self._assistants[conversation.shop].forget_session(conversation.session_id)

    def ask(self, conversation: Conversation, text: str, shopper: str) -> Iterator[str]:
        """Say something; an empty message only brings a hint."""
        if not text.strip():
            yield conversation.words.empty_hint
            return
        assistant = self._assistants[conversation.shop]
        session_id, user_id = conversation.session_id, shopper.strip() or None
        yield from self._turn(
            conversation, text.strip(), lambda: assistant.reply(text.strip(), session_id=session_id, user_id=user_id)
        )

    def remove(self, conversation: Conversation, key: str) -> Iterator[str]:
        """Take a need back by its chip."""
        need = conversation.need(key)
        if need is None:
            yield conversation.words.cannot_do
            return
        assistant = self._assistants[conversation.shop]
        asked = conversation.words.removed_message.format(need=need.text)
        session_id = conversation.session_id
        yield from self._turn(conversation, asked, lambda: assistant.remove_need(key, session_id=session_id))

    def react(self, conversation: Conversation, product_id: str, reaction: str) -> Iterator[str]:
        """Like or dislike a product that was shown."""
        view = conversation.shown(product_id)
        if view is None or reaction not in ("like", "dislike"):
            yield conversation.words.cannot_do
            return
        assistant = self._assistants[conversation.shop]
        words, session_id = conversation.words, conversation.session_id
        liked: Reaction = reaction
        said = words.liked_message if liked == "like" else words.disliked_message

        yield from self._turn(
            conversation,
            said.format(title=view.title),
            lambda: assistant.react(product_id, liked, session_id=session_id),
            before=lambda: conversation.reactions.update({product_id: liked}),
        )

    def _turn(
        self,
        conversation: Conversation,
        asked: str,
        start: Callable[[], Iterator[Event]],
        before: Callable[[], None] = lambda: None,
    ) -> Iterator[str]:
        """Run one turn; a second one in the same tab has to wait for it."""
        if not conversation.busy.acquire(blocking=False):
            yield conversation.words.busy_hint
            return
        try:
            assistant = self._assistants[conversation.shop]
            before()
            conversation.ask(asked)
            yield ""
            for event in guarded(start, request_id=new_request_id(), words=conversation.words):
                conversation.apply(event, assistant)
                yield ""
        finally:
            conversation.busy.release()
