"""LightGCN: embeddings averaged along the graph of who met what (He et al., SIGIR 2020), by torch-geometric.

Training is as published, with an embedding per shopper and per product, but on CSR matrices, five times faster on a
CPU than an edge list. A shopper's own embedding does not exist for a history that is not a row of the training data,
so scoring uses what propagation alone gives any history: one step from the embeddings its products have in each layer.
"""

import warnings
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import bmat
from torch import Tensor

from ranker.baselines.neural import NeuralBaseline
from ranker.histories import Histories
from ranker.propagation import SparseMatrix
from ranker.sparse import Csr, diags

if TYPE_CHECKING:  # takes seconds to import
    from torch_geometric.nn.models import LightGCN  # noqa: F401 - named in a string below


class LightGcn(NeuralBaseline["LightGCN"]):
    """score(c) = s . e_c, e_c the mean of the product's embeddings over layers, s as the module says.

    Args:
        width: length of embeddings.
        layers: steps of propagation.
        penalty: L2 on the unpropagated embeddings of a step's shoppers and products.
        epochs, batch, learning_rate, seed, longest_epoch: as ``NeuralBaseline``; an example is an interaction. Every
            step propagates through the whole graph, so batches are large.
    """

    name: ClassVar[str] = "lightgcn"

    def __init__(
        self,
        *,
        width: int = 64,
        layers: int = 3,
        penalty: float = 1e-4,
        epochs: int = 60,
        batch: int = 16_384,
        learning_rate: float = 0.01,
        seed: int = 0,
        longest_epoch: int = 250_000,
    ) -> None:
        super().__init__(
            epochs=epochs,
            batch=batch,
            learning_rate=learning_rate,
            weight_decay=0.0,
            seed=seed,
            longest_epoch=longest_epoch,
        )
        self._width, self._layers, self._penalty = width, layers, penalty

    def _prepare(self, histories: Histories) -> int:
        matrix = histories.matrix()
        self._shoppers, self._products = matrix.shape
        self._discount = _inverse_root(matrix.sum(axis=0))
        steps = (_inverse_root(matrix.sum(axis=1)) @ matrix @ self._discount).tocsr()
        whole = (
            bmat([[None, steps], [steps.T, None]], format="csr") if matrix.nnz else diags(np.zeros(sum(matrix.shape)))
        )
        self._graph = SparseMatrix(whole.tocsr(), differentiable=False).forward
        with warnings.catch_warnings():
            # It compiles parts of itself with torch.jit as it is imported; nobody here can do anything about that.
            warnings.simplefilter("ignore", DeprecationWarning)
            from torch_geometric.nn.models import LightGCN  # noqa: PLC0415 - takes seconds
        self.net = LightGCN(sum(matrix.shape), self._width, self._layers, normalize=False)
        rows, columns = matrix.nonzero()
        self._shopper, self._liked = torch.from_numpy(rows.astype(np.int64)), torch.from_numpy(columns.astype(np.int64))
        return len(rows)

    def _loss(self, examples: Tensor) -> Tensor:
        """Bayesian personalised ranking, one negative per interaction, drawn anew each time."""
        shopper, liked = self._shopper[examples], self._liked[examples] + self._shoppers
        other = torch.randint(self._products, liked.shape) + self._shoppers
        vectors = self.net.get_embedding(self._graph)
        better, worse = ((vectors[shopper] * vectors[product]).sum(dim=1) for product in (liked, other))
        nodes = torch.cat([shopper, liked, other])
        return self.net.recommendation_loss(better, worse, nodes, self._penalty)

    def scores(self, histories: Histories) -> NDArray[np.float32]:
        """B rows -> (B, P)."""
        matrix = histories.matrix()
        step = (_inverse_root(matrix.sum(axis=1)) @ matrix @ self._discount).tocsr()
        with torch.inference_mode():
            layers = [self.net.embedding.weight]
            for convolution in self.net.convs:
                layers.append(convolution(layers[-1], self._graph))
            products = torch.stack([layer[self._shoppers :] for layer in layers])
            shopper = SparseMatrix(step, differentiable=False) @ products[:-1].sum(dim=0)
            return (shopper @ products.mean(dim=0).T).numpy()


def _inverse_root(degree: NDArray[np.float32]) -> Csr:
    """Diagonal matrix of 1 / sqrt(degree), degrees below 1 taken as 1."""
    return diags(np.maximum(np.asarray(degree, np.float32).ravel(), 1) ** -0.5)
