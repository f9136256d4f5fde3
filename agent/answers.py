"""Turns that are not recommendations: small talk, questions about a product, why, comparisons, likes and dislikes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from agent.compose import Composer
from agent.needs import PhraseLinker
from agent.recommend import RecommendCatalogue
from agent.references import resolve
from agent.sessions import SessionState
from agent.turn import Turn
from agent.wording import listing, money, say, short
from kg_tools.products import Comparison, Fact, Product
from kg_tools.vocabulary import NODE_PREDICATES
from ranker.ranking import RankedProduct

_WHY = re.compile(r"\bwhy\b|为什么|为何|怎么会", re.IGNORECASE)
_PRICE = re.compile(r"\b(how much|price|cost|costs)\b|多少钱|价格", re.IGNORECASE)
_STOCK = re.compile(r"\b(in stock|available|availability|sold out)\b|有货|库存|现货", re.IGNORECASE)
_GREETING = re.compile(r"^\W*(hi|hello|hey|good (morning|evening|afternoon)|你好|您好)\b|^(你好|您好)", re.IGNORECASE)
_MINED = re.compile(r":source:mined[^:]*$")


class AnswerCatalogue(RecommendCatalogue, Protocol):
    """What answering reads of the catalogue; ``kg_tools.catalogue.Catalogue``."""

    def compare(self, product_ids: Sequence[str]) -> Comparison:
        """A table of facts."""
        ...

    def product(self, product_id: str) -> Product:
        """One product."""
        ...


@dataclass(frozen=True, slots=True)
class Answerer:
    """Answers from the graph; what the graph does not say is said to be unknown.

    Attributes:
        catalogue: the shop's graph.
        composer: terms -> reasons.
        linker: phrases -> nodes.
        shop_title: how the shop calls itself.
        currency: the shop's.
    """

    catalogue: AnswerCatalogue
    composer: Composer
    linker: PhraseLinker
    shop_title: str
    currency: str | None

    def small_talk(self, turn: Turn) -> None:
        """Short and warm, no list."""
        key = "hello" if _GREETING.search(turn.message) else "smalltalk"
        turn.opening = say(key, turn.session.language, shop=self.shop_title)

    def out_of_scope(self, turn: Turn) -> None:
        """Kindly what this is for; nothing of the request is done and no rule is told."""
        turn.opening = say("out_of_scope", turn.session.language, shop=self.shop_title)

    def ask(self, turn: Turn, ranked: Sequence[RankedProduct]) -> None:
        """A question about a product on the screen: why it is there, its price, its stock, or a property.

        Args:
            turn: the turn.
            ranked: the ranking behind what is on the screen, for "why".
        """
        product = self._meant(turn)
        if product is None:
            turn.opening = say("which_product", turn.session.language)
        elif _WHY.search(turn.message):
            self._why(turn, product, ranked)
        elif _PRICE.search(turn.message):
            self._price(turn, product)
        elif _STOCK.search(turn.message):
            known = {True: "stock_yes", False: "stock_no", None: "stock_unknown"}[product.in_stock]
            turn.opening = say(known, turn.session.language, title=short(product.title))
        else:
            self._property(turn, product)

    def compare(self, turn: Turn) -> None:
        """A table of what the catalogue states, then only what follows from it."""
        session = turn.session
        ids = resolve(turn.intent.refers_to, session.shown)
        if len(ids) < 2 and len(session.shown) == 2:
            ids = tuple(product.product_id for product in session.shown)
        if len(ids) < 2:
            turn.opening = say("compare_need_two", session.language)
            return
        table = self.catalogue.compare(ids)
        titles = [short(product.title, 30) for product in self.catalogue.products(ids)]
        rows = _markdown(table, titles, self.currency)
        parts = [say("compare_intro", session.language), rows, self._verdict(ids, session)]
        turn.opening = "\n\n".join(part for part in parts if part)

    def react(self, session: SessionState, product_id: str, reaction: str) -> tuple[SessionState, str]:
        """The session after a like, a dislike or "has it already", and the sentence that says so."""
        lists: dict[str, tuple[str, ...]] = {
            "liked": session.liked,
            "disliked": session.disliked,
            "owned": session.owned,
        }
        into = {"like": "liked", "dislike": "disliked", "owned": "owned"}[reaction]
        for name, ids in lists.items():
            without = tuple(one for one in ids if one != product_id)
            lists[name] = (*without, product_id) if name == into else without
        title = short(self.catalogue.product(product_id).title)
        return session.model_copy(update=lists), say(f"noted_{reaction}", session.language, title=title)

    def _meant(self, turn: Turn) -> Product | None:
        shown = turn.session.shown
        ids = resolve(turn.intent.refers_to, shown) if turn.intent.refers_to else ()
        if not ids and len(shown) == 1:
            ids = (shown[0].product_id,)
        return self.catalogue.product(ids[0]) if ids else None

    def _why(self, turn: Turn, product: Product, ranked: Sequence[RankedProduct]) -> None:
        language = turn.session.language
        found = [one for one in ranked if one.product_id == product.product_id]
        reasons = self.composer.reasons(found[0], product, turn.session) if found else ()
        if not reasons:
            turn.opening = say("why_unknown", language, title=short(product.title))
            return
        sentences = ("" if language == "zh" else " ").join(reason.text for reason in reasons)
        turn.opening = say("why", language, title=short(product.title), reasons=sentences)
        turn.products = self.composer.products(found, turn.session)

    def _price(self, turn: Turn, product: Product) -> None:
        key = "price_unknown" if product.price is None else "price_is"
        price = "" if product.price is None else money(product.price, self.currency)
        turn.opening = say(key, turn.session.language, title=short(product.title), price=price)

    def _property(self, turn: Turn, product: Product) -> None:
        """Yes with the fact, what is stated instead, or that the catalogue does not say. Never a guessed no."""
        language = turn.session.language
        facts = self.catalogue.facts(product.product_id)
        words = turn.message
        for mention in turn.intent.refers_to:  # "is number 3 waterproof?" does not ask about the 3
            words = words.replace(mention, " ")
        linked = [group for group in self.linker.link(words).groups if group[0].method == "exact"]
        # "is the tent waterproof?" asks for waterproof; what kind it is, everybody sees
        asked = [group for group in linked if group[0].node.kind != "category"] or linked
        if not asked:
            turn.opening = say("not_stated_all", language)
            return
        title = short(product.title)
        sentences: list[str] = []
        for group in asked:
            meanings = {link.node.iri for link in group}
            label = self.catalogue.label(group[0].node.iri, language)
            stating = [fact for fact in facts if fact.object in meanings]
            if stating:
                key = "yes_mined" if all(_MINED.search(fact.source) for fact in stating) else "yes"
                sentences.append(say(key, language, label=label, title=title))
            else:
                sentences.append(self._stated_instead(facts, group[0].node.kind, label, title, turn.session))
        turn.opening = ("" if language == "zh" else " ").join(sentences)

    def _stated_instead(self, facts: Sequence[Fact], kind: str, label: str, title: str, session: SessionState) -> str:
        language = session.language
        values = [
            self.catalogue.label(fact.object, language)
            for fact in facts
            if kind in {"material", "colour", "brand"} and fact.predicate == str(NODE_PREDICATES[kind])
        ]
        if values:
            return say("says_kind", language, title=title, values=listing(values, language), label=label)
        return say("not_stated", language, title=title, label=label)

    def _verdict(self, ids: Sequence[str], session: SessionState) -> str:
        """Who is cheaper, where both state a price and they differ; no winner otherwise."""
        priced = [product for product in self.catalogue.products(ids) if product.price is not None]
        if len(priced) == len(ids):
            cheapest = min(priced, key=lambda product: product.price or 0.0)
            if sum(product.price == cheapest.price for product in priced) == 1:
                return say("cheaper_of", session.language, title=short(cheapest.title))
        return ""


def _markdown(table: Comparison, titles: Sequence[str], currency: str | None) -> str:
    def row(cells: Sequence[str]) -> str:
        return "| " + " | ".join(re.sub(r"\s+", " ", cell).replace("|", "/") or "–" for cell in cells) + " |"

    head = [row([" ", *titles]), row(["---"] * (len(titles) + 1))]
    rows = [
        (name, [money(float(cell), currency) if name == "price" and cell else cell for cell in cells])
        for name, cells in table.rows
    ]
    return "\n".join([*head, *(row([name, *cells]) for name, cells in rows)])
