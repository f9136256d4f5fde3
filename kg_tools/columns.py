"""Columns of strings as numbers, so that bulk reads never touch a Python string per row."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


def positions(column: pa.Array | pa.ChunkedArray, among: pa.Array) -> NDArray[np.int32]:
    """Where each value of a column is in another one.

    Args:
        column: strings, length L.
        among: distinct strings of the same type.

    Returns:
        int32, shape (L,): index into ``among``, -1 where it is not there.
    """
    found = pc.call_function("index_in", [column], pc.SetLookupOptions(among))
    return numbers(found.fill_null(-1))


def codes(column: pa.ChunkedArray) -> tuple[NDArray[np.int32], list[str]]:
    """A column as codes into its sorted distinct values.

    Args:
        column: strings, length L.

    Returns:
        int32 codes, shape (L,), and the distinct values.
    """
    encoded = whole(column).dictionary_encode()
    values: list[str] = encoded.dictionary.to_pylist()
    order = sorted(range(len(values)), key=values.__getitem__)
    rank = np.empty(len(values), np.int32)
    rank[order] = np.arange(len(values), dtype=np.int32)
    return rank[numbers(encoded.indices)], [values[code] for code in order]


def numbers(column: pa.Array | pa.ChunkedArray) -> NDArray[np.int32]:
    """A column of integers as int32, shape (L,)."""
    return whole(column).to_numpy(zero_copy_only=False).astype(np.int32)


def strings(values: list[str] | tuple[str, ...]) -> pa.Array:
    """Strings as an array of the type all our columns have."""
    return pa.array(values, pa.large_string())


def whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """A column in one piece."""
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
