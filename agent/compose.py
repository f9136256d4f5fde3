"""Terms and facts -> reasons. A reason is a sentence with the facts it rests on; without a fact there is none."""

import re
from collections.abc import Iterable, Sequence
from typing import Protocol

from agent.events import FactView, ProductView, ReasonView, TermView
from agent.intent import Need
from agent.sessions import SessionState
from agent.wording import money, say, short
from kg_tools.errors import UnknownProductError
from kg_tools.products import Fact, Language, Node, Product, Triple
from kg_tools.vocabulary import BECAUSE, LINK_PREDICATES, NODE_PREDICATES, SCHEMA
from ranker.ranking import RankedProduct, Term

MOST_REASONS = 3
_KIND_OF_PREDICATE = {str(iri): kind for kind, iri in NODE_PREDICATES.items()}
_NAME_OF_LINK = {str(iri): name for name, iri in LINK_PREDICATES.items()}
_SAID_INSTEAD = {"brand", "colour", "material"}
_OTHER_PRODUCT = {"collaborative", "path", "liked"}
_MINED = re.compile(r":source:mined[^:]*$")


class FactSource(Protocol):
    """What composing reads of the catalogue; ``kg_tools.catalogue.Catalogue``."""

    def find_facts(self, triple: Triple) -> list[Fact]:
        """Every source that states the triple; empty when it is not in the graph."""
        ...

    def facts(self, product_id: str) -> list[Fact]:
        """All facts of a product."""
        ...

    def label(self, term: str, language: Language = "en") -> str:
        """What people call a node."""
        ...

    def node(self, iri: str) -> Node:
        """A node by IRI."""
        ...

    def products(self, product_ids: Sequence[str]) -> list[Product]:
        """Products by id."""
        ...

    def product_id(self, iri: str) -> str:
        """The shop's id of a product IRI."""
        ...


class Composer:
    """Turns ranked products into what is shown, in one language.

    Args:
        catalogue: where facts are checked and labels come from.
        currency: the shop's, None when it has none.
    """

    def __init__(self, catalogue: FactSource, currency: str | None) -> None:
        self._catalogue = catalogue
        self._currency = currency

    def products(self, ranked: Sequence[RankedProduct], session: SessionState) -> tuple[ProductView, ...]:
        """The products with price, terms and reasons, in the order given."""
        known = {product.product_id: product for product in self._catalogue.products([r.product_id for r in ranked])}
        return tuple(self._view(one, known[one.product_id], session) for one in ranked)

    def _view(self, ranked: RankedProduct, product: Product, session: SessionState) -> ProductView:
        return ProductView(
            product_id=ranked.product_id,
            title=product.title,
            price=product.price,
            score=ranked.score,
            terms=tuple(
                TermView(name=term.name, value=term.value, path=term.path.triples if term.path else ())
                for term in ranked.terms
            ),
            reasons=self.reasons(ranked, product, session),
        )

    def reasons(self, ranked: RankedProduct, product: Product, session: SessionState) -> tuple[ReasonView, ...]:
        """At most three, what was asked for first; every fact was found in the graph just now."""
        language = session.language
        asked: list[ReasonView] = []
        tied: list[ReasonView] = []
        for term in sorted(ranked.terms, key=lambda term: -term.value):
            reason = self._of_term(term, product, language) if term.value > 0 else None
            if reason is not None:
                (tied if term.name in _OTHER_PRODUCT else asked).append(reason)
        asked.extend(self._of_needs(product, session))
        asked.sort(key=_says_only_the_kind)  # every candidate is of the kind asked for: true, but it tells least
        tied = tied[:1] if asked else tied
        # one tie to the shopper's own past is worth more than a third attribute they asked for anyway
        room = MOST_REASONS - len(tied)
        return tuple(_distinct([*_distinct(asked)[:room], *tied]))[:MOST_REASONS]

    # -- reasons that are terms of the score

    def _of_term(self, term: Term, product: Product, language: Language) -> ReasonView | None:
        if term.path is None:
            return None
        # The shopper's own history is true, but nothing to quote back as a fact about products.
        triples = [triple for triple in term.path.triples if triple[1] != str(BECAUSE.interactedWith)]
        found = [self._best_facts(triple) for triple in triples]
        if not found or not all(found):
            return None
        facts = list(dict.fromkeys(fact for facts in found for fact in facts))
        mined = any(_MINED.search(fact.source) for fact in facts)
        sentence = self._sentence(term.name, triples, product, language, mined=mined)
        return None if sentence is None else _reason(sentence, facts)

    def _sentence(
        self, name: str, triples: Sequence[Triple], product: Product, language: Language, *, mined: bool
    ) -> str | None:
        subject, predicate, thing = triples[-1]
        kind = _KIND_OF_PREDICATE.get(predicate)
        if kind is not None:
            label = self._catalogue.label(thing, language)
            if name == "need":
                return say("r_mined" if mined else f"r_{kind}", language, label=label)
            others = [one for one, _, shared in triples if shared == thing and one != product.iri]
            title = self._title(others[0]) if others else None
            return say(f"r_shared_{kind}", language, title=title, label=label) if title else None
        link = _NAME_OF_LINK.get(predicate)
        if link is not None and len(triples) == 2 and triples[0][1:] == triples[1][1:]:
            title = self._title(triples[0][0])
            other = self._title(thing) or say("r_something_elsewhere", language)
            return say(f"r_coupled_{link}", language, title=title, other=other) if title else None
        title = self._title(subject if thing == product.iri else thing) if link else None
        if link is None or title is None:
            return None
        key = "r_collaborative" if link == "boughtAlongside" else f"r_{link}"
        if link == "isAccessoryFor" and thing == product.iri:
            key = "r_has_accessory"
        return say(key, language, title=title)

    # -- reasons that are hard needs: they decided who is a candidate

    def _of_needs(self, product: Product, session: SessionState) -> Iterable[ReasonView]:
        stated = self._catalogue.facts(product.product_id)
        language = session.language
        if session.price_max is not None or session.price_min is not None:
            prices = [fact for fact in stated if fact.predicate == str(SCHEMA.price)]
            if prices and product.price is not None:
                yield _reason(say("r_price", language, price=money(product.price, self._currency)), prices[:1])
        for need in session.needs:
            if not need.wanted and need.kind in _SAID_INSTEAD:
                yield from self._instead(need, stated, language)
            if need.wanted and need.leftover:
                yield from _mentions(need.leftover, stated, language)

    def _instead(self, need: Need, stated: Sequence[Fact], language: Language) -> Iterable[ReasonView]:
        """What the product has in place of what was to be avoided; where nothing is stated there is no such fact."""
        found = [fact for fact in stated if fact.predicate == str(NODE_PREDICATES[need.kind])]
        if found:
            label = self._catalogue.label(found[0].object, language)
            avoided = self._catalogue.label(need.groups[0][0], language)
            yield _reason(say(f"r_avoid_{need.kind}", language, label=label, avoided=avoided), found[:1])

    def _title(self, iri: str) -> str | None:
        """The title of a product, None for what is no product of the shop."""
        try:
            product_id = self._catalogue.product_id(iri)
        except UnknownProductError:
            return None
        titles = [product.title for product in self._catalogue.products([product_id])]
        return short(titles[0]) if titles else None

    def _best_facts(self, triple: Triple) -> list[Fact]:
        """The triple as a fact, of its most certain source; where it follows from others, those; else nothing."""
        facts = self._catalogue.find_facts(triple)
        same = [fact for fact in facts if fact.predicate == triple[1] and fact.object == triple[2]]
        return [max(same, key=lambda fact: fact.confidence)] if same else facts


def _mentions(words: str, stated: Sequence[Fact], language: Language) -> Iterable[ReasonView]:
    pattern = re.compile(rf"(?<!\w){re.escape(words)}(?!\w)", re.IGNORECASE)
    for predicate in (str(SCHEMA.name), str(SCHEMA.description)):
        for fact in stated:
            if fact.predicate == predicate and pattern.search(fact.object):
                yield _reason(say("r_words", language, label=words), [fact])
                return


def _says_only_the_kind(reason: ReasonView) -> bool:
    return all(fact.predicate == str(SCHEMA.category) for fact in reason.facts)


def _reason(text: str, facts: Sequence[Fact]) -> ReasonView:
    views = tuple(
        FactView(subject=fact.subject, predicate=fact.predicate, object=fact.object, source=fact.source)
        for fact in facts
    )
    return ReasonView(text=text, facts=views)


def _distinct(reasons: Sequence[ReasonView]) -> list[ReasonView]:
    return list({reason.text: reason for reason in reasons}.values())
