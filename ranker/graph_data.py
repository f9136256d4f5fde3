"""The exported graph in the form the ranker computes with.

An attribute that a product can have is a *slot*: a relation with a node, such as (brand, Conair). Products are
rows of the sparse *incidence* over slots; product links are sparse product-by-product matrices.
Links that the shop's own interactions gave (``boughtAlongside``) are left out here: the ranker counts them itself.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kg_tools.products import GraphArrays
from kg_tools.vocabulary import BECAUSE, LINK_PREDICATES
from ranker.sparse import Csr, csr_matrix

BOUGHT_ALONGSIDE = str(BECAUSE.boughtAlongside)
INTERACTED_WITH = str(BECAUSE.interactedWith)
LINKS = frozenset(str(predicate) for predicate in LINK_PREDICATES.values()) - {BOUGHT_ALONGSIDE}


@dataclass(frozen=True, slots=True)
class GraphData:
    """The graph of one catalogue; P products, M slots.

    Attributes:
        product_iris: length P.
        product_ids: length P.
        relations: predicate IRIs that slots use, length R.
        slots: (predicate IRI, node IRI) of each slot, length M.
        slot_relation: int64, shape (M,), index into relations.
        incidence: shape (P, M), confidence in (0, 1].
        rarity: float32, shape (M,): log(P / products of the slot) / log(P), in 0..1; hub categories are near 0.
        links: predicate IRI -> matrix (P, P) of confidences, product to product, both inside the catalogue.
        link_lists: predicate IRI -> matrix (P, T) of confidences, product to all it is linked to, also what the
            catalogue does not have.
        link_targets: node IRI of each column of ``link_lists``, length T.
        numbers: float32, shape (P, F), other things known of a product: standardised log price and whether it is
            stated; F = 0 where the shop states no prices.
    """

    product_iris: tuple[str, ...]
    product_ids: tuple[str, ...]
    relations: tuple[str, ...]
    slots: tuple[tuple[str, str], ...]
    slot_relation: NDArray[np.int64]
    incidence: Csr
    rarity: NDArray[np.float32]
    links: dict[str, Csr]
    link_lists: dict[str, Csr]
    link_targets: tuple[str, ...]
    numbers: NDArray[np.float32]

    @property
    def products(self) -> int:
        """P."""
        return len(self.product_ids)

    def without_links(self) -> "GraphData":
        """The same graph as if the shop stated no product links."""
        return replace(self, links={}, link_lists={}, link_targets=())


def build_graph_data(arrays: GraphArrays) -> GraphData:
    """Sorts the edges into slots and links. Repeated edges count once, with their highest confidence."""
    products = len(arrays.product_ids)
    relation = arrays.relation_index.astype(np.int64)
    inside = arrays.tails < products
    is_link = np.isin(relation, _numbers(arrays, LINKS))
    own = np.isin(relation, _numbers(arrays, frozenset({BOUGHT_ALONGSIDE, INTERACTED_WITH})))
    attribute = ~is_link & ~own & ~inside
    codes, column = np.unique(
        relation[attribute] * len(arrays.node_iris) + arrays.tails[attribute], return_inverse=True
    )
    slot_relations, slot_nodes = np.divmod(codes, max(len(arrays.node_iris), 1))
    names = sorted({arrays.relations[number] for number in slot_relations})
    incidence = _matrix(arrays.heads[attribute], column, arrays.confidence[attribute], (products, len(codes)))
    link_lists, link_targets = _link_lists(arrays, is_link)
    return GraphData(
        product_iris=arrays.node_iris[:products],
        product_ids=arrays.product_ids,
        relations=tuple(names),
        slots=tuple(
            (arrays.relations[number], arrays.node_iris[node])
            for number, node in zip(slot_relations, slot_nodes, strict=True)
        ),
        slot_relation=np.array([names.index(arrays.relations[number]) for number in slot_relations], np.int64),
        incidence=incidence,
        rarity=_rarity(incidence),
        links=_links(arrays, is_link & inside, products),
        link_lists=link_lists,
        link_targets=link_targets,
        numbers=price_numbers(arrays.prices),
    )


def aligned(
    graph: GraphData,
    relations: tuple[str, ...],
    slots: tuple[tuple[str, str], ...],
    rarity: NDArray[np.float32],
    links: tuple[str, ...],
) -> GraphData:
    """The graph in the slots a model was trained with, followed by slots that are new since.

    A trained slot that no product has any more stays, empty; its rarity stays what it was in training. New slots
    of relations that were not there in training are left out: the model has no gate for them.
    """
    place = {slot: number for number, slot in enumerate(slots)}
    fresh = [slot for slot in graph.slots if slot not in place and slot[0] in relations]
    place |= {slot: len(slots) + number for number, slot in enumerate(fresh)}
    known = np.array([place.get(slot, -1) for slot in graph.slots], dtype=np.int64)
    coo = graph.incidence.tocoo()
    keep = known[coo.col] >= 0 if len(known) else np.zeros(0, bool)
    incidence = csr_matrix(
        (coo.data[keep], (coo.row[keep], known[coo.col[keep]])), shape=(graph.products, len(place)), dtype=np.float32
    )
    number = {name: index for index, name in enumerate(relations)}
    empty = csr_matrix((graph.products, graph.products), dtype=np.float32)
    return replace(
        graph,
        relations=relations,
        slots=tuple(place),
        slot_relation=np.array([number[relation] for relation, _ in place], dtype=np.int64),
        incidence=incidence,
        rarity=np.concatenate([rarity, _rarity(incidence)[len(slots) :]]).astype(np.float32),
        links={name: graph.links.get(name, empty) for name in links},
    )


def derived_pairs(arrays: GraphArrays) -> NDArray[np.int64] | None:
    """The ``boughtAlongside`` edges as codes ``head * P + tail``, sorted; None where the graph has none."""
    numbers = _numbers(arrays, frozenset({BOUGHT_ALONGSIDE}))
    chosen = np.isin(arrays.relation_index, numbers) & (arrays.tails < len(arrays.product_ids))
    if not chosen.any():
        return None
    return np.sort(arrays.heads[chosen].astype(np.int64) * len(arrays.product_ids) + arrays.tails[chosen])


def _numbers(arrays: GraphArrays, names: frozenset[str]) -> NDArray[np.int64]:
    return np.array([number for number, name in enumerate(arrays.relations) if name in names], dtype=np.int64)


def _matrix(
    heads: NDArray[np.int32], columns: NDArray[np.int64], values: NDArray[np.float32], shape: tuple[int, int]
) -> Csr:
    """A sparse matrix in which repeated entries keep the highest value."""
    summed = csr_matrix((values, (heads, columns)), shape=shape, dtype=np.float32)
    if summed.nnz == len(values):
        # Nothing repeats, as in most shops: no need to put a million links in order.
        summed.sort_indices()
        return summed
    order = np.lexsort((-values, columns, heads))
    heads, columns, values = heads[order], columns[order], values[order]
    fresh = np.ones(len(heads), bool)
    fresh[1:] = (heads[1:] != heads[:-1]) | (columns[1:] != columns[:-1])
    return csr_matrix((values[fresh], (heads[fresh], columns[fresh])), shape=shape, dtype=np.float32)


def _links(arrays: GraphArrays, chosen: NDArray[np.bool_], products: int) -> dict[str, Csr]:
    chosen = chosen & (arrays.heads != arrays.tails)
    found: dict[str, Csr] = {}
    for number, name in enumerate(arrays.relations):
        edges = chosen & (arrays.relation_index == number)
        if edges.any():
            tails = arrays.tails[edges].astype(np.int64)
            found[name] = _matrix(arrays.heads[edges], tails, arrays.confidence[edges], (products, products))
    return found


def _link_lists(arrays: GraphArrays, chosen: NDArray[np.bool_]) -> tuple[dict[str, Csr], tuple[str, ...]]:
    """Links by relation over all targets that any product is linked to, and the targets' IRIs."""
    chosen = chosen & (arrays.heads != arrays.tails)
    nodes, columns = np.unique(arrays.tails[chosen], return_inverse=True)
    heads, confidence = arrays.heads[chosen], arrays.confidence[chosen]
    relation = arrays.relation_index[chosen]
    shape = (len(arrays.product_ids), len(nodes))
    lists: dict[str, Csr] = {}
    for number in np.unique(relation):
        edges = relation == number
        lists[arrays.relations[number]] = _matrix(heads[edges], columns[edges], confidence[edges], shape)
    return lists, tuple(arrays.node_iris[node] for node in nodes)


def _rarity(incidence: Csr) -> NDArray[np.float32]:
    products = incidence.shape[0]
    if products < 2:
        return np.ones(incidence.shape[1], np.float32)
    holders = np.maximum(np.bincount(incidence.indices, minlength=incidence.shape[1]), 1)
    return (np.log(products / holders) / np.log(products)).astype(np.float32)


def price_numbers(prices: NDArray[np.float32], like: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
    """Standardised log price and whether it is stated, shape (P, 2), or (P, 0) where none is stated.

    Args:
        prices: shape (P,), NaN where not stated.
        like: other prices whose mean and spread to use, at least one of them stated; the result is (P, 2) then.
    """
    stated = np.isfinite(prices) & (prices > 0)
    if like is None and not stated.any():
        return np.zeros((len(prices), 0), np.float32)
    logs = np.log(np.where(stated, prices, 1.0))
    known = logs[stated] if like is None else np.log(like[np.isfinite(like) & (like > 0)])
    scaled = np.where(stated, (logs - known.mean()) / (float(known.std()) or 1.0), 0.0)
    return np.stack([scaled, stated.astype(np.float64)], axis=1).astype(np.float32)
