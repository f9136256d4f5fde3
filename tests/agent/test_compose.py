"""Reasons: only from facts that are in the graph at that moment, worded by what the fact says."""

from collections.abc import Sequence

from agent.compose import Composer
from agent.intent import Need
from agent.sessions import SessionState
from kg_tools.errors import UnknownProductError
from kg_tools.products import Fact, Language, Node, Path, Product, Triple
from kg_tools.vocabulary import BECAUSE, SCHEMA
from ranker.ranking import RankedProduct, Term

BRAND, FEATURE, CATEGORY = str(SCHEMA.brand), str(BECAUSE.feature), str(SCHEMA.category)
BOUGHT = str(BECAUSE.alsoBought)
ALONGSIDE, TOGETHER = str(BECAUSE.boughtAlongside), str(BECAUSE.boughtTogether)
STATED, MINED, DERIVED = "urn:s:source:products", "urn:s:source:mined-features", "urn:s:source:derived"
PRICE = Fact("o:1", str(SCHEMA.price), "79", STATED)
FACTS = [
    Fact("p:1", FEATURE, "f:wireless", STATED),
    Fact("p:1", FEATURE, "f:quiet", MINED, 0.8),
    Fact("p:1", BRAND, "b:norvik", STATED),
    Fact("p:2", BRAND, "b:norvik", STATED),
    Fact("p:2", ALONGSIDE, "p:1", DERIVED),
    *(Fact(one, BOUGHT, other, STATED) for one in ("p:1", "p:2") for other in ("p:3", "x:9")),
    Fact("p:1", "http://www.w3.org/2004/02/skos/core#broader", "c:audio", STATED),
    PRICE,
]


class Graph:
    """Two products and what is known of them."""

    def find_facts(self, triple: Triple) -> list[Fact]:
        if triple == ("p:1", CATEGORY, "c:audio"):  # follows from two facts
            return [Fact("p:1", CATEGORY, "c:headphones", STATED), Fact("c:headphones", "broader", "c:audio", STATED)]
        return [fact for fact in FACTS if fact.triple == triple]

    def facts(self, product_id: str) -> list[Fact]:
        return [fact for fact in FACTS if fact.subject in (f"p:{product_id}", f"o:{product_id}")]

    def label(self, term: str, language: Language = "en") -> str:
        return f"{term.split(':')[1]}@{language}"

    def node(self, iri: str) -> Node:
        return Node(iri, "feature", self.label(iri))

    def products(self, product_ids: Sequence[str]) -> list[Product]:
        return [Product(f"p:{one}", one, f"Product {one}", price=79.0) for one in product_ids]

    def product_id(self, iri: str) -> str:
        if not iri.startswith("p:"):
            raise UnknownProductError(iri)
        return iri.removeprefix("p:")


def reasons(*terms: Term, session: SessionState | None = None) -> list[tuple[str, list[Triple]]]:
    ranked = RankedProduct("1", sum(term.value for term in terms), terms)
    view = Composer(Graph(), "EUR").products([ranked], session or SessionState())[0]
    return [(r.text, [(f.subject, f.predicate, f.object) for f in r.facts]) for r in view.reasons]


def need(thing: str, value: float = 1.0) -> Term:
    return Term("need", value, Path((("p:1", FEATURE, thing),)))


def test_a_need_that_is_met_is_worded_with_its_fact() -> None:
    assert reasons(need("f:wireless")) == [("Its features include wireless@en.", [("p:1", FEATURE, "f:wireless")])]


def test_a_mined_fact_is_not_worded_as_a_stated_one() -> None:
    assert reasons(need("f:quiet"))[0][0] == "Its text mentions “quiet@en”."


def test_a_path_that_is_not_in_the_graph_gives_no_reason() -> None:
    assert reasons(need("f:waterproof")) == []


def test_terms_without_facts_and_terms_that_speak_against_give_no_reason() -> None:
    assert reasons(Term("residual", 5.0), Term("text", 3.0), Term("popularity", 1.0), need("f:wireless", -1.0)) == []


def test_a_tie_to_an_earlier_product_names_it() -> None:
    bought = Term("collaborative", 2.0, Path((("s:9", str(BECAUSE.interactedWith), "p:2"), ("p:2", ALONGSIDE, "p:1"))))
    assert reasons(bought) == [("Shoppers who chose Product 2 also chose this.", [("p:2", ALONGSIDE, "p:1")])]
    shared = Term("path", 2.0, Path((("p:2", BRAND, "b:norvik"), ("p:1", BRAND, "b:norvik"))))
    assert reasons(shared)[0][0] == "Like Product 2, it is made by norvik@en."
    assert len(reasons(shared)[0][1]) == 2


def test_what_follows_from_two_facts_cites_both() -> None:
    text, facts = reasons(Term("need", 1.0, Path((("p:1", CATEGORY, "c:audio"),))))[0]
    assert text == "It is listed under audio@en."
    assert [fact[2] for fact in facts] == ["c:headphones", "c:audio"]


def test_price_and_avoided_brand_are_reasons_too() -> None:
    avoided = Need(key="-x", phrase="Conair", wanted=False, kind="brand", groups=(("b:conair",),))
    found = reasons(session=SessionState(needs=(avoided,), price_max=100))
    assert ("It costs €79, within your limit.", [PRICE.triple]) in found
    assert any(text == "It is made by norvik@en, not conair@en." for text, _ in found)


def test_at_most_three_and_one_of_them_ties_to_the_past() -> None:
    bought = Term("collaborative", 0.1, Path((("p:2", ALONGSIDE, "p:1"),)))
    brand = Term("need", 3.0, Path((("p:1", BRAND, "b:norvik"),)))
    found = reasons(need("f:wireless", 5.0), need("f:quiet", 4.0), brand, bought)
    assert len(found) == 3
    assert found[-1][0].startswith("Shoppers who chose")


def test_the_shoppers_language() -> None:
    assert reasons(need("f:wireless"), session=SessionState(language="zh"))[0][0] == "它的特点包括wireless@zh。"


def test_products_linked_to_the_same_thing_whether_the_shop_has_it_or_not() -> None:
    def both(other: str) -> Term:
        return Term("path", 1.0, Path((("p:2", BOUGHT, other), ("p:1", BOUGHT, other))), about="2")

    [(known, facts)] = reasons(both("p:3"))
    assert known == "People who bought Product 2 and people who bought this one both also bought Product 3."
    assert facts == [("p:2", BOUGHT, "p:3"), ("p:1", BOUGHT, "p:3")]
    [(unknown, _)] = reasons(both("x:9"))
    assert unknown.endswith("both also bought the same thing, which this shop does not have.")
