"""scipy's sparse matrices, typed as Any.

scipy publishes no types, and what a checker guesses from its source is wrong (a transpose that may be None, a product
that may be a number). What we declare about shapes stands in the docstrings.
"""

from typing import Any

import scipy.sparse

Csr = Any
"""A ``scipy.sparse.csr_matrix``, float32 unless said otherwise."""

csr_matrix: Any = scipy.sparse.csr_matrix
diags: Any = scipy.sparse.diags
vstack: Any = scipy.sparse.vstack
