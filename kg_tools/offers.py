"""Prices and stock of all products as arrays; what was updated after ingest wins over what was ingested."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray
from rdflib import Literal, URIRef

from kg_tools.query_runner import QueryRunner, Value
from kg_tools.vocabulary import SCHEMA

_UNKNOWN, _OUT, _IN = -1, 0, 1


@dataclass(frozen=True, slots=True)
class Offers:
    """What the offers say; never changed in place, so a reader keeps a consistent view.

    Attributes:
        prices: float64, shape (P,), NaN where not stated.
        stock: int8, shape (P,): 1 in stock, 0 out of stock, -1 not stated.
    """

    prices: NDArray[np.float64]
    stock: NDArray[np.int8]

    def price(self, product: int) -> float | None:
        """Price of one product, None where not stated."""
        price = float(self.prices[product])
        return None if np.isnan(price) else price

    def in_stock(self, product: int) -> bool | None:
        """Whether one product is in stock, None where not stated."""
        stock = int(self.stock[product])
        return None if stock == _UNKNOWN else stock == _IN

    def changed(self, product: int, price: float | None, in_stock: bool | None) -> "Offers":
        """A copy with a new price or stock of one product; None leaves it as it is."""
        prices, stock = self.prices.copy(), self.stock.copy()
        if price is not None:
            prices[product] = price
        if in_stock is not None:
            stock[product] = _IN if in_stock else _OUT
        return replace(self, prices=prices, stock=stock)


def read_offers(runner: QueryRunner, position_of_iri: Mapping[str, int], updates: str) -> Offers:
    """Read all offers.

    Args:
        runner: where to ask.
        position_of_iri: product IRI -> index.
        updates: IRI of the source that wins; among the others the first by name does.
    """
    count = len(position_of_iri)
    prices, stock = np.full(count, np.nan), np.full(count, _UNKNOWN, np.int8)
    table = runner.table("offers")
    columns = (table[name].to_pylist() for name in ("product", "property", "value", "source"))
    # Later rows overwrite earlier ones: inventory before availability, weaker sources before stronger.
    rows = sorted(zip(*columns, strict=True), key=lambda row: (row[3], row[2]), reverse=True)
    rows.sort(key=lambda row: (row[3] == updates, row[1] == str(SCHEMA.availability)))
    for product, predicate, value, _ in rows:
        index = position_of_iri.get(product)
        if index is None:
            continue
        if predicate == str(SCHEMA.price):
            prices[index] = float(value)
        elif predicate == str(SCHEMA.inventoryLevel):
            stock[index] = _IN if float(value) > 0 else _OUT
        elif value in {str(SCHEMA.InStock), str(SCHEMA.OutOfStock)}:
            stock[index] = _IN if value == str(SCHEMA.InStock) else _OUT
    return Offers(prices, stock)


def update_steps(
    product: str, offer: str, updates: str, price: Decimal | None, in_stock: bool | None
) -> list[tuple[str, dict[str, Value]]]:
    """The named updates that change an offer, for one request; empty when nothing changes.

    Args:
        product: IRI.
        offer: IRI of its offer.
        updates: IRI of the source that states the new values.
        price: in the shop's currency; None leaves it.
        in_stock: None leaves it.
    """
    common: dict[str, Value] = {
        "product": URIRef(product),
        "offer": URIRef(offer),
        "updates": URIRef(updates),
    }
    steps: list[tuple[str, dict[str, Value]]] = []
    if price is not None:
        steps.append(("update_price", common | {"price": Literal(price)}))
    if in_stock is not None:
        availability = SCHEMA.InStock if in_stock else SCHEMA.OutOfStock
        steps.append(("update_stock", common | {"availability": availability}))
    return steps
