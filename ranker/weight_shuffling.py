"""A model whose learnt weights say nothing any more, for checking that explanations depend on them.

The data randomised is the model's, as in Adebayo et al., Sanity Checks for Saliency Maps (NeurIPS 2018): the graph
stays, the gates trade places, and the weights of item-item pairs and of coupled lists are dealt out anew.
"""

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from ranker.coupling import couple
from ranker.fitting import Fitted
from ranker.graph_data import GraphData
from ranker.model import GraphModel
from ranker.sparse import Csr


def shuffled(graph: GraphData, fitted: Fitted, seed: int = 0) -> Fitted:
    """A copy with the parameters of the named terms permuted among each other, and pair weights among pairs.

    Args:
        graph: the graph the model was fitted on.
        fitted: is not changed.
        seed: of the permutations.
    """
    random = np.random.default_rng(seed)
    weight = _dealt(fitted.neighbours.index, fitted.neighbours.weight, random)
    neighbours = replace(fitted.neighbours, weight=weight)
    couplings = {name: couple(_dealt_lists(one.lists, random)) for name, one in fitted.model.couplings.items()}
    trained = fitted.model
    model = GraphModel(graph, neighbours, trained.messages, trained.config, couplings=couplings)
    model.load_state_dict(trained.state_dict())
    with torch.no_grad():
        parameters = list(model.terms.parameters())
        values = torch.cat([parameter.flatten() for parameter in parameters])
        values = values[torch.from_numpy(random.permutation(len(values)))]
        for parameter, part in zip(parameters, values.split([one.numel() for one in parameters]), strict=True):
            parameter.copy_(part.view_as(parameter))
    return replace(fitted, model=model.eval(), neighbours=neighbours)


def _dealt_lists(lists: Csr, random: np.random.Generator) -> Csr:
    dealt = lists.copy()
    dealt.data = random.permutation(lists.data)
    return dealt


def _dealt(index: NDArray[np.int64], weight: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    """The weights of all pairs, dealt out to the pairs at random, shape (P, K)."""
    dealt = np.zeros_like(weight)
    dealt[index >= 0] = random.permutation(weight[index >= 0])
    return dealt
