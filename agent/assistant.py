"""The whole turn on one page: read, remember, then recommend or answer. A LangGraph graph of small named steps.

The steps' state is a ``Turn``; only the session survives the turn, in the checkpointer, under the session's id.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from langchain_core.language_models import BaseChatModel
from langgraph.channels import UntrackedValue
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from agent.answers import Answerer
from agent.events import (
    Degraded,
    Event,
    Failed,
    Finished,
    ProductsFound,
    ReplyText,
    ShopView,
    Status,
    Understood,
)
from agent.language import detect
from agent.llm import LanguageModel
from agent.needs import PhraseLinker, remove_need, update_needs
from agent.recommend import Recommender
from agent.references import resolve
from agent.sessions import SessionState
from agent.turn import Command, NeedRemoved, Reacted, Said, Turn, need_views
from agent.understand import understand
from agent.wording import say
from kg_tools.errors import CatalogueError, UnknownProductError, UnknownShopperError
from kg_tools.products import Product
from ranker.ranking import RankedProduct

LONGEST_MESSAGE = 4000
"""Characters; a longer message is refused with a clear word, not cut."""

_log = logging.getLogger(__name__)
_STATUS = {
    "en": {
        "understand": "Reading your message…",
        "search": "Searching the catalogue…",
        "rank": "Ranking {count} products…",
        "compose": "Finding the reasons…",
    },
    "zh": {
        "understand": "正在理解您的消息…",
        "search": "正在查找商品…",
        "rank": "正在比较{count}件商品…",
        "compose": "正在整理理由…",
    },
}


class _State(TypedDict):
    session: NotRequired[dict[str, Any]]
    turn: Annotated[Turn, UntrackedValue(Turn)]


@dataclass(frozen=True, slots=True)
class Parts:
    """What an assistant is made of; put together in ``agent.assembly`` only.

    Attributes:
        recommender: search, rank, compose.
        answerer: everything else.
        linker: phrases -> nodes.
        knows_shopper: whether a shopper id stands in this shop.
        knows_product: whether a product id stands in its catalogue.
        model: the language model, None when there is none; held whole, since its server lives as long as it does.
        model_problem: why there is none, None when it was not asked for.
        checkpointer: keeps sessions.
    """

    recommender: Recommender
    answerer: Answerer
    linker: PhraseLinker
    knows_shopper: Callable[[str], bool]
    knows_product: Callable[[str], bool]
    model: LanguageModel | None
    model_problem: str | None
    checkpointer: BaseCheckpointSaver[str]

    @property
    def chat(self) -> BaseChatModel | None:
        """The chat model to call."""
        return self.model.chat if self.model else None


class Assistant:
    """Holds conversations about one shop. Thread-safe; turns of one session wait for each other.

    Args:
        shop: what the doors show of the shop.
        parts: what it is made of.
        renew: makes both anew for the catalogue of now; None for an assistant that never follows one.
    """

    def __init__(self, shop: ShopView, parts: Parts, renew: Callable[[], tuple[ShopView, Parts]] | None = None) -> None:
        self.shop = shop
        self._parts = parts
        self._renew = renew
        self._renewing = threading.Lock()
        self._graph = self._build_graph()
        self._locks: dict[str, threading.Lock] = {}
        self._locks_lock = threading.Lock()

    # -- what the doors call

    def reply(self, message: str, *, session_id: str, user_id: str | None = None) -> Iterator[Event]:
        """Answers one message; see ``agent.events`` for what comes in which order."""
        problem = self._problem_with(message, user_id)
        if problem is not None:
            yield Failed(message=problem)
            return
        yield from self._turn(Said(message.strip()), session_id, user_id)

    def remove_need(self, key: str, *, session_id: str) -> Iterator[Event]:
        """Takes back the need of that key (see ``NeedView.key``) and answers anew."""
        yield from self._turn(NeedRemoved(key), session_id)

    def react(self, product_id: str, reaction: Literal["like", "dislike"], *, session_id: str) -> Iterator[Event]:
        """Notes a like or dislike; after a dislike the products come anew without it."""
        yield from self._turn(Reacted(product_id, reaction), session_id)

    def forget_session(self, session_id: str) -> None:
        """Deletes everything remembered of a conversation."""
        self._parts.checkpointer.delete_thread(session_id)
        with self._locks_lock:
            self._locks.pop(session_id, None)

    def session(self, session_id: str) -> SessionState:
        """What is remembered of a conversation; empty for a new one."""
        values = self._graph.get_state(_config(session_id)).values
        return SessionState.model_validate(values.get("session", {}))

    def history_of(self, user_id: str) -> tuple[str, ...]:
        """Product ids a shopper bought or used before, oldest first; empty for a stranger."""
        return self._parts.recommender.histories.of(user_id)

    def product(self, product_id: str) -> Product:
        """One product of the shop.

        Raises:
            UnknownProductError: there is none of that id.
        """
        return self._parts.answerer.catalogue.product(product_id)

    def refresh(self) -> None:
        """Follows products that came or went, and new facts and links; the ranker is not trained again.

        Everything is made beside what serves and then swapped: turns in flight finish with the old, the next ones
        have the new. Prices and stock need no refresh.

        Raises:
            CatalogueError: the store does not answer; the assistant serves on as before.
            RankerError: the ranker cannot follow; the assistant serves on as before.
        """
        if self._renew is None:
            return
        with self._renewing:
            self.shop, self._parts = self._renew()

    # -- the way of a turn

    def _build_graph(self) -> Any:  # noqa: ANN401 - langgraph's compiled graph is generic over untyped state
        graph = StateGraph(_State, context_schema=Parts)
        for step in (
            self._read,
            self._remember,
            self._search,
            self._rank,
            self._compose,
            self._answer,
            self._keep,
        ):
            graph.add_node(step.__name__.removeprefix("_"), step)
        graph.add_edge(START, "read")
        graph.add_edge("read", "remember")
        graph.add_conditional_edges("remember", _what_to_do, ["search", "answer"])
        graph.add_conditional_edges("search", _anything_found, {True: "rank", False: "compose"})
        graph.add_edge("rank", "compose")
        graph.add_edge("compose", "keep")
        graph.add_edge("answer", "keep")
        graph.add_edge("keep", END)
        return graph.compile(checkpointer=self._parts.checkpointer)

    def _read(self, state: _State, runtime: Runtime[Parts]) -> _State:
        turn, parts = state["turn"], runtime.context
        turn.session = SessionState.model_validate(state.get("session", {})).model_copy(
            update={"user_id": turn.session.user_id} if turn.session.user_id else {}
        )
        # What was on the screen may be gone from the catalogue since.
        turn.session = turn.session.showing_only(parts.knows_product)
        if not isinstance(turn.command, Said):
            act = "refine" if isinstance(turn.command, NeedRemoved) else "feedback"
            turn.intent = turn.intent.model_copy(update={"act": act})
            return {"turn": turn}
        turn.session = turn.session.model_copy(update={"language": detect(turn.message)})
        self._tell_status(turn, "understand")
        with turn.timed("understand"):
            read = understand(turn.message, turn.session.messages, turn.session.shown, parts.chat)
        turn.intent, turn.llm_calls = read.intent, read.llm_calls
        problem = read.problem or parts.model_problem
        if problem:
            _log.warning("the language model did not help: %s", problem)
            turn.degraded = say("degraded", turn.session.language)
        turn.session = turn.session.saying("user", turn.message)
        return {"turn": turn}

    def _remember(self, state: _State, runtime: Runtime[Parts]) -> _State:
        turn = state["turn"]
        if isinstance(turn.command, NeedRemoved):
            turn.session = remove_need(turn.session, turn.command.key)
        elif isinstance(turn.command, Reacted):
            _note(turn, runtime.context, turn.command.product_id, turn.command.reaction)
        elif turn.intent.act in ("recommend", "refine", "feedback"):
            with turn.timed("understand"):
                _update(turn, runtime.context)
        views = need_views(turn.session, self.shop.currency)
        _tell(Understood(act=turn.intent.act, needs=views, language=turn.session.language))
        return {"turn": turn}

    def _search(self, state: _State, runtime: Runtime[Parts]) -> _State:
        turn = state["turn"]
        self._tell_status(turn, "search")
        with turn.timed("search"):
            runtime.context.recommender.search(turn)
        return {"turn": turn}

    def _rank(self, state: _State, runtime: Runtime[Parts]) -> _State:
        turn = state["turn"]
        self._tell_status(turn, "rank", count=len(turn.candidates))
        with turn.timed("rank"):
            runtime.context.recommender.rank(turn)
        return {"turn": turn}

    def _compose(self, state: _State, runtime: Runtime[Parts]) -> _State:
        turn = state["turn"]
        if not turn.ranked:
            with turn.timed("compose"):
                runtime.context.recommender.explain_nothing(turn)
            return {"turn": turn}
        self._tell_status(turn, "compose")
        with turn.timed("compose"):
            runtime.context.recommender.compose(turn, runtime.context.chat)
        return {"turn": turn}

    def _answer(self, state: _State, runtime: Runtime[Parts]) -> _State:
        turn, answerer = state["turn"], runtime.context.answerer
        with turn.timed("compose"):
            match turn.intent.act:
                case "compare":
                    answerer.compare(turn)
                case "ask":
                    answerer.ask(turn, _ranking_behind(turn, runtime.context))
                case "out_of_scope":
                    answerer.out_of_scope(turn)
                case "smalltalk":
                    answerer.small_talk(turn)
                case _:  # feedback whose note says it all
                    turn.opening = "" if turn.notes else say("which_product", turn.session.language)
        return {"turn": turn}

    def _keep(self, state: _State) -> _State:
        turn = state["turn"]
        if turn.degraded:
            _tell(Degraded(reason=turn.degraded))
        if turn.products:
            _tell(ProductsFound(products=turn.products))
        result = turn.result()
        _tell(ReplyText(text=result.reply))
        _tell(Finished(turn=result))
        said = " ".join(part for part in (result.reply, result.question) if part)
        return {"turn": turn, "session": turn.session.saying("assistant", said).model_dump(mode="json")}

    # -- around a turn

    def _turn(self, command: Command, session_id: str, user_id: str | None = None) -> Iterator[Event]:
        with self._lock(session_id):
            try:
                try:
                    yield from self._events(command, session_id, user_id)
                except UnknownProductError as error:
                    # A product left the catalogue in the middle of the turn; nothing is said yet, the session is as
                    # it was. Once more, with the catalogue of now.
                    _log.info("a turn begins again: %s", error)
                    yield from self._events(command, session_id, user_id)
            except CatalogueError as error:
                _log.warning("a turn failed: %s", error)
                yield Failed(message=str(error))

    def _events(self, command: Command, session_id: str, user_id: str | None) -> Iterator[Event]:
        """The events of a turn; all its steps have the same parts."""
        start = {"turn": Turn(command=command, session=SessionState(user_id=user_id))}
        last: Event | None = None
        for event in self._graph.stream(
            start, _config(session_id), context=self._parts, stream_mode="custom", durability="exit"
        ):
            if event.kind == "finished":
                last = event  # held back until the session is saved: a caller may stop reading at it
            else:
                yield event
        if last is not None:
            yield last

    def _lock(self, session_id: str) -> threading.Lock:
        with self._locks_lock:
            return self._locks.setdefault(session_id, threading.Lock())

    def _problem_with(self, message: str, user_id: str | None) -> str | None:
        if not message.strip():
            return "The message is empty; say what you are looking for."
        if len(message) > LONGEST_MESSAGE:
            return f"The message has {len(message):,} characters; at most {LONGEST_MESSAGE:,} can be read. Shorten it."
        if user_id is not None and not self._parts.knows_shopper(user_id):
            error = UnknownShopperError(
                f"no shopper “{user_id}” in shop “{self.shop.name}”; leave the id out to ask as a stranger"
            )
            return str(error)
        return None

    def _tell_status(
        self, turn: Turn, step: Literal["understand", "search", "rank", "compose"], **values: object
    ) -> None:
        _tell(Status(step=step, message=_STATUS[turn.session.language][step].format(**values)))


def _update(turn: Turn, parts: Parts) -> None:
    intent, session = turn.intent, turn.session
    meant = resolve(intent.refers_to, session.shown) if intent.refers_to else ()
    if intent.act == "feedback":
        reaction = intent.sentiment or ("owned" if meant else None)
        for product_id in meant if reaction else ():
            _note(turn, parts, product_id, reaction or "owned")
    elif meant:  # "the second but in white": near that product, with the change
        turn.near = meant[0]
    products = parts.answerer.catalogue.products([shown.product_id for shown in turn.session.shown])
    prices = [one.price for one in products if one.price is not None and (not meant or one.product_id in meant)]
    turn.session = update_needs(turn.session, intent, parts.linker, prices)


def _note(turn: Turn, parts: Parts, product_id: str, reaction: str) -> None:
    turn.session, sentence = parts.answerer.react(turn.session, product_id, reaction)
    turn.notes.append(sentence)


def _ranking_behind(turn: Turn, parts: Parts) -> list[RankedProduct]:
    """The ranking of what is on the screen, made again: it is not kept, it follows from the session."""
    probe = Turn(command=turn.command, session=turn.session)
    probe.candidates = tuple(shown.product_id for shown in turn.session.shown)
    parts.recommender.rank(probe)
    return probe.ranked


def _what_to_do(state: _State) -> Literal["search", "answer"]:
    turn = state["turn"]
    if turn.intent.act in ("recommend", "refine"):
        return "search"
    if turn.intent.act != "feedback":
        return "answer"
    # A dislike, or a product the shopper has: show others. A like alone needs no new list.
    liked_only = (
        isinstance(turn.command, Reacted) and turn.command.reaction == "like"
    ) or turn.intent.sentiment == "like"
    return "answer" if liked_only or not (turn.notes or turn.intent.want or turn.intent.avoid) else "search"


def _anything_found(state: _State) -> bool:
    return bool(state["turn"].candidates)


def _tell(event: Event) -> None:
    get_stream_writer()(event)


def _config(session_id: str) -> Any:  # noqa: ANN401 - langchain's RunnableConfig
    return {"configurable": {"thread_id": session_id}}
