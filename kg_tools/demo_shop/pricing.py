"""Prices and weights of the demo shop's products."""

import math
from collections.abc import Sequence

import numpy as np

from kg_tools.demo_shop.rules import FEATURE_PRICE, MATERIAL_PRICE
from kg_tools.demo_shop.spec import Brand, Category, Kind

_SPREAD = 0.22  # standard deviation of the logarithm of the price, all else equal
_SIZE_STEP = 0.8  # how much dearer the largest size is than the smallest, as a share of the typical price


def draw_price(
    category: Category,
    kind: Kind,
    *,
    brand: Brand,
    material: str,
    features: Sequence[str],
    position: float,
    rng: np.random.Generator,
) -> float:
    """A price in EUR: log-normal around the typical one, bent to stay inside the category's range.

    Args:
        category: gives the range.
        kind: its factor.
        brand: its level.
        material: "" where none is stated.
        features: each makes it a little dearer, some a lot.
        position: place of the size among the category's sizes, 0 smallest, 1 largest.
        rng: for the spread.
    """
    lowest, typical, highest = category.price
    factor = kind.price * brand.level * MATERIAL_PRICE.get(material, 1.0) * (1 + _SIZE_STEP * (position - 0.5))
    for name in features:
        factor *= FEATURE_PRICE.get(name, 1.02)
    expected = 1.0 + 0.05 * len(features)  # an ordinary set of features is in the typical price already
    logarithm = math.log(factor / expected) + rng.normal(0.0, _SPREAD)
    room = math.log(highest / typical) if logarithm > 0 else math.log(typical / lowest)
    price = typical * math.exp(room * math.tanh(logarithm / room))
    return _shelf_price(price, lowest, highest, rng)


def _shelf_price(price: float, lowest: float, highest: float, rng: np.random.Generator) -> float:
    """The nearest price that looks like one: 7.49, 24.90, 129.00."""
    if price < 20:
        endings = (0.49, 0.79, 0.99)
    elif price < 100:
        endings = (0.0, 0.5, 0.9)
    else:
        endings = (0.0, 0.0, 0.9)
    shown = math.floor(price) + endings[int(rng.integers(len(endings)))]
    return round(min(max(shown, lowest), highest), 2)


def draw_grams(
    category: Category, kind: Kind, *, features: Sequence[str], position: float, rng: np.random.Generator
) -> int | None:
    """A weight in grams inside the category's range, larger for larger sizes; None where none is stated."""
    if category.grams is None:
        return None
    light, heavy = category.grams
    share = 0.2 + 0.55 * position + 0.25 * math.log(kind.price) + rng.normal(0.0, 0.08)
    share -= 0.15 * sum(name in {"lightweight", "compact"} for name in features)
    grams = light * (heavy / light) ** min(max(share, 0.0), 1.0)
    step = 5 if grams < 200 else 10 if grams < 1000 else 100
    return max(step, round(grams / step) * step)
