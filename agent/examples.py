"""Requests a shop can answer, for the first screen: made from its own graph, so they work on any catalogue."""

from collections.abc import Callable, Sequence
from typing import Protocol

from agent.wording import money
from kg_tools.products import FacetCount, Node, NodeKind, Product, ProductFilter

_LEAST_PRODUCTS = 8
"""A category smaller than this makes a poor first impression."""


class ExampleCatalogue(Protocol):
    """What making examples reads of the catalogue; ``kg_tools.catalogue.Catalogue``."""

    def nodes(self, kind: NodeKind) -> list[Node]:
        """All nodes of a kind."""
        ...

    def facets(self, needs: ProductFilter, kind: NodeKind, limit: int) -> list[FacetCount]:
        """The most frequent nodes of a kind among the products of a filter."""
        ...

    def search(self, needs: ProductFilter) -> tuple[str, ...]:
        """Ids of the products that satisfy the filter."""
        ...

    def products(self, product_ids: Sequence[str]) -> list[Product]:
        """Products by id."""
        ...


def example_requests(catalogue: ExampleCatalogue, currency: str | None, share: float = 0.05) -> tuple[str, ...]:
    """Up to four requests of different shape: with a feature, without a brand, under a price, for somebody.

    Args:
        catalogue: the shop's graph.
        currency: the shop's.
        share: categories with more than this share of the products are too broad to ask for.
    """
    nodes = catalogue.nodes("category")
    ceiling = max(_LEAST_PRODUCTS, share * max((node.products for node in nodes), default=0) / 0.2)
    fitting = [node for node in nodes if _LEAST_PRODUCTS <= node.products <= ceiling]
    fitting.sort(key=lambda node: (-node.products, node.label))
    shapes: tuple[Callable[[Node], str | None], ...] = (
        lambda node: _with_feature(catalogue, node),
        lambda node: _without_brand(catalogue, node),
        lambda node: _under_price(catalogue, node, currency),
        lambda node: _for_somebody(catalogue, node),
    )
    examples: list[str] = []
    for shape in shapes:
        made = next(((node, text) for node in fitting if (text := shape(node))), None)
        if made is not None:
            examples.append(made[1])
            fitting.remove(made[0])
    return tuple(examples)


def _with_feature(catalogue: ExampleCatalogue, node: Node) -> str | None:
    facets = catalogue.facets(ProductFilter(wanted=((node.iri,),)), "feature", 3)
    return f"{facets[0].node.label} {node.label.lower()}" if facets else None


def _without_brand(catalogue: ExampleCatalogue, node: Node) -> str | None:
    facets = catalogue.facets(ProductFilter(wanted=((node.iri,),)), "brand", 2)
    return f"{node.label.lower()}, but not {facets[0].node.label}" if len(facets) > 1 else None


def _under_price(catalogue: ExampleCatalogue, node: Node, currency: str | None) -> str | None:
    ids = catalogue.search(ProductFilter(wanted=((node.iri,),)))
    prices = sorted(product.price for product in catalogue.products(ids) if product.price is not None)
    if not prices:
        return None
    middle = prices[len(prices) // 2]
    rounded = max(5, round(middle / 5) * 5)
    return f"{node.label.lower()} under {money(rounded, currency)}"


def _for_somebody(catalogue: ExampleCatalogue, node: Node) -> str | None:
    wanted = ProductFilter(wanted=((node.iri,),))
    kinds: tuple[NodeKind, ...] = ("audience", "occasion")
    for kind in kinds:
        facets = catalogue.facets(wanted, kind, 1)
        if facets:
            return f"{node.label.lower()} for {facets[0].node.label.lower()}"
    return None
