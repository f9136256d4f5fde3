"""Products that come and go in an open catalogue: the same on Oxigraph on disk, rdflib in memory, a remote server."""

import threading
from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np
import pytest

from kg_tools import export
from kg_tools.catalogue import Catalogue, open_catalogue
from kg_tools.errors import CatalogueError, ProductError, StoreError, UnknownProductError
from kg_tools.linking import Linker
from kg_tools.products import Fact, GraphArrays, NewProduct, ProductFilter
from kg_tools.shops import ShopFolder
from kg_tools.vocabulary import BECAUSE, LINK_PREDICATES, SCHEMA

BASE = "urn:because:corner:"
UPDATES = f"{BASE}source:updates"
ANYTHING = ProductFilter(in_stock_only=False)
CURLING_IRONS = f"{BASE}category:curling-irons"

IRON = NewProduct(
    "iron3/ü",
    {"en": "Zephyr  Travel &amp; Home Curling Iron", "zh": "卷发棒"},
    description='Folds.\n"Small" and <light>.',
    price=19.9,
    in_stock=True,
    attributes={
        "brand": ["Zephyr"],  # new
        "category": ["curling wand"],  # a synonym of Curling Irons
        "colour": ["红色", "RED"],  # one node under two names
        "feature": ["Gentle", "cordless"],
    },
    links={"alsoBought": ["iron1", "elsewhere"], "isAccessoryFor": ["dryer2"]},
    literals={"image": "https://shop.example/iron3.jpg", "weight": "0.3 kg"},
)


def same(one: GraphArrays, other: GraphArrays) -> None:
    for field in fields(GraphArrays):
        left, right = getattr(one, field.name), getattr(other, field.name)
        if isinstance(left, np.ndarray):
            np.testing.assert_array_equal(left, right, err_msg=field.name)
            assert left.dtype == right.dtype, field.name
        else:
            assert left == right, field.name


def exported(catalogue: Catalogue) -> GraphArrays:
    """What exporting the whole graph gives."""
    return export.export_arrays(catalogue._snapshot, catalogue._runner)


def labels(catalogue: Catalogue) -> dict[str, int]:
    return {entry.label: entry.node.products for entry in catalogue.lexicon()}


def edges(arrays: GraphArrays) -> set[tuple[str, str, str]]:
    return {
        (arrays.node_iris[head], arrays.relations[relation], arrays.node_iris[tail])
        for head, relation, tail in zip(arrays.heads, arrays.relation_index, arrays.tails, strict=True)
    }


class TestAdding:
    def test_it_is_found_described_and_stated_by_the_updates(self, catalogue: Catalogue) -> None:
        catalogue.add_product(IRON)

        product = catalogue.product("iron3/ü")
        assert (product.title, product.price, product.in_stock) == ("Zephyr Travel & Home Curling Iron", 19.9, True)
        assert product.image == "https://shop.example/iron3.jpg"
        assert product.description == 'Folds. "Small" and <light>.'
        assert product.attributes == {
            "brand": ("Zephyr",),
            "category": ("Curling Irons",),
            "colour": ("red",),
            "feature": ("cordless", "gentle"),
        }
        assert catalogue.search(ProductFilter(wanted=((CURLING_IRONS,),), price_max=20)) == ("iron3/ü",)
        assert catalogue.search(ProductFilter(wanted=((f"{BASE}category:hair-care",),), price_max=20))[0] == "iron3/ü"
        assert catalogue.search(ProductFilter(wanted_words=("folds",))) == ("iron3/ü",)
        facts = catalogue.facts("iron3/ü")
        assert {fact.source for fact in facts} == {UPDATES}
        assert Fact(f"{BASE}offer:iron3%2F%C3%BC", str(SCHEMA.priceCurrency), "USD", UPDATES) in facts
        link = (product.iri, str(BECAUSE.alsoBought), f"{BASE}product:iron1")
        assert [fact.source for fact in catalogue.find_facts(link)] == [UPDATES]

    def test_nodes_are_joined_by_label_and_new_ones_get_one(self, catalogue: Catalogue) -> None:
        before = labels(catalogue)
        catalogue.add_product(IRON)
        after = labels(catalogue)
        assert set(after) - set(before) == {"Zephyr", "cordless"}
        assert after["Zephyr"] == 1
        assert after["Curling Irons"] == before["Curling Irons"] + 1
        assert after["Hair Care"] == before["Hair Care"] + 1, "a wider category has it too"
        (group,) = Linker(catalogue.lexicon()).link("zephyr").groups
        assert group[0].node.iri == f"{BASE}brand:zephyr"
        assert catalogue.search(ProductFilter(wanted=((group[0].node.iri,),))) == ("iron3/ü",)
        (fact,) = catalogue.find_facts((f"{BASE}brand:zephyr", "http://www.w3.org/2000/01/rdf-schema#label", "Zephyr"))
        assert fact.source == UPDATES

    def test_arrays_follow_as_a_whole_export_would(self, catalogue: Catalogue) -> None:
        before = catalogue.arrays()
        catalogue.add_product(IRON)
        catalogue.add_product(NewProduct("elsewhere", "A thing others linked to before it came"))
        after = catalogue.arrays()
        same(after, exported(catalogue))
        assert len(before.product_ids) == 13
        assert set(after.product_ids) - set(before.product_ids) == {"iron3/ü", "elsewhere"}
        link = (f"{BASE}product:iron1", str(BECAUSE.alsoBought), f"{BASE}product:elsewhere")
        assert link in edges(after)
        assert after.node_kinds[after.node_iris.index(link[2])] == "product"
        catalogue.update_offer("iron3/ü", price=5.25)
        place = after.product_ids.index("iron3/ü")
        assert catalogue.arrays().prices[place] == 5.25

    def test_the_least_a_product_can_be(self, catalogue: Catalogue) -> None:
        catalogue.add_product(NewProduct("bare", "Bare"))
        product = catalogue.product("bare")
        assert (product.price, product.in_stock, product.attributes) == (None, None, {})
        assert "bare" in catalogue.search(ProductFilter())
        same(catalogue.arrays(), exported(catalogue))

    def test_the_next_opening_has_it(self, backend: str, open_shop: Callable[[], Catalogue]) -> None:
        catalogue = open_shop()
        catalogue.arrays()
        catalogue.add_product(IRON)
        catalogue.remove_product("gift")
        catalogue.close()
        if backend == "memory":
            return
        again = open_shop()
        ids = again.arrays().product_ids  # none but outdated arrays lie in the file
        assert "iron3/ü" in ids
        assert "gift" not in ids
        same(again.arrays(), exported(again))
        again.close()

    @pytest.mark.parametrize(
        ("spoilt", "words"),
        [
            (replace(IRON, product_id="iron2"), r'id "iron2" already'),
            (replace(IRON, product_id=" "), "the id is missing"),
            (replace(IRON, title=""), "title is missing"),
            (replace(IRON, title={"en": "x", "de": "y"}), 'does not speak "de".*Allowed: en, zh'),
            (replace(IRON, title="x" * 2001), "longer than 2,000"),
            (replace(IRON, title="\ud800"), "Unicode"),
            (replace(IRON, price=-1), "negative"),
            (replace(IRON, price=float("inf")), "not a price"),
            (replace(IRON, price=float("nan")), "not a price"),
            (replace(IRON, literals={"image": "javascript:alert(1)"}), "web address"),
            (replace(IRON, literals={"colour": "red"}), 'unknown property "colour"'),
            (replace(IRON, attributes={"brands": ["x"]}), 'unknown kind "brands".*Did you mean "brand"'),
            (replace(IRON, links={"boughtAlongside": ["iron1"]}), 'unknown relation "boughtAlongside"'),
            (replace(IRON, links={"alsoBought": ["iron3/ü"]}), "joins it to itself"),
        ],
    )
    def test_what_is_no_product_changes_nothing(self, catalogue: Catalogue, spoilt: NewProduct, words: str) -> None:
        before, facts = exported(catalogue), catalogue.facts("iron1")
        with pytest.raises(ProductError, match=words):
            catalogue.add_product(spoilt)
        catalogue.refresh()
        same(exported(catalogue), before)
        assert catalogue.facts("iron1") == facts

    def test_values_stay_values(self, catalogue: Catalogue) -> None:
        evil = '"> } } ; DROP ALL # \\" \\u0022'
        catalogue.add_product(
            NewProduct(evil, evil, evil, attributes={"brand": evil}, links={"alsoBought": [evil[:3]]})
        )
        catalogue.refresh()
        assert catalogue.product(evil).title == evil
        assert catalogue.product(evil).attributes == {"brand": (evil,)}
        assert len(catalogue.search(ANYTHING)) == 14

    def test_another_program_was_faster(self, open_shop: Callable[[], Catalogue], backend: str) -> None:
        if backend != "remote":
            pytest.skip("only one program writes to a store of its own")
        one, other = open_shop(), open_shop()
        assert "iron3/ü" not in other.search(ANYTHING)
        one.add_product(IRON)
        with pytest.raises(ProductError, match="already"):
            other.add_product(replace(IRON, title="Another"))
        assert [fact.object for fact in one.facts("iron3/ü") if fact.predicate == str(SCHEMA.name)] == [
            "Zephyr Travel & Home Curling Iron",
            "卷发棒",
        ]
        one.close()
        other.close()


class TestRemoving:
    def test_it_is_gone_from_search_lexicon_arrays_and_links(self, catalogue: Catalogue) -> None:
        catalogue.replace_links("boughtAlongside", [("iron1", "iron2"), ("iron2", "gift"), ("gift", "brush2")])
        catalogue.arrays()
        before = labels(catalogue)
        catalogue.remove_product("iron2")

        assert "iron2" not in catalogue.search(ANYTHING)
        assert not catalogue.knows_product("iron2")
        for ask in (catalogue.product, catalogue.facts, catalogue.remove_product):
            with pytest.raises(UnknownProductError):
                ask("iron2")
        after = labels(catalogue)
        assert after["Curling Irons"] == before["Curling Irons"] - 1
        assert after["Conair"] == before["Conair"] - 1
        iri = catalogue.product_iri("iron2")
        for link in LINK_PREDICATES.values():
            assert catalogue.find_facts((catalogue.product_iri("iron1"), str(link), iri)) == []
        arrays = catalogue.arrays()
        same(arrays, exported(catalogue))
        assert iri not in arrays.node_iris
        assert "gift" in arrays.product_ids
        offers = catalogue._runner.select("literals", product=_iri(f"{BASE}offer:iron2"), predicate=SCHEMA.price)
        assert offers == []
        log = catalogue.interactions()
        assert len(log.product) == 3

    def test_its_interactions_are_not_read_any_more(self, catalogue: Catalogue) -> None:
        assert len(catalogue.interactions().product) == 3
        catalogue.remove_product("iron1")
        log = catalogue.interactions()
        assert [catalogue.arrays().product_ids[one] for one in log.product] == ["dryer2"]
        assert catalogue.knows_shopper("s2"), "a shopper stays known"

    def test_all_sources_let_go_of_it(self, catalogue: Catalogue) -> None:
        catalogue.update_offer("brush1", price=3)
        catalogue.remove_product("brush1")  # stated by products, mined-brands and updates
        catalogue.refresh()
        assert "brush1" not in catalogue.search(ANYTHING)
        assert catalogue._runner.select("facts", product=_iri(f"{BASE}product:brush1")) == []

    def test_there_and_back_again(self, catalogue: Catalogue) -> None:
        catalogue.arrays()
        catalogue.remove_product("iron1")
        catalogue.add_product(NewProduct("iron1", "Another iron", attributes={"category": ["Curling Irons"]}))
        same(catalogue.arrays(), exported(catalogue))
        assert catalogue.product("iron1").price is None
        assert not any(one[0] == f"{BASE}product:iron1" and "also" in one[1] for one in edges(catalogue.arrays()))
        assert len(catalogue.interactions().product) == 3, "the id is the same product to the log"

    def test_the_last_one_leaves_an_empty_shop(self, catalogue: Catalogue) -> None:
        for product_id in catalogue.search(ANYTHING):
            catalogue.remove_product(product_id)
        assert catalogue.search(ANYTHING) == ()
        arrays = catalogue.arrays()
        same(arrays, exported(catalogue))
        assert arrays.product_ids == ()
        catalogue.add_product(IRON)
        assert catalogue.search(ANYTHING) == ("iron3/ü",)
        same(catalogue.arrays(), exported(catalogue))


def _iri(iri: str) -> object:
    from rdflib import URIRef  # noqa: PLC0415

    return URIRef(iri)


def test_a_read_only_catalogue_stays_as_it_is(corner: Catalogue) -> None:
    with pytest.raises(StoreError, match="read-only"):
        corner.add_product(IRON)
    with pytest.raises(StoreError, match="read-only"):
        corner.remove_product("iron1")
    assert len(corner.search(ANYTHING)) == 13


def test_readers_in_the_middle_of_a_question_are_not_disturbed(folder: ShopFolder) -> None:
    catalogue = open_catalogue(folder, writable=True)
    failures: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        try:
            while not done.is_set():
                found = catalogue.search(ProductFilter(wanted=((CURLING_IRONS,),), in_stock_only=False))
                assert {"iron1", "iron2"} <= set(found) <= {"iron1", "iron2", "extra"}
                assert [one.title for one in catalogue.products(["iron1", "nozzle"])] == [
                    "Breeze Ceramic Curling Iron",
                    "Dryer Nozzle",
                ]
                facets = catalogue.facets(ANYTHING, "category", 20)
                assert {facet.count for facet in facets if facet.node.label == "Curling Irons"} <= {2, 3}
                assert catalogue.label(catalogue.product_iri("nozzle")) == "Dryer Nozzle"
                assert len(catalogue.arrays().product_ids) in {13, 14}
                assert catalogue.product("iron1").price in {29.9, 1.0}
        except (AssertionError, CatalogueError, IndexError, KeyError) as error:
            failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for step in range(6):
            catalogue.add_product(NewProduct("extra", "Extra iron", attributes={"category": ["Curling Irons"]}))
            catalogue.update_offer("iron1", price=(29.9, 1.0)[step % 2])
            catalogue.remove_product("extra")
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert not failures
    assert catalogue.product("iron1").price == 1.0
    catalogue.close()


def test_an_old_snapshot_reads_on_by_its_own_products(folder: ShopFolder) -> None:
    catalogue = open_catalogue(folder, writable=True)
    old = catalogue._snapshot
    assert len(old.products.ids) == 13  # the rest is read only after the change
    catalogue.remove_product("dryer1")
    catalogue.add_product(NewProduct("aaa", "First by id", price=1, attributes={"category": ["Curling Irons"]}))
    found = [
        old.products.ids[place] for place in np.flatnonzero(old.matching(ProductFilter(wanted=((CURLING_IRONS,),))))
    ]
    assert found == ["iron1", "iron2"]
    assert old.offers.price(old.products.index("iron1")) == 29.9
    catalogue.close()


def test_update_of_an_offer_reaches_the_snapshot_of_now(folder: ShopFolder) -> None:
    """A price written while a product is added must not land in the snapshot that is on its way out."""
    catalogue = open_catalogue(folder, writable=True)
    for step in range(4):
        threads = [
            threading.Thread(target=catalogue.add_product, args=(NewProduct(f"new{step}", "New"),)),
            threading.Thread(target=catalogue.update_offer, args=("iron1",), kwargs={"price": 100.0 + step}),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert catalogue.product("iron1").price == 100.0 + step
        assert catalogue.knows_product(f"new{step}")
    catalogue.close()
