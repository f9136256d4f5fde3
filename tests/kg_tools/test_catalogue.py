"""The catalogue's contract, the same on Oxigraph on disk, rdflib in memory, and a remote SPARQL server."""

import threading
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg_tools.catalogue import Catalogue, open_catalogue
from kg_tools.errors import CatalogueError, UnknownProductError
from kg_tools.product_index import with_words
from kg_tools.products import Fact, ProductFilter
from kg_tools.shops import ShopFolder
from kg_tools.vocabulary import BECAUSE, SCHEMA

BASE = "urn:because:corner:"
CURLING_IRONS = f"{BASE}category:curling-irons"
STYLING_TOOLS = f"{BASE}category:styling-tools"
HAIR_CARE = f"{BASE}category:hair-care"
CONAIR = f"{BASE}brand:conair"
RED = f"{BASE}colour:red"
ANYTHING = ProductFilter(in_stock_only=False)


def find(catalogue: Catalogue, **needs: object) -> set[str]:
    return set(catalogue.search(ProductFilter(**{"in_stock_only": False, **needs})))  # type: ignore[arg-type]


class TestCatalogueContract:
    def test_search_by_nodes_and_narrower_categories(self, catalogue: Catalogue) -> None:
        assert find(catalogue, wanted=((CURLING_IRONS,),)) == {"iron1", "iron2"}
        styling = {"iron1", "iron2", "dryer1", "dryer2", "nozzle"}
        assert find(catalogue, wanted=((STYLING_TOOLS,),)) == styling
        assert find(catalogue, wanted=((HAIR_CARE,),)) == styling | {"shampoo1", "shampoo2"}
        assert find(catalogue, wanted=((STYLING_TOOLS,), (CONAIR,))) == {"iron2", "dryer1"}
        assert find(catalogue, wanted=((CURLING_IRONS, RED),)) == {"iron1", "iron2", "lipstick2"}

    def test_search_leaves_out_avoided_nodes_mined_ones_too(self, catalogue: Catalogue) -> None:
        assert find(catalogue, wanted=((CURLING_IRONS,),), avoided=(CONAIR,)) == {"iron1"}
        assert not find(catalogue, avoided=(CONAIR,)) & {"iron2", "dryer1", "brush1"}
        assert find(catalogue, wanted=((CURLING_IRONS,),), avoided=(HAIR_CARE,)) == set()

    def test_search_by_price(self, catalogue: Catalogue) -> None:
        assert find(catalogue, price_min=14.5, price_max=29.9) == {"lipstick2", "iron1", "iron2"}
        assert find(catalogue, price_max=6.49) == set()

    def test_an_update_wins_over_the_ingested_price(self, catalogue: Catalogue) -> None:
        assert catalogue.product("brush1").price == 9.5
        assert "brush1" in find(catalogue, price_max=10.0)

    def test_search_by_stock(self, catalogue: Catalogue) -> None:
        everything = set(catalogue.search(ANYTHING))
        assert len(everything) == 13
        assert everything - set(catalogue.search(ProductFilter())) == {"dryer1", "shampoo1"}

    def test_a_group_is_met_by_name_where_the_shop_sorts_badly(self, catalogue: Catalogue) -> None:
        shampoos = (f"{BASE}category:shampoos",)
        joined = {"shampoo1", "shampoo2"}
        assert find(catalogue, wanted=(shampoos,)) == joined
        # All titles that say "Shampoo" lie in the category, so it is taken at its word.
        assert find(catalogue, wanted=(shampoos,), named=("shampoos",)) == joined
        # What is called a box does not lie in it.
        assert find(catalogue, wanted=(shampoos,), named=("gift boxes",)) == joined | {"gift"}
        assert find(catalogue, wanted=(shampoos,), named=("gift wrap",)) == joined
        assert find(catalogue, wanted=((f"{BASE}brand:lumo",), shampoos), named=("", "gift box")) == joined

    def test_what_only_names_a_thing_does_not_tell_how_well_it_is_sorted(self) -> None:
        texts = ("breeze tent, blue", "tent for two", "tent 3-person", "tent pegs", "tent-lamp", "lamp")
        assert with_words(texts, "tent").tolist() == [True, True, True, True, True, False]
        assert with_words(texts, "tent", as_head=True).tolist() == [True, True, True, False, False, False]

    def test_search_by_words(self, catalogue: Catalogue) -> None:
        everything = set(catalogue.search(ANYTHING))
        assert everything - find(catalogue, avoided_words=("orange",)) == {"shampoo2", "lipstick1"}
        assert everything - find(catalogue, avoided_words=("ORANGE shampoo",)) == {"shampoo2"}
        assert find(catalogue, avoided_words=("rang", "sulfates", "")) == everything
        assert everything - find(catalogue, avoided_words=("sulfate free",)) == {"shampoo1"}
        assert everything - find(catalogue, avoided_words=("口红",)) == {"lipstick2"}
        assert find(catalogue, wanted_words=("sulfates",)) == {"shampoo2"}
        assert find(catalogue, wanted_words=("conair", "hair dryer")) == {"dryer1"}

    def test_search_excludes_and_counts(self, catalogue: Catalogue) -> None:
        needs = ProductFilter(wanted=((CURLING_IRONS,),), excluded=frozenset({"iron1", "no-such-id"}))
        assert catalogue.search(needs) == ("iron2",)
        assert catalogue.count(needs) == 1
        assert find(catalogue, wanted=((),)) == set()
        assert find(catalogue, wanted=((f"{BASE}brand:none",),)) == set()

    def test_product(self, catalogue: Catalogue) -> None:
        product = catalogue.product("iron1")
        assert product.iri == f"{BASE}product:iron1"
        assert product.title == "Breeze Ceramic Curling Iron"
        assert (product.price, product.in_stock) == (29.9, True)
        assert product.description == "Smooth curls, gentle heat."
        assert product.image == "https://shop.example/iron1.jpg"
        assert product.attributes == {
            "brand": ("Breeze",),
            "category": ("Curling Irons",),
            "colour": ("red",),
            "material": ("ceramic",),
            "feature": ("gentle",),
        }
        bare = catalogue.product("brush2")
        assert (bare.price, bare.in_stock, bare.description, bare.image) == (None, None, "", None)
        assert catalogue.product("dryer2").in_stock is True
        assert catalogue.product("shampoo1").in_stock is False

    def test_stated_attributes_come_before_mined_ones(self, catalogue: Catalogue) -> None:
        assert catalogue.product("shampoo1").attributes["feature"] == ("sulfate free", "gentle")

    def test_products_keep_the_order_asked(self, catalogue: Catalogue) -> None:
        wanted = ["nozzle", "a/b ü", "iron1", "nozzle"]
        assert [product.product_id for product in catalogue.products(wanted)] == wanted
        assert catalogue.products([]) == []

    def test_texts_with_quotes_and_line_ends(self, catalogue: Catalogue) -> None:
        assert catalogue.product("shampoo2").title == "Lumo Orange Shampoo, 12 oz"
        assert catalogue.product("shampoo2").description == ('Cleans with "strong" sulfates,\nsmells of oranges.')

    def test_unknown_products(self, catalogue: Catalogue) -> None:
        with pytest.raises(UnknownProductError, match=r'"iron3".*Similar ids: .*iron1'):
            catalogue.product("iron3")
        with pytest.raises(UnknownProductError):
            catalogue.facts("zzz")
        with pytest.raises(UnknownProductError):
            catalogue.product_id("urn:other:product:1")

    def test_iris(self, catalogue: Catalogue) -> None:
        assert catalogue.product_iri("a/b ü") == f"{BASE}product:a%2Fb%20%C3%BC"
        assert catalogue.product_id(f"{BASE}product:a%2Fb%20%C3%BC") == "a/b ü"
        assert catalogue.product_iri("not here") == f"{BASE}product:not%20here"
        assert catalogue.shopper_iri("s/1") == f"{BASE}shopper:s%2F1"

    def test_facts_with_source_and_confidence(self, catalogue: Catalogue) -> None:
        facts = catalogue.facts("shampoo1")
        iri = f"{BASE}product:shampoo1"
        stated, mined = f"{BASE}source:products", f"{BASE}source:mined-features"
        free, gentle = f"{BASE}feature:sulfate-free", f"{BASE}feature:gentle"
        assert Fact(iri, str(BECAUSE.feature), free, stated) in facts
        assert Fact(iri, str(BECAUSE.feature), free, mined, 0.8) in facts
        assert facts[-1] == Fact(iri, str(BECAUSE.feature), free, mined, 0.8)
        assert Fact(iri, str(BECAUSE.feature), gentle, mined, 0.8) in facts
        assert Fact(f"{BASE}offer:shampoo1", str(SCHEMA.price), "8.5", stated) in facts
        assert facts == sorted(facts, key=lambda fact: -fact.confidence)

    def test_find_facts(self, catalogue: Catalogue) -> None:
        iri = f"{BASE}product:shampoo1"
        found = catalogue.find_facts((iri, str(BECAUSE.feature), f"{BASE}feature:sulfate-free"))
        assert [fact.confidence for fact in found] == [1.0, 0.8]
        assert catalogue.find_facts((iri, str(BECAUSE.feature), f"{BASE}feature:orange")) == []
        assert catalogue.find_facts((f"{BASE}offer:shampoo1", str(SCHEMA.price), "8.50"))
        assert catalogue.find_facts((f"{BASE}offer:shampoo1", str(SCHEMA.price), "8.51")) == []
        assert catalogue.find_facts((iri, "not an iri", "x")) == []
        assert catalogue.find_facts(("a> b", str(SCHEMA.price), "x")) == []
        shopper = (catalogue.shopper_iri("s1"), str(BECAUSE.interactedWith), f"{BASE}product:iron1")
        assert [fact.source for fact in catalogue.find_facts(shopper)] == [f"{BASE}source:interactions"]

    def test_a_wider_category_rests_on_the_facts_it_follows_from(self, catalogue: Catalogue) -> None:
        iri = f"{BASE}product:iron1"
        chain = catalogue.find_facts((iri, str(SCHEMA.category), HAIR_CARE))
        assert [fact.object for fact in chain] == [CURLING_IRONS, STYLING_TOOLS, HAIR_CARE]
        for fact in chain:
            assert catalogue.find_facts(fact.triple) == [fact]
        assert catalogue.find_facts((iri, str(SCHEMA.category), f"{BASE}category:lipsticks")) == []

    def test_nodes_and_labels(self, catalogue: Catalogue) -> None:
        brands = catalogue.nodes("brand")
        assert [(node.label, node.products, node.mined) for node in brands] == [
            ("Conair", 3, False),
            ("Breeze", 2, False),
            ("Lumo", 2, False),
        ]
        assert catalogue.node(HAIR_CARE).products == 7
        assert catalogue.node(f"{BASE}category:empty").products == 0
        assert catalogue.node(f"{BASE}feature:gentle").mined
        assert not catalogue.node(f"{BASE}feature:sulfate-free").mined
        with pytest.raises(CatalogueError, match="no brand"):
            catalogue.node("urn:none")
        assert catalogue.label(CURLING_IRONS) == "Curling Irons"
        assert catalogue.label(CURLING_IRONS, "zh") == "卷发棒"
        assert catalogue.label(CONAIR, "zh") == "Conair"
        assert catalogue.label(f"{BASE}product:iron1") == "Breeze Ceramic Curling Iron"
        assert catalogue.label(str(SCHEMA.brand), "zh") == "品牌"
        assert catalogue.label(f"{BASE}source:also") == "also"
        assert catalogue.label("29.9") == "29.9"

    def test_lexicon_has_every_label_language_and_synonym(self, catalogue: Catalogue) -> None:
        entries = {(entry.label, entry.language, entry.node.iri) for entry in catalogue.lexicon()}
        assert {
            ("Curling Irons", "en", CURLING_IRONS),
            ("卷发棒", "zh", CURLING_IRONS),
            ("curling wand", "en", CURLING_IRONS),
            ("orange", "en", f"{BASE}colour:orange"),
            ("orange", "en", f"{BASE}feature:orange"),
        } <= entries

    def test_facets_agree_with_search(self, catalogue: Catalogue) -> None:
        needs = ProductFilter(wanted=((HAIR_CARE,),), in_stock_only=False)
        facets = catalogue.facets(needs, "category", 10)
        assert [(facet.node.label, facet.count) for facet in facets][:2] == [
            ("Hair Care", 7),
            ("Styling Tools", 5),
        ]
        for facet in facets:
            both = ProductFilter(wanted=((HAIR_CARE,), (facet.node.iri,)), in_stock_only=False)
            assert catalogue.count(both) == facet.count
        assert [facet.node.label for facet in catalogue.facets(ANYTHING, "brand", 1)] == ["Conair"]

    def test_compare(self, catalogue: Catalogue) -> None:
        table = catalogue.compare(["iron1", "lipstick1"])
        rows = dict(table.rows)
        assert rows["price"] == ("29.9", "")
        assert rows["brand"] == ("Breeze", "")
        assert rows["colour"] == ("red", "orange")
        assert rows["weight"] == ("0.6 kg", "")
        assert rows["availability"] == ("in stock", "")
        assert "occasion" not in rows
        for fact in table.facts:
            assert fact in catalogue.find_facts(fact.triple)
        assert {fact.subject for fact in table.facts} == {
            f"{BASE}product:iron1",
            f"{BASE}offer:iron1",
            f"{BASE}product:lipstick1",
        }

    def test_knows_shopper(self, catalogue: Catalogue) -> None:
        assert catalogue.knows_shopper("s1")
        assert not catalogue.knows_shopper("stranger")
        assert not catalogue.knows_shopper('"> } DROP ALL #')

    def test_update_offer_is_seen_at_once_and_by_the_next_opening(
        self, backend: str, open_shop: Callable[[], Catalogue]
    ) -> None:
        catalogue = open_shop()
        catalogue.update_offer("iron1", price=19.99, in_stock=False)
        offer = f"{BASE}offer:iron1"

        def check(seen: Catalogue) -> None:
            assert (seen.product("iron1").price, seen.product("iron1").in_stock) == (19.99, False)
            assert "iron1" not in seen.search(ProductFilter())
            prices = [fact for fact in seen.facts("iron1") if fact.predicate == str(SCHEMA.price)]
            assert prices == [Fact(offer, str(SCHEMA.price), "19.99", f"{BASE}source:updates")]
            assert seen.find_facts((offer, str(SCHEMA.price), "29.9")) == []
            assert seen.product("iron2").price == 24.99

        check(catalogue)
        catalogue.refresh()
        check(catalogue)
        catalogue.close()
        if backend != "memory":
            again = open_shop()
            check(again)
            again.close()

    def test_update_offer_of_a_product_without_one(self, catalogue: Catalogue) -> None:
        catalogue.update_offer("gift", price=5)
        catalogue.update_offer("nozzle", in_stock=True)
        catalogue.refresh()
        assert catalogue.product("gift").price == 5.0
        assert catalogue.product("gift").in_stock is None
        assert catalogue.product("nozzle").in_stock is True
        assert catalogue.find_facts((f"{BASE}offer:gift", str(SCHEMA.price), "5"))

    def test_bad_updates_change_nothing(self, catalogue: Catalogue) -> None:
        before = catalogue.facts("iron1")
        with pytest.raises(ValueError, match="0 or more"):
            catalogue.update_offer("iron1", price=-1)
        with pytest.raises(ValueError, match="0 or more"):
            catalogue.update_offer("iron1", price=float("nan"), in_stock=False)
        with pytest.raises(UnknownProductError):
            catalogue.update_offer("nothing", price=1)
        catalogue.update_offer("iron1")
        assert catalogue.facts("iron1") == before

    def test_replace_links(self, catalogue: Catalogue) -> None:
        iri = catalogue.product_iri
        relation = str(BECAUSE.boughtAlongside)
        catalogue.replace_links("boughtAlongside", [("iron1", "brush1"), ("iron2", "brush2")])
        catalogue.replace_links("boughtAlongside", [("iron1", "gift")])
        found = catalogue.find_facts((iri("iron1"), relation, iri("gift")))
        assert [fact.source for fact in found] == [f"{BASE}source:derived"]
        assert catalogue.find_facts((iri("iron1"), relation, iri("brush1"))) == []
        assert catalogue.find_facts((iri("iron1"), str(BECAUSE.alsoBought), iri("iron2")))
        catalogue.replace_links("boughtAlongside", [])
        assert catalogue.find_facts((iri("iron1"), relation, iri("gift"))) == []
        with pytest.raises(CatalogueError, match="no relation"):
            catalogue.replace_links("likes", [])
        with pytest.raises(UnknownProductError):
            catalogue.replace_links("boughtAlongside", [("iron1", "nothing")])


def test_readers_and_writers_at_once(folder: ShopFolder) -> None:
    catalogue = open_catalogue(folder, writable=True)
    prices = {f"{price / 4:.2f}" for price in range(40, 80)} | {"29.90"}
    failures: list[BaseException] = []

    def read() -> None:
        try:
            for _ in range(60):
                price = catalogue.product("iron1").price
                assert f"{price:.2f}" in prices
                stated = [fact for fact in catalogue.facts("iron1") if fact.predicate == str(SCHEMA.price)]
                assert len(stated) == 1
        except (AssertionError, CatalogueError) as error:
            failures.append(error)

    def write(start: int) -> None:
        try:
            for step in range(20):
                catalogue.update_offer("iron1", price=(start + step) / 4)
        except CatalogueError as error:
            failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(3)]
    threads += [threading.Thread(target=write, args=(start,)) for start in (40, 60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shown = catalogue.product("iron1").price
    catalogue.refresh()
    assert not failures
    assert catalogue.product("iron1").price == shown
    catalogue.close()


NODES = [CURLING_IRONS, STYLING_TOOLS, CONAIR, RED, f"{BASE}feature:gentle", "urn:none"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    wanted=st.lists(st.lists(st.sampled_from(NODES), min_size=1, max_size=2).map(tuple), max_size=2).map(tuple),
    avoided=st.lists(st.sampled_from(NODES), max_size=2).map(tuple),
    price_max=st.none() | st.sampled_from([6.5, 20.0, 100.0]),
    in_stock_only=st.booleans(),
)
def test_search_is_what_the_single_facts_say(
    corner: Catalogue,
    wanted: tuple[tuple[str, ...], ...],
    avoided: tuple[str, ...],
    price_max: float | None,
    in_stock_only: bool,
) -> None:
    needs = ProductFilter(wanted, avoided, price_max=price_max, in_stock_only=in_stock_only)
    joined = {node: set(corner.search(ProductFilter(wanted=((node,),), in_stock_only=False))) for node in NODES}
    expected = [
        product.product_id
        for product in corner.products(corner.search(ANYTHING))
        if all(any(product.product_id in joined[node] for node in group) for group in wanted)
        and not any(product.product_id in joined[node] for node in avoided)
        and (price_max is None or (product.price is not None and product.price <= price_max))
        and not (in_stock_only and product.in_stock is False)
    ]
    assert list(corner.search(needs)) == expected
