"""Hidden tastes: what each shopper really likes, as the weights their interactions are drawn from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from kg_tools.demo_shop.companions import ItemLink
from kg_tools.demo_shop.making import Item
from kg_tools.demo_shop.personas import PERSONAS

_DIMENSIONS = 8
_ZIPF = 0.8
_CATEGORY = 3.4
_LIKE = 0.9
_BRAND = 1.6
_COLOUR = 0.7
_OWN = 0.5
_LATENT = 0.35
_PRICE = 1.2
_LINKED = 1.4
_SAME_MODEL = -3.0


@dataclass(frozen=True, slots=True)
class Tastes:
    """Everything the interactions are drawn from; S shoppers, P products, A attributes, D latent dimensions.

    Attributes:
        shopper_ids: length S.
        product_ids: length P.
        attributes: "kind:label" of each attribute, length A.
        weights: float64 CSR (S, A): how much a shopper likes an attribute.
        has: float64 CSR (P, A): 1 where a product has it.
        shopper_vectors: float64 (S, D).
        product_vectors: float64 (P, D).
        price_wish: float64 (S,), log of the price relative to the typical one that suits the shopper.
        price_care: float64 (S,), how much being off it matters, not negative.
        dearness: float64 (P,), log of the price relative to the category's typical one.
        popularity: float64 (P,), -0.8 log rank.
        after_purchase: float64 CSR (P, P): added to the logit of the column once the row was bought.
    """

    shopper_ids: tuple[str, ...]
    product_ids: tuple[str, ...]
    attributes: tuple[str, ...]
    weights: sparse.csr_array
    has: sparse.csr_array
    shopper_vectors: NDArray[np.float64]
    product_vectors: NDArray[np.float64]
    price_wish: NDArray[np.float64]
    price_care: NDArray[np.float64]
    dearness: NDArray[np.float64]
    popularity: NDArray[np.float64]
    after_purchase: sparse.csr_array

    def logits(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """Logit of every product for some shoppers who have bought nothing yet.

        ``logit = weights . has + z_s . z_p - care_s (dearness_p - wish_s)^2 + popularity_p``

        Args:
            rows: positions in ``shopper_ids``, shape (B,).

        Returns:
            Shape (B, P). The sums run in a fixed order, so the same tastes give the same bits.
        """
        scores = np.asarray((self.weights[rows] @ self.has.T).todense(), dtype=np.float64)
        for dimension in range(self.shopper_vectors.shape[1]):
            scores += np.outer(self.shopper_vectors[rows, dimension], self.product_vectors[:, dimension])
        gap = self.dearness[None, :] - self.price_wish[rows, None]
        scores -= self.price_care[rows, None] * gap * gap
        scores += self.popularity[None, :]
        return scores


def draw_tastes(items: Sequence[Item], links: Sequence[ItemLink], shoppers: int, seed: int) -> Tastes:
    """Draw the tastes of ``shoppers`` shoppers over a catalogue."""
    rng = np.random.default_rng([seed, 4])
    names, has = _attributes(items)
    brands = sorted({item.model.brand.name for item in items})
    return Tastes(
        shopper_ids=tuple(f"S{number:05d}" for number in range(1, shoppers + 1)),
        product_ids=tuple(item.product_id for item in items),
        attributes=names,
        weights=_weights(names, brands, shoppers, rng),
        has=has,
        shopper_vectors=rng.normal(0.0, _LATENT, (shoppers, _DIMENSIONS)),
        product_vectors=rng.normal(0.0, 1.0, (len(items), _DIMENSIONS)),
        price_wish=rng.normal(0.0, 0.35, shoppers),
        price_care=_PRICE * rng.random(shoppers),
        dearness=np.array([np.log(item.model.price / item.model.category.price[1]) for item in items]),
        popularity=_popularity(items, rng),
        after_purchase=_after_purchase(items, links),
    )


def _attributes_of(item: Item) -> list[str]:
    model = item.model
    likes = [*model.features, *model.occasions, *model.audiences, model.material, item.colour]
    own = [f"like:{name}" for name in likes if name and not name.startswith("size ")]
    return [f"category:{model.category.name.en}", f"brand:{model.brand.name}", *own]


def _attributes(items: Sequence[Item]) -> tuple[tuple[str, ...], sparse.csr_array]:
    per_item = [_attributes_of(item) for item in items]
    names = tuple(sorted({name for each in per_item for name in each}))
    index = {name: column for column, name in enumerate(names)}
    rows = [row for row, each in enumerate(per_item) for _ in each]
    columns = [index[name] for each in per_item for name in each]
    return names, _csr(rows, columns, [1.0] * len(rows), (len(items), len(names)))


def _weights(names: Sequence[str], brands: Sequence[str], shoppers: int, rng: np.random.Generator) -> sparse.csr_array:
    index = {name: column for column, name in enumerate(names)}
    likes = [name for name in names if name.startswith("like:")]
    commonness = rng.dirichlet(np.full(len(PERSONAS), 4.0))
    circles = [[brands[int(i)] for i in rng.permutation(len(brands))[:8]] for _ in PERSONAS]
    rows: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    for shopper in range(shoppers):
        taste: dict[str, float] = {}

        def add(name: str, amount: float, taste: dict[str, float] = taste) -> None:
            if name in index:
                taste[name] = taste.get(name, 0.0) + amount

        count = 1 + int(rng.choice(3, p=(0.5, 0.35, 0.15)))
        for number in rng.choice(len(PERSONAS), size=count, replace=False, p=commonness):
            persona = PERSONAS[int(number)]
            share = 0.7 + 0.6 * rng.random()
            for category in persona.categories:
                add(f"category:{category}", _CATEGORY * share * (0.6 + 0.8 * rng.random()))
            for like in persona.likes:
                add(f"like:{like}", _LIKE * share * 2 * rng.random())
            for position in rng.permutation(len(circles[int(number)]))[:3]:
                add(f"brand:{circles[int(number)][int(position)]}", _BRAND * share)
        for position in rng.permutation(len(likes))[:6]:
            add(likes[int(position)], _OWN * float(rng.normal()))
        for position in rng.permutation(len(brands))[:3]:
            add(f"brand:{brands[int(position)]}", _BRAND * float(rng.normal()))
        for name in sorted(taste):
            rows.append(shopper)
            columns.append(index[name])
            values.append(taste[name])
    return _csr(rows, columns, values, (shoppers, len(names)))


def _popularity(items: Sequence[Item], rng: np.random.Generator) -> NDArray[np.float64]:
    ranks = np.empty(len(items))
    ranks[rng.permutation(len(items))] = np.arange(1, len(items) + 1)
    return -_ZIPF * np.log(ranks)


def _after_purchase(items: Sequence[Item], links: Sequence[ItemLink]) -> sparse.csr_array:
    """Linked products become likelier, the same model in another colour hardly sells twice."""
    boosts: dict[tuple[int, int], float] = {}
    for link in links:
        boosts[link.subject, link.target] = _LINKED
        boosts[link.target, link.subject] = _LINKED
    variants: dict[int, list[int]] = {}
    for position, item in enumerate(items):
        variants.setdefault(item.model.number, []).append(position)
    for group in variants.values():
        for one in group:
            for other in group:
                if one != other:
                    boosts[one, other] = _SAME_MODEL
    pairs = sorted(boosts)
    size = (len(items), len(items))
    return _csr([one for one, _ in pairs], [other for _, other in pairs], [boosts[pair] for pair in pairs], size)


def _csr(
    rows: Sequence[int], columns: Sequence[int], values: Sequence[float], shape: tuple[int, int]
) -> sparse.csr_array:
    matrix = sparse.csr_array((np.array(values), (np.array(rows), np.array(columns))), shape=shape)
    matrix.sort_indices()
    return matrix
