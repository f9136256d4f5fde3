"""The file of the exported graph arrays: plain NumPy arrays, nothing that could run code on loading."""

import os
import zipfile
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kg_tools.errors import StoreError
from kg_tools.products import GraphArrays

FORMAT = "1"


def save_arrays(path: Path, arrays: GraphArrays, key: str) -> None:
    """Write the file in one step: a reader sees the old one or the new one.

    Args:
        path: the file.
        arrays: what to keep.
        key: what must be asked for to get it back.

    Raises:
        StoreError: the file cannot be written.
    """
    columns: dict[str, NDArray[Any]] = {"key": _bytes(f"{FORMAT}/{key}")}
    for field in fields(GraphArrays):
        value = getattr(arrays, field.name)
        if isinstance(value, tuple):
            columns[f"{field.name}.text"], columns[f"{field.name}.ends"] = _pack(value)
        else:
            columns[field.name] = value
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as stream:
            np.savez(stream, allow_pickle=False, **columns)
        temporary.replace(path)
    except OSError as error:
        raise StoreError(f"The graph arrays cannot be written to {path} ({error}). Is the disk full?") from error
    finally:
        temporary.unlink(missing_ok=True)


def load_arrays(path: Path, key: str) -> GraphArrays | None:
    """Read the file.

    Args:
        path: the file.
        key: as given on saving.

    Returns:
        None if the file is missing, damaged, or was saved under another key: then export again.
    """
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as columns:
            if columns["key"].tobytes() != _bytes(f"{FORMAT}/{key}").tobytes():
                return None
            return GraphArrays(**{field.name: _column(columns, field.name) for field in fields(GraphArrays)})
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile):
        return None


def _column(columns: Any, name: str) -> Any:  # noqa: ANN401 - either a tuple of strings or an array
    if name in columns:
        return columns[name]
    return _unpack(columns[f"{name}.text"], columns[f"{name}.ends"])


def _bytes(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode("utf-8"), np.uint8)


def _pack(texts: Sequence[str]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """One buffer and where each text ends in it: fixed-width strings would be as wide as the longest."""
    encoded = [text.encode("utf-8") for text in texts]
    ends = np.cumsum([len(piece) for piece in encoded], dtype=np.int64)
    return np.frombuffer(b"".join(encoded), np.uint8), ends


def _unpack(buffer: NDArray[np.uint8], ends: NDArray[np.int64]) -> tuple[str, ...]:
    text = buffer.tobytes()
    stops = ends.tolist()
    return tuple(text[start:stop].decode("utf-8") for start, stop in zip([0, *stops], stops, strict=False))
