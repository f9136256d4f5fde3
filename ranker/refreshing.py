"""A trained ranker in a shop that changes: new, removed and reworded products, new facts, new interactions.

Nothing is trained. A product that is new or has another text gets its text vector from the encoder and its product
vector from the model's product encoder, which knows no product by name; all others keep the vectors they were trained
with. Prices and stock touch no vector; a new product's price is read on the scale of training.
The old ranker stays as it is, so a server can make the new one beside it and swap.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kg_tools.products import GraphArrays, TextEncoder
from kg_tools.progress import Progress, silent
from ranker.config import ORDERED, ModelConfig, NeighbourConfig, RankerConfig
from ranker.coupling import Coupling
from ranker.coupling_updates import follow_links
from ranker.errors import RankerError
from ranker.evidence import Indices
from ranker.graph_data import GraphData, aligned, build_graph_data, derived_pairs, price_numbers
from ranker.graph_ranker import GraphRanker
from ranker.histories import from_sequences
from ranker.model import GraphModel
from ranker.neighbours import Neighbours, count_followers, strongest_followers
from ranker.product_encoder import MessageGraph, build_message_graph
from ranker.propagation import SparseMatrix
from ranker.sparse import Csr, csr_matrix, diags
from ranker.text_features import CachedEncoder
from ranker.trained_state import Moves, TrainedState, keys_of, moved, moves
from ranker.words import WordIndex, names_of


@dataclass(frozen=True, slots=True)
class UpdatedNeighbours:
    """A ranker that knows newer interactions.

    Attributes:
        ranker: serves them at once.
    """

    ranker: GraphRanker

    def pairs(self) -> list[tuple[str, str]]:
        """(product id, follower's id), all pairs of the collaborative term.

        They must stand in the graph before the ranker is used, or a reason would not be a fact:
        ``catalogue.replace_links("boughtAlongside", updated.pairs())``.
        """
        state = state_of(self.ranker)
        ids = state.product_ids
        return [(ids[head], ids[tail]) for head, tail in state.neighbours.pairs().tolist()]


def refreshed(
    ranker: GraphRanker, arrays: GraphArrays, *, encoder: TextEncoder | None = None, progress: Progress = silent
) -> GraphRanker:
    """The same trained ranker for the catalogue of now; the old one is left as it is.

    Args:
        ranker: from ``artefacts.load_ranker`` or from here.
        arrays: the shop's graph of now.
        encoder: for new texts and for needs that stay text; the ranker's own where None.
        progress: told while texts are encoded.

    Raises:
        RankerError: the ranker was not loaded from artefacts and carries no state.
    """
    encoder = encoder or ranker.encoder
    state = state_of(ranker)
    return serve(state, ranker.model, ranker.config, arrays, encoder=encoder, before=ranker, progress=progress)


def staleness(ranker: GraphRanker) -> float:
    """Share of the products that training did not know, 0..1; past a tenth or so, retraining is worth its minutes.

    Raises:
        RankerError: the ranker carries no state.
    """
    known = state_of(ranker).known
    return float(1 - known.mean()) if len(known) else 0.0


def with_interactions(ranker: GraphRanker, touched: Sequence[tuple[Sequence[str], Sequence[str]]]) -> UpdatedNeighbours:
    """Counts new interactions into the collaborative term: exactly what counting the whole log again would give.

    Args:
        ranker: from ``artefacts.load_ranker`` or from here.
        touched: for each shopper with something new, the product ids of their log before and after, oldest first.

    Raises:
        RankerError: the ranker carries no state or no counts.
    """
    state = state_of(ranker)
    if state.counts is None:
        raise RankerError("This ranker was saved without its counts. Run: because train --shop NAME")
    config = ranker.config.neighbours or ORDERED
    place = {product_id: number for number, product_id in enumerate(state.product_ids)}
    before, after = (
        from_sequences([[place[one] for one in pair[side] if one in place] for pair in touched], len(place))
        for side in (0, 1)
    )
    change = (count_followers(after, config) - count_followers(before, config)).tocsr()
    counts = (state.counts + change).tocsr()
    # What was taken off and put on again leaves crumbs of rounding.
    counts.data[counts.data < 1e-4] = 0
    counts.eliminate_zeros()
    more = np.asarray(after.matrix().sum(axis=0) - before.matrix().sum(axis=0), dtype=np.float32).ravel()
    shoppers = np.maximum(state.neighbours.shoppers + more, 0)
    popular = np.flatnonzero(more)
    heads = [popular, np.flatnonzero(np.diff(change.indptr)), counts.tocsc()[:, popular].indices]
    neighbours = _recounted(state.neighbours, counts, shoppers, np.unique(np.concatenate(heads)), config)
    updated = GraphRanker(
        ranker.graph,
        ranker.model,
        ranker.config,
        vectors=state.vectors,
        neighbours=neighbours,
        text=state.text,
        encoder=ranker.encoder,
        words=ranker.words,
        retrieval=ranker.retrieval,
        indexes=ranker.indexes,
        state=replace(state, counts=counts, neighbours=neighbours),
    )
    return UpdatedNeighbours(updated)


def _recounted(
    neighbours: Neighbours, counts: Csr, shoppers: NDArray[np.float32], heads: Indices, config: NeighbourConfig
) -> Neighbours:
    """Neighbours with the rows of some products made anew: of those counted anew, or met by one of new popularity."""
    own = np.zeros(len(shoppers), np.float32)
    own[heads] = 1
    fresh = strongest_followers((diags(own) @ counts).tocsr(), shoppers, config)
    width = max(neighbours.index.shape[1], fresh.index.shape[1])
    index, weight = np.full((len(own), width), -1, np.int64), np.zeros((len(own), width), np.float32)
    for source, rows in ((neighbours, np.flatnonzero(own == 0)), (fresh, heads)):
        index[rows, : source.index.shape[1]] = source.index[rows]
        weight[rows, : source.index.shape[1]] = source.weight[rows]
    return Neighbours(index, weight, shoppers)


def serve(
    state: TrainedState,
    model: GraphModel,
    config: RankerConfig,
    arrays: GraphArrays,
    *,
    encoder: TextEncoder | None,
    before: GraphRanker | None = None,
    progress: Progress = silent,
) -> GraphRanker:
    """A ranker of the catalogue of now from what is kept of training.

    Args:
        state: what is kept.
        model: its parameters; the products it was built with do not matter.
        config: its settings.
        arrays: the shop's graph of now.
        encoder: for new texts (without one their text vectors are 0) and for needs that stay text.
        before: a ranker that served ``state``, whose vector indexes still do for what did not change.
        progress: told while texts are encoded.
    """
    keys = keys_of(arrays.texts)
    moving = moves(state, arrays, keys)
    graph = aligned(build_graph_data(arrays), state.relations, state.slots, state.rarity, state.links)
    graph = graph if config.model.links else graph.without_links()
    state = moved(state, moving, arrays.product_ids)
    fresh = np.flatnonzero(moving.old < 0)
    numbers = state.numbers
    if len(fresh) and numbers.shape[1]:
        numbers = numbers.copy()
        numbers[fresh] = price_numbers(arrays.prices[fresh], like=state.prices)
    graph = replace(graph, numbers=numbers)
    couplings, targets = follow_links(state.couplings, state.targets, graph, fresh), graph.link_targets
    model = _extended(model, graph, couplings, config.model, state)
    text = _texts(state.text, moving.changed, arrays, encoder, progress)
    state = replace(
        state,
        text_keys=keys,
        text=text,
        numbers=numbers,
        slots=graph.slots,
        rarity=graph.rarity,
        couplings=couplings,
        targets=targets,
    )
    if len(moving.changed):
        vectors = state.vectors.clone()
        vectors[torch.from_numpy(moving.changed)] = vectors_from_facts(moving.changed, graph, state, model, config)
        state = replace(state, vectors=vectors)
    neighbours = still_stated(state.neighbours, derived_pairs(arrays))
    indexes = None
    if before is not None and before.indexes is not None:
        indexes = before.indexes.moved(_numbers_now(moving), state.vectors.numpy(), text)
    return GraphRanker(
        graph,
        model,
        config,
        vectors=state.vectors,
        neighbours=neighbours,
        text=text,
        encoder=encoder,
        words=_words(arrays, moving, before),
        retrieval=before.retrieval if before else None,
        indexes=indexes,
        state=state,
    )


def _words(arrays: GraphArrays, moving: Moves, before: GraphRanker | None) -> WordIndex:
    """The words of now; cutting texts takes long, so those of before where nothing is worded otherwise."""
    names = names_of(arrays)
    if before is None or before.words is None:
        return WordIndex(arrays.texts, names)
    old = moving.old.copy()
    old[moving.changed] = -1
    return before.words.moved(old, arrays.texts, names)


def _numbers_now(moving: Moves) -> Indices:
    """Where each product stands now, -1 where it is gone or its vectors are others."""
    number = moving.new.copy()
    remade = moving.old[moving.changed]
    number[remade[remade >= 0]] = -1
    return number


def vectors_from_facts(
    products: Indices, graph: GraphData, state: TrainedState, model: GraphModel, config: RankerConfig
) -> Tensor:
    """Product vectors of some products, shape (len(products), width), from the part of the graph they rest on.

    Messages come from a product's own facts and text and from the products it is met with, one step away; encoding
    just those gives the vectors that encoding the whole catalogue would.
    """
    index = state.neighbours.index[:, : config.model.aggregated]
    part = np.unique(np.concatenate([products, index[products].ravel()]).astype(np.int64))
    part = part[part >= 0]
    place = np.full(graph.products, -1, np.int64)
    place[part] = np.arange(len(part))
    inner = index[part]
    inner = np.where(inner >= 0, place[inner], -1)
    weight = np.where(inner >= 0, state.neighbours.weight[part][:, : inner.shape[1]], 0).astype(np.float32)
    messages = build_message_graph(
        part_of(graph, part),
        torch.from_numpy(state.text[part]),
        Neighbours(inner, weight, state.neighbours.shoppers[part]),
        config.model.aggregated,
    )
    with torch.inference_mode():
        vectors = model.vectors_of(_complete(messages, model, len(part)))
    return vectors[torch.from_numpy(place[products])].clone()


def part_of(graph: GraphData, products: Indices) -> GraphData:
    """The graph of some products alone, in the order given; slots stay."""
    return replace(
        graph,
        product_iris=tuple(graph.product_iris[one] for one in products),
        product_ids=tuple(graph.product_ids[one] for one in products),
        incidence=graph.incidence[products],
        links={name: matrix[products][:, products] for name, matrix in graph.links.items()},
        link_lists={},
        link_targets=(),
        numbers=graph.numbers[products],
    )


def empty_graph(state: TrainedState) -> GraphData:
    """The slots, relations and links of a model, without products."""
    number = {name: place for place, name in enumerate(state.relations)}
    return GraphData(
        product_iris=(),
        product_ids=(),
        relations=state.relations,
        slots=state.slots,
        slot_relation=np.array([number[relation] for relation, _ in state.slots], dtype=np.int64),
        incidence=csr_matrix((0, len(state.slots)), dtype=np.float32),
        rarity=state.rarity,
        links={name: csr_matrix((0, 0), dtype=np.float32) for name in state.links},
        link_lists={},
        link_targets=(),
        numbers=state.numbers[:0],
    )


def parameters_only(
    graph: GraphData,
    couplings: dict[str, Coupling],
    config: ModelConfig,
    *,
    text_width: int,
    met: bool,
) -> GraphModel:
    """A model with the right parameters that holds no catalogue: a server needs neither its gradients nor its messages.

    Args:
        graph: for its slots, relations and links.
        couplings: link relation -> pairs coupled by it.
        config: sizes and switches.
        text_width: of the text vectors, 0 without text.
        met: whether products get messages from those they are met with.
    """
    bare = part_of(graph, np.zeros(0, np.int64))
    neighbours = Neighbours(np.zeros((0, 1), np.int64), np.zeros((0, 1), np.float32), np.zeros(0, np.float32))
    messages = build_message_graph(bare, torch.zeros(0, text_width), neighbours, config.aggregated)
    if met:
        nothing = SparseMatrix(csr_matrix((0, 0), dtype=np.float32), differentiable=False)
        messages = replace(messages, products={**messages.products, "met": nothing})
    return GraphModel(bare, neighbours, messages, config, couplings=couplings).eval()


def still_stated(neighbours: Neighbours, pairs: NDArray[np.int64] | None) -> Neighbours:
    """Neighbours without the pairs that the graph no longer states; all of them where it states none (None)."""
    if pairs is None:
        return neighbours
    heads, places = np.nonzero(neighbours.index >= 0)
    codes = heads * len(neighbours.index) + neighbours.index[heads, places]
    gone = pairs[np.minimum(np.searchsorted(pairs, codes), len(pairs) - 1)] != codes
    index, weight = neighbours.index.copy(), neighbours.weight.copy()
    index[heads[gone], places[gone]] = -1
    weight[heads[gone], places[gone]] = 0
    return Neighbours(index=index, weight=weight, shoppers=neighbours.shoppers)


def state_of(ranker: GraphRanker) -> TrainedState:
    """What a ranker carries from its training.

    Raises:
        RankerError: it was not loaded from artefacts and carries nothing.
    """
    if ranker.state is None:
        raise RankerError("Only a ranker that was loaded from its artefacts can be refreshed, see load_ranker.")
    return ranker.state


def _texts(
    text: NDArray[np.float32],
    changed: Indices,
    arrays: GraphArrays,
    encoder: TextEncoder | None,
    progress: Progress,
) -> NDArray[np.float32]:
    """Text vectors with those of the changed products made anew."""
    if not len(changed) or not text.shape[1]:
        return text
    text = text.copy()
    text[changed] = 0
    if encoder is not None:
        texts = [arrays.texts[one] for one in changed]
        keeping = isinstance(encoder, CachedEncoder)
        text[changed] = encoder.encode_and_keep(texts, progress) if keeping else encoder.encode(texts)
    return text


def _extended(
    model: GraphModel, graph: GraphData, couplings: dict[str, Coupling], config: ModelConfig, state: TrainedState
) -> GraphModel:
    """The model's parameters for the slots of now; the embedding of a slot that is new is 0."""
    met = "met" in model.product_encoder.product_names
    extended = parameters_only(graph, couplings, config, text_width=state.text.shape[1], met=met)
    extended.load_state_dict(_padded(model.state_dict(), len(graph.slots)))
    return extended.eval()


def _padded(parameters: dict[str, Tensor], slots: int) -> dict[str, Tensor]:
    by_slot = ("product_encoder.nodes", "slot_knowledge")
    return parameters | {
        name: torch.cat([rows, rows.new_zeros(slots - len(rows), rows.shape[1])])
        for name, rows in ((name, parameters[name]) for name in by_slot)
    }


def _complete(messages: MessageGraph, model: GraphModel, products: int) -> MessageGraph:
    """The messages with an empty matrix for each kind of link that a part of the graph happens not to have."""
    empty = SparseMatrix(csr_matrix((products, products), dtype=np.float32), differentiable=False)
    named = {name: messages.products.get(name, empty) for name in model.product_encoder.product_names}
    return replace(messages, products=named)
