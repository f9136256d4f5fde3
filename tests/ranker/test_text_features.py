"""The vector cache: nothing twice, nothing lost, nothing half-written."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from kg_tools.progress import silent
from ranker import text_features
from ranker.errors import EncoderError
from ranker.text_features import CachedEncoder, VectorFile, load_encoder, text_key


class Network:
    """Encodes a text as a vector that tells its length; counts what it is asked."""

    def __init__(self, breaks_after: int | None = None) -> None:
        self.asked: list[str] = []
        self.loaded = 0
        self._breaks_after = breaks_after

    def load(self) -> "Network":
        self.loaded += 1
        return self

    def __call__(self, texts: list[str]) -> NDArray[np.float32]:
        if self._breaks_after is not None and len(self.asked) >= self._breaks_after:
            raise KeyboardInterrupt
        self.asked += texts
        return np.array([[len(text), 1, 0] for text in texts], np.float32)


def encoder(path: Path, network: Network) -> CachedEncoder:
    return CachedEncoder("counting", 3, network.load, VectorFile(path / "counting.npy", 3))


def test_a_text_is_encoded_once_across_processes(tmp_path: Path) -> None:
    first, second = Network(), Network()
    texts = ["b", "aaa", "b", "cc"]
    told: list[float | None] = []
    vectors = encoder(tmp_path, first).encode_and_keep(texts, lambda _, fraction: told.append(fraction))
    again = encoder(tmp_path, second).encode_and_keep([*texts, "new one"], silent)
    assert sorted(first.asked) == ["aaa", "b", "cc"]
    assert second.asked == ["new one"]
    np.testing.assert_array_equal(vectors[:, 0], [1, 3, 1, 2])
    np.testing.assert_array_equal(again[:4], vectors)
    assert told[-1] == 1.0


def test_a_fully_cached_run_never_loads_the_network(tmp_path: Path) -> None:
    encoder(tmp_path, Network()).encode_and_keep(["a"], silent)
    network = Network()
    assert encoder(tmp_path, network).encode(["a"]).shape == (1, 3)
    assert network.loaded == 0


def test_phrases_of_shoppers_are_not_written(tmp_path: Path) -> None:
    network = Network()
    phrases = encoder(tmp_path, network)
    phrases.encode(["my secret"])
    phrases.encode(["my secret"])
    assert network.asked == ["my secret"]
    assert not list(tmp_path.iterdir())


def test_an_interruption_keeps_the_batches_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_features, "BATCH", 2)
    texts = [str(10**number) for number in range(7)]
    with pytest.raises(KeyboardInterrupt):
        encoder(tmp_path, Network(breaks_after=4)).encode_and_keep(texts, silent)
    network = Network()
    encoder(tmp_path, network).encode_and_keep(texts, silent)
    assert len(network.asked) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["counting.npy"]


def test_a_damaged_cache_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "counting.npy").write_bytes(b"half a fi")
    assert encoder(tmp_path, Network()).encode_and_keep(["a"], silent).shape == (1, 3)
    assert VectorFile(tmp_path / "counting.npy", 3).find([text_key("a")])


def test_two_writers_lose_nothing(tmp_path: Path) -> None:
    file = VectorFile(tmp_path / "v.npy", 3)
    other = VectorFile(tmp_path / "v.npy", 3)
    file.add({text_key("a"): np.ones(3, np.float32)})
    other.add({text_key("b"): np.zeros(3, np.float32)})
    assert len(file.find([text_key("a"), text_key("b"), text_key("c")])) == 2


def test_nothing_to_encode(tmp_path: Path) -> None:
    assert encoder(tmp_path, Network()).encode([]).shape == (0, 3)
    assert encoder(tmp_path, Network()).encode_and_keep([], silent).shape == (0, 3)


def test_the_packaged_encoder_needs_no_network_to_be_named(tmp_path: Path) -> None:
    found = load_encoder("sentence-transformers/all-MiniLM-L6-v2", tmp_path)
    assert found.dimensions == 384


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(text_features.PACKAGED, "absent", "no_such_package_here")
    with pytest.raises(EncoderError, match="pip install no-such-package-here"):
        load_encoder("absent", tmp_path)


@pytest.mark.model
def test_the_real_encoder_knows_likeness(tmp_path: Path) -> None:
    real = load_encoder("all-MiniLM-L6-v2", tmp_path)
    vectors = real.encode(["a ceramic curling iron", "hair styling tool for curls", "frying pan", "running shoes"])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    curls, pan, shoes = vectors[1:] @ vectors[0]
    assert curls > pan > shoes
    assert curls > shoes + 0.2
