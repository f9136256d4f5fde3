"""Links between products: bought together, and accessory of."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kg_tools.demo_shop.making import Item, Model

_PAIRS = 2  # pairs each product seeks; both partners get the link, so it has about twice as many
_TARGETS = (2, 4)  # products an accessory belongs to: at least, at most
_CANDIDATES = 40  # products of a category looked at for one link


@dataclass(frozen=True, slots=True)
class ItemLink:
    """Positions of two items in the catalogue and the relation from the first to the second."""

    subject: int
    relation: str
    target: int


def make_links(items: Sequence[Item], seed: int) -> tuple[ItemLink, ...]:
    """Links that make sense: partner categories, then shared occasions, audiences, brand, colour and price.

    ``boughtTogether`` goes both ways, ``isAccessoryFor`` from the accessory to its main product.
    """
    rng = np.random.default_rng([seed, 3])
    by_category: dict[str, list[int]] = {}
    for position, item in enumerate(items):
        by_category.setdefault(item.model.category.name.en, []).append(position)
    found: dict[ItemLink, None] = {}
    for position, item in enumerate(items):
        for partner in _partners(
            items, by_category, item, wanted=_PAIRS, categories=item.model.category.companions, rng=rng
        ):
            found[ItemLink(position, "boughtTogether", partner)] = None
            found[ItemLink(partner, "boughtTogether", position)] = None
        wanted = int(rng.integers(_TARGETS[0], _TARGETS[1] + 1))
        for main in _partners(
            items, by_category, item, wanted=wanted, categories=item.model.category.accessory_for, rng=rng
        ):
            found[ItemLink(position, "isAccessoryFor", main)] = None
    return tuple(sorted(found, key=lambda link: (link.subject, link.relation, link.target)))


def _partners(
    items: Sequence[Item],
    by_category: dict[str, list[int]],
    item: Item,
    *,
    wanted: int,
    categories: Sequence[str],
    rng: np.random.Generator,
) -> list[int]:
    """Up to ``wanted`` positions, each from a randomly chosen partner category, none twice."""
    chosen: list[int] = []
    for _ in range(wanted if categories else 0):
        pool = by_category[categories[int(rng.integers(len(categories)))]]
        some = [pool[int(i)] for i in rng.permutation(len(pool))[:_CANDIDATES] if pool[int(i)] not in chosen]
        if not some:
            continue
        fits = np.array([_affinity(item, items[position]) for position in some])
        weights = np.exp(1.5 * fits)
        chosen.append(some[int(rng.choice(len(some), p=weights / weights.sum()))])
    return chosen


def _affinity(one: Item, other: Item) -> float:
    first, second = one.model, other.model
    shared = len(set(first.occasions) & set(second.occasions)) + len(set(first.audiences) & set(second.audiences))
    same_brand = first.brand.name == second.brand.name
    same_colour = bool(one.colour) and one.colour == other.colour
    return shared + 0.8 * same_brand + 0.5 * same_colour - abs(_dearness(first) - _dearness(second))


def _dearness(model: Model) -> float:
    """Logarithm of the price relative to what the category typically costs."""
    return float(np.log(model.price / model.category.price[1]))
