"""What the baselines do on odd data, and that the parts of SASRec are what they say."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from ranker.baselines.baseline import Baseline
from ranker.baselines.budgets import BASELINES
from ranker.baselines.neural import NeuralBaseline, ragged
from ranker.baselines.pairs import Pairs, mean_of_history
from ranker.baselines.pruning import strongest_of_rows
from ranker.baselines.sasrec import SasRec, SequenceEncoder
from ranker.histories import Histories, from_sequences
from ranker.sparse import csr_matrix
from ranker.tuning import build

SEQUENCES = [[3, 1, 4], [1, 5], [2], [], [6, 5, 3, 5, 1], [0, 2], [4, 4], [1, 0, 2, 3, 6, 5]]
ODD_LOGS = {
    "empty log": from_sequences([], 20),
    "empty histories": from_sequences([[], []], 20),
    "1 interaction": from_sequences([[3]], 20),
    "1 interaction and a stranger": from_sequences([[], [3]], 20),
    "1 product": from_sequences([[0], [0]], 1),
    "1 product again and again": from_sequences([[0, 0, 0]], 1),
    "2 products": from_sequences([[0, 1], [1, 0]], 2),
    "repeats": from_sequences([[3, 3, 4, 3], [4, 4]], 20),
}


def small(name: str, seed: int = 0) -> Baseline:
    tuning = BASELINES[name]
    more = {"epochs": 2} if tuning.trial_epochs else {}
    return build(tuning, {setting: one.default for setting, one in tuning.space.items()}, seed, **more)


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize("log", ODD_LOGS.values(), ids=ODD_LOGS.keys())
def test_odd_logs_are_learnt_and_any_history_is_scored(name: str, log: Histories) -> None:
    model = small(name)
    model.fit(log)
    histories = from_sequences([[], [0], [0, 0], list(range(log.products)) * 3], log.products)
    scores = model.scores(histories)
    assert scores.shape == (4, log.products)
    assert scores.dtype == np.float32
    assert np.isfinite(scores).all()
    assert model.scores(histories.take([])).shape == (0, log.products)


@pytest.mark.parametrize("name", [name for name, tuning in BASELINES.items() if tuning.seeded])
def test_a_seed_repeats_and_another_differs(name: str) -> None:
    histories = from_sequences(SEQUENCES, 7)
    first, again, other = small(name), small(name), small(name, seed=1)
    for model in (first, again, other):
        model.fit(histories)
    np.testing.assert_array_equal(first.scores(histories), again.scores(histories))
    assert not np.array_equal(first.scores(histories), other.scores(histories))


@pytest.mark.parametrize("name", [name for name, tuning in BASELINES.items() if tuning.trial_epochs])
def test_a_kept_state_is_the_model_of_that_epoch(name: str) -> None:
    histories = from_sequences(SEQUENCES, 7)
    model = small(name)
    assert isinstance(model, NeuralBaseline)
    epochs = model.train_epochs(histories)
    next(epochs)
    kept, scores = model.state(), model.scores(histories)
    next(epochs)
    assert not np.array_equal(model.scores(histories), scores)
    model.restore(kept)
    np.testing.assert_array_equal(model.scores(histories), scores)


def test_the_strongest_of_each_row_stay() -> None:
    matrix = csr_matrix(np.array([[0, 3, 1, 2], [0, 0, 0, 0], [5, 5, 5, 1]], np.float32))
    assert strongest_of_rows(matrix, 2).toarray().tolist() == [[0, 3, 0, 2], [0, 0, 0, 0], [5, 5, 0, 0]]
    assert (strongest_of_rows(matrix, 9) != matrix).nnz == 0


def test_rows_end_to_end() -> None:
    assert ragged(torch.tensor([5, 0, 9]), torch.tensor([2, 0, 3])).tolist() == [5, 6, 9, 10, 11]
    assert ragged(torch.zeros(0, dtype=torch.int64), torch.zeros(0, dtype=torch.int64)).tolist() == []


def test_a_product_does_not_stand_in_the_mean_that_predicts_it() -> None:
    factors = torch.eye(7)
    pairs = Pairs(from_sequences([[3, 1, 3, 4], [], [2]], 7))
    found = {int(pairs.liked[one]): pairs.others_mean(factors, torch.tensor([one]))[0] for one in range(len(pairs))}
    assert found[3].tolist() == [0, 0.5, 0, 0, 0.5, 0, 0]
    assert found[2].tolist() == [0] * 7
    together = pairs.others_mean(factors, torch.arange(len(pairs)))
    for row, liked in enumerate(pairs.liked.tolist()):
        torch.testing.assert_close(together[row], found[liked])
    assert mean_of_history(factors, from_sequences([[1, 1, 2], []], 7)).tolist() == [
        [0, 0.5, 0.5, 0, 0, 0, 0],
        [0] * 7,
    ]


class TestSasRecParts:
    @pytest.fixture
    def model(self) -> SasRec:
        model = SasRec(width=8, layers=2, heads=2, limit=4, batch=8)
        next(model.train_epochs(from_sequences(SEQUENCES, 7)))
        return model

    def test_without_padding_the_loss_is_that_of_padded_sequences(self, model: SasRec) -> None:
        """Against the usual way: sequences padded on the left to one length, padding masked."""
        model._precision = torch.float32
        usable = [sequence for sequence in SEQUENCES if len(sequence) >= 2]
        total, positions = 0.0, 0
        for sequence in usable:
            *before, last = sequence[-5:]
            target = [*before[1:], last]
            hidden = padded(model.net, before, limit=4)
            logits = hidden @ model.net.product.weight.T
            total += float(functional.cross_entropy(logits, torch.tensor(target), reduction="sum").detach())
            positions += len(target)
        loss = model._loss(torch.randperm(len(usable)))
        assert float(loss.detach()) == pytest.approx(total / positions, rel=1e-5)

    def test_bfloat16_is_near_enough(self, model: SasRec) -> None:
        model._precision = torch.float32
        exact = float(model._loss(torch.arange(6)).detach())
        model._precision = torch.bfloat16
        assert float(model._loss(torch.arange(6)).detach()) == pytest.approx(exact, rel=0.02)

    def test_what_comes_later_does_not_change_what_came_before(self, model: SasRec) -> None:
        lengths = torch.tensor([2, 4, 4])
        one = model.net(torch.tensor([1, 2, 3, 4, 5, 6, 1, 2, 3, 4]), lengths)
        other = model.net(torch.tensor([1, 2, 3, 4, 5, 0, 1, 2, 3, 5]), lengths)
        same = [0, 1, 2, 3, 4, 6, 7, 8]
        torch.testing.assert_close(one[same], other[same])
        assert not torch.allclose(one[5], other[5])
        assert not torch.allclose(one[9], other[9])

    def test_a_history_is_scored_alike_alone_and_among_others(self, model: SasRec) -> None:
        together = model.scores(from_sequences(SEQUENCES, 7))
        for row, sequence in enumerate(SEQUENCES):
            np.testing.assert_allclose(model.scores(from_sequences([sequence], 7))[0], together[row], atol=1e-5)
        np.testing.assert_allclose(model.scores(from_sequences([SEQUENCES[-1][-4:]], 7))[0], together[-1], atol=1e-5)

    def test_the_sampled_softmax_is_the_full_one_where_all_are_sampled(
        self, model: SasRec, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        model._precision = torch.float32
        full = float(model._loss(torch.arange(6)).detach())
        monkeypatch.setattr("ranker.baselines.sasrec.LARGEST_FULL_SOFTMAX", 3)
        assert float(model._loss(torch.arange(6)).detach()) == pytest.approx(full, rel=1e-5)

    def test_the_sampled_softmax_counts_unsampled_products_in(
        self, model: SasRec, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Its sum of exponentials is right on average: near the full one over many samples of half the products."""
        model._precision = torch.float32
        full = float(model._loss(torch.arange(6)).detach())
        monkeypatch.setattr("ranker.baselines.sasrec.LARGEST_FULL_SOFTMAX", 3)
        model._columns = 4
        losses = [float(model._loss(torch.arange(6)).detach()) for _ in range(200)]
        assert np.mean(losses) == pytest.approx(full, rel=0.1)

    def test_learns_with_a_sampled_softmax(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ranker.baselines.sasrec.LARGEST_FULL_SOFTMAX", 3)
        cycle = from_sequences([[(start + step) % 7 for step in range(6)] for start in range(7)], 7)
        model = SasRec(width=16, layers=1, columns=4, epochs=80, batch=4, learning_rate=0.02, dropout=0.0)
        model.fit(cycle)
        following = model.scores(from_sequences([[2, 3], [5, 6]], 7)).argmax(axis=1)
        assert following.tolist() == [4, 0]


def padded(net: SequenceEncoder, items: list[int], limit: int) -> torch.Tensor:
    """Hidden states of one sequence, computed with padding on the left and a mask, shape (len(items), width)."""
    missing = limit - len(items)
    tokens = torch.tensor([0] * missing + items)
    hidden = net.product(tokens) * math.sqrt(net.product.embedding_dim) + net.place(torch.arange(limit))
    place = torch.arange(limit)
    allowed = (place[None, :] <= place[:, None]) & (place >= missing)[None, :]
    allowed |= torch.eye(limit, dtype=torch.bool)
    for block in net.blocks:
        hidden = _padded_block(block, hidden, allowed)
    return net.norm(hidden)[missing:]


def _padded_block(block: nn.Module, hidden: torch.Tensor, allowed: torch.Tensor) -> torch.Tensor:
    query, key, value = block.project(block.attention_norm(hidden)).chunk(3, dim=-1)
    width = query.shape[-1] // block.heads
    seen = []
    for head in range(block.heads):
        part = slice(head * width, (head + 1) * width)
        weight = (query[:, part] @ key[:, part].T / math.sqrt(width)).masked_fill(~allowed, -torch.inf).softmax(dim=1)
        seen.append(weight @ value[:, part])
    hidden = hidden + block.merge(torch.cat(seen, dim=1))
    return hidden + block.network(block.network_norm(hidden))
