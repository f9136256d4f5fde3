"""Keeping the strongest entries of a sparse matrix: what makes item-item models small, and often better."""

import numpy as np

from ranker.sparse import Csr, csr_matrix


def strongest_of_rows(matrix: Csr, kept: int) -> Csr:
    """The ``kept`` largest entries of each row, same shape; ties go to the column that comes first."""
    entries = matrix.tocoo()
    order = np.lexsort((entries.col, -entries.data, entries.row))
    rows, columns, values = entries.row[order], entries.col[order], entries.data[order]
    place = np.arange(len(rows)) - np.searchsorted(rows, rows)
    keep = place < kept
    return csr_matrix((values[keep], (rows[keep], columns[keep])), shape=matrix.shape, dtype=np.float32)
