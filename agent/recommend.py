"""Needs -> products with reasons: search, rank, word. Also what to say when nothing fits."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage

from agent.compose import Composer, FactSource
from agent.grounding import ungrounded
from agent.intent import ShownProduct
from agent.needs import as_filter, as_stated, relaxations
from agent.questions import FacetSource, choose_question
from agent.sessions import SessionState
from agent.turn import Turn, need_views, needs_in_words, price_words
from agent.understand import MODEL_FAILURES
from agent.wording import listing, say, short
from kg_tools.products import ProductFilter
from kg_tools.vocabulary import SCHEMA
from prompts import fence, load_prompt
from ranker.ranking import RankedProduct, Ranker, RankingRequest

PRODUCTS_SHOWN = 4
_MOST_RELAXATIONS = 3
_OPENING_TOKENS = 60
_LOOKED_AT = 3 * PRODUCTS_SHOWN
"""Ranked for a list of different models: a model comes in up to a handful of colours."""


class RecommendCatalogue(FactSource, FacetSource, Protocol):
    """What recommending reads of the catalogue; ``kg_tools.catalogue.Catalogue``."""

    def search(self, needs: ProductFilter) -> tuple[str, ...]:
        """Ids of the products that satisfy the filter."""
        ...

    def count(self, needs: ProductFilter) -> int:
        """How many products satisfy the filter."""
        ...

    def shopper_iri(self, shopper_id: str) -> str:
        """IRI of a shopper."""
        ...


class Histories(Protocol):
    """What shoppers bought before."""

    def of(self, user_id: str) -> tuple[str, ...]:
        """Product ids, oldest first; empty for a stranger."""
        ...


@dataclass(frozen=True, slots=True)
class Recommender:
    """The steps of a recommendation; each reads and fills a ``Turn``.

    Attributes:
        catalogue: the shop's graph.
        ranker: scores candidates.
        composer: terms -> reasons.
        histories: what shoppers bought before.
        currency: the shop's.
        has_prices: whether the catalogue states any price; without one a price range cannot be checked, which is said.
    """

    catalogue: RecommendCatalogue
    ranker: Ranker
    composer: Composer
    histories: Histories
    currency: str | None
    has_prices: bool = True

    def search(self, turn: Turn) -> None:
        """Hard needs -> candidates. What was shown before stays out unless nothing else fits."""
        session = turn.session
        never = frozenset((*session.disliked, *session.owned, *self._history(session)))
        turn.filter = self._filter(session, excluded=never)
        everything = self.catalogue.search(turn.filter)
        seen = set(session.seen)
        fresh = tuple(product_id for product_id in everything if product_id not in seen)
        turn.repeated = bool(everything) and not fresh
        turn.candidates = fresh or everything

    def rank(self, turn: Turn) -> None:
        """Candidates -> the best few, each with its score as named terms."""
        variants = self._variants(turn)
        turn.ranked = self._best(turn, variants, PRODUCTS_SHOWN) if variants else []
        others = tuple(product_id for product_id in turn.candidates if product_id not in set(variants))
        if len(turn.ranked) < PRODUCTS_SHOWN and others:
            best = self._best(turn, others, _LOOKED_AT)
            turn.ranked = [*turn.ranked, *self._different_models(best)][:PRODUCTS_SHOWN]
        if turn.near is not None:
            turn.notes.append(self._say_what_is_near(turn, variants))

    def _best(self, turn: Turn, candidates: tuple[str, ...], k: int) -> list[RankedProduct]:
        session = turn.session
        near = (turn.near,) if turn.near else ()
        return self.ranker.rank(
            RankingRequest(
                history=self._history(session),
                liked=(*session.liked, *near),
                disliked=session.disliked,
                needs=as_stated(session),
                candidates=candidates,
                k=k,
                shopper=self.catalogue.shopper_iri(session.user_id) if session.user_id else None,
            )
        )

    def _variants(self, turn: Turn) -> tuple[str, ...]:
        """Candidates of the same model and brand as the product the request starts from; usually none to five."""
        if turn.near is None:
            return ()
        model, brand = self._model_of(turn.near)
        if model is None or brand is None:
            return ()
        same_brand = replace(turn.filter, wanted=(*turn.filter.wanted, (brand,)))
        possible = set(turn.candidates)
        ids = (one for one in self.catalogue.search(same_brand) if one in possible and one != turn.near)
        return tuple(one for one in ids if self._model_of(one)[0] == model)

    def _different_models(self, ranked: list[RankedProduct]) -> list[RankedProduct]:
        """One product per model, the best; the other colours only behind everything else."""
        met: set[tuple[str, str]] = set()
        first: list[RankedProduct] = []
        again: list[RankedProduct] = []
        for one in ranked:
            if len(first) == PRODUCTS_SHOWN:
                break
            model, brand = self._model_of(one.product_id)
            known = model is not None and brand is not None and (model, brand) in met
            (again if known else first).append(one)
            met.add((model or one.product_id, brand or ""))
        return [*first, *again]

    def _model_of(self, product_id: str) -> tuple[str | None, str | None]:
        """Model name and brand IRI, None where the catalogue states none."""
        stated = {fact.predicate: fact.object for fact in self.catalogue.facts(product_id)}
        return stated.get(str(SCHEMA.model)), stated.get(str(SCHEMA.brand))

    def _say_what_is_near(self, turn: Turn, variants: tuple[str, ...]) -> str:
        language = turn.session.language
        found = [one.product_id for one in turn.ranked if one.product_id in variants]
        if not found:
            return say("nearest", language)
        titles = [short(product.title) for product in self.catalogue.products(found)]
        return say("variant", language, title=listing(titles, language))

    def _filter(self, session: SessionState, excluded: frozenset[str]) -> ProductFilter:
        wanted = as_filter(session, self.catalogue.node, excluded=excluded)
        return wanted if self.has_prices else replace(wanted, price_min=None, price_max=None)

    def compose(self, turn: Turn, model: BaseChatModel | None) -> None:
        """Ranked products -> what is shown and said."""
        turn.products = self.composer.products(turn.ranked, turn.session)
        self._say_what_is_special(turn)
        self._open(turn)
        self._let_model_word(turn, model)
        self._ask(turn)
        shown = tuple(ShownProduct(product_id=view.product_id, title=view.title) for view in turn.products)
        turn.session = turn.session.showing(shown)

    def explain_nothing(self, turn: Turn) -> None:
        """No candidate: which need to give up, with how many products each way brings. Gives up nothing itself."""
        session, language = turn.session, turn.session.language
        texts = {view.key: view.text for view in need_views(session, self.currency)}
        kinds = {need.key for need in session.needs if need.kind == "category"}
        ways: list[tuple[int, str]] = []
        # Giving up what kind of thing it is helps least, so those ways come last.
        for given_up, relaxed in sorted(relaxations(session), key=lambda way: (bool(kinds & set(way[0])), len(way[0]))):
            count = self.catalogue.count(self._filter(relaxed, turn.filter.excluded))
            if count:
                ways.append((count, listing([texts[key] for key in given_up], language)))
        lines = [say("nothing", language, needs=needs_in_words(session, self.currency, hard=True))]
        lines += [say("relax_one", language, need=need, count=count) for count, need in ways[:_MOST_RELAXATIONS]]
        lines += [] if ways else [say("relax_none", language)]
        turn.opening = ("" if language == "zh" else " ").join(lines)
        if ways:
            turn.question = say("ask_relax", language, need=ways[0][1])
        turn.session = turn.session.model_copy(update={"shown": ()})

    def _history(self, session: SessionState) -> tuple[str, ...]:
        return self.histories.of(session.user_id) if session.user_id else ()

    def _say_what_is_special(self, turn: Turn) -> None:
        language = turn.session.language
        unknown = [
            need.phrase for need in turn.session.needs if need.kind == "text" and need.phrase in turn.intent.want
        ]
        if unknown:
            quoted = listing([say("quote", language, text=phrase) for phrase in unknown], language)
            turn.notes.append(say("unknown_words", language, words=quoted))
        price = price_words(turn.session, self.currency)
        if price and not self.has_prices:
            turn.notes.append(say("no_prices", language, price=say("quote", language, text=price)))
        if turn.repeated:
            titles = listing([short(view.title, 40) for view in turn.products], language)
            turn.notes.append(say("again", language, titles=titles))

    def _open(self, turn: Turn) -> None:
        session = turn.session
        language, shown, total = session.language, len(turn.products), len(turn.candidates)
        views = need_views(session, self.currency)
        hard = turn.filter != ProductFilter(excluded=turn.filter.excluded)
        needs = needs_in_words(session, self.currency, hard=True if hard else None)
        if not views:
            turn.opening = say("for_you" if self._history(session) else "popular", language)
        elif not hard:
            turn.opening = say("closest", language, needs=needs, count=shown)
        elif total == 1:
            turn.opening = say("found_one", language, needs=needs)
        elif total <= shown:
            turn.opening = say("found_all", language, needs=needs, count=shown)
        else:
            soft = [view.text for view in views if not view.hard]
            if soft:
                turn.notes.append(say("preferred", language, needs=listing(soft, language)))
            turn.opening = say("found", language, needs=needs, total=total, count=shown)

    def _let_model_word(self, turn: Turn, model: BaseChatModel | None) -> None:
        """One sentence by the model, shown only if every word of it stands in the request or the facts."""
        if model is None or turn.degraded or not turn.products or turn.session.language != "en" or not turn.message:
            return
        facts = [_facts_line(view.title, [reason.text for reason in view.reasons]) for view in turn.products]
        prompt = load_prompt("opening").render(
            request=fence(turn.message[:500]), products="\n".join(facts), language="English"
        )
        turn.llm_calls += 1
        try:
            answer = str(model.bind(max_tokens=_OPENING_TOKENS).invoke([HumanMessage(prompt)]).text)
        except MODEL_FAILURES:
            turn.degraded = say("degraded", turn.session.language)
            return
        sentence = answer.strip().split("\n")[0].strip().strip('"')
        # Hard needs hold for every candidate; the rest must come from one product, so that no two are mixed up.
        met = [need.phrase for need in turn.session.needs if need.wanted and need.hard]
        if any(ungrounded(sentence, [*met, view.title]) is None for view in turn.products):
            turn.notes.append(sentence)

    def _ask(self, turn: Turn) -> None:
        session = turn.session
        if not session.needs and not self._history(session) and "kind" not in session.asked:
            turn.question = say("ask_kind", session.language)
            turn.session = session.model_copy(update={"asked": (*session.asked, "kind")})
            return
        question = choose_question(self.catalogue, turn.filter, len(turn.candidates), session)
        if question is not None:
            turn.question = question.text
            turn.session = session.model_copy(update={"asked": (*session.asked, question.key)})


def _facts_line(title: str, reasons: Sequence[str]) -> str:
    return f"- {fence(short(title))}: {fence(' '.join(reasons))}"
