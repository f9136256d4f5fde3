"""The part of an error message that helps: what is allowed, and what was probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def allowed(name: str, choices: Iterable[str]) -> str:
    """Say which names are allowed, nearest first.

    Args:
        name: what was written.
        choices: what may be written.

    Returns:
        For example ``Did you mean "brand"? Allowed: brand, category.``
    """
    ordered = sorted(choices)
    near = get_close_matches(name, ordered, n=1, cutoff=0.6)
    listing = f"Allowed: {', '.join(ordered)}." if ordered else "None is allowed here."
    return f'Did you mean "{near[0]}"? {listing}' if near else listing
