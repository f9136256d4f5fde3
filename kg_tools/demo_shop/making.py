"""Draws products from the hand-written categories."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from kg_tools.demo_shop.brands import BRANDS
from kg_tools.demo_shop.pricing import draw_grams, draw_price
from kg_tools.demo_shop.rules import EXCLUDES, IMPLIES, NATURAL_COLOURS
from kg_tools.demo_shop.shop_data import CATEGORIES, DEPARTMENT_OF, fit_label
from kg_tools.demo_shop.spec import Brand, Category, Kind

_VARIANTS = (0.46, 0.24, 0.18, 0.12)  # share of models made in 1, 2, 3, 4 colours
_OUT_OF_STOCK = 0.06
_MOST_FEATURES = 7
_MOST_PLACES = 3
_ALMOST_SURE = 0.9  # occasions and audiences this likely are drawn first
_QUIRK = 2.0  # a brand is this much likelier to have its own features


@dataclass(frozen=True, slots=True)
class Model:
    """A product before it gets its colour: what all its variants share.

    Attributes:
        number: running number; variants of one model have the same.
        features: with the fits ("size 42") last.
        size: (English, Chinese) or None.
        grams: None where no weight is stated.
        price: EUR.
    """

    number: int
    category: Category
    kind: Kind
    brand: Brand
    name: str
    material: str
    features: tuple[str, ...]
    occasions: tuple[str, ...]
    audiences: tuple[str, ...]
    size: tuple[str, str] | None
    fits: tuple[str, ...]
    grams: int | None
    price: float


@dataclass(frozen=True, slots=True)
class Item:
    """A product: a model in one colour ("" where the category states none), with its stock."""

    product_id: str
    model: Model
    colour: str
    inventory: int


def make_items(count: int, seed: int) -> tuple[Item, ...]:
    """Draw ``count`` products over all categories, grouped by category.

    Raises:
        ValueError: fewer than two products per category.
    """
    least = 2 * len(CATEGORIES)
    if count < least:
        raise ValueError(f"A demo shop needs at least {least} products, {count} were asked for.")
    rng = np.random.default_rng([seed, 1])
    names = _ModelNames(rng)
    shares = _shares(count)
    items: list[Item] = []
    models = 0
    for category in CATEGORIES.values():
        end = len(items) + shares[category.name.en]
        brands = _brands_of(category, rng)
        while len(items) < end:
            model = _make_model(models, category, brands, names, rng)
            models += 1
            for colour in _colours_of(model, rng)[: end - len(items)]:
                items.append(Item(f"P{len(items) + 1:05d}", model, colour, _inventory(rng)))
    return tuple(items)


class _ModelNames:
    """Hands out model names, each once per brand until a department's list is used up."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._taken: dict[str, dict[str, int]] = {}

    def next(self, brand: Brand, category: Category) -> str:
        taken = self._taken.setdefault(brand.name, {})
        words = DEPARTMENT_OF[category.name.en].models
        start = int(self._rng.integers(len(words)))
        rotated = words[start:] + words[:start]
        name = min(rotated, key=lambda word: taken.get(word, 0))
        taken[name] = taken.get(name, 0) + 1
        return name if taken[name] == 1 else f"{name} {taken[name]}"


def _shares(count: int) -> dict[str, int]:
    """How many products each category gets: by weight, largest remainders first, at least two."""
    total = sum(category.weight for category in CATEGORIES.values())
    exact = {name: 2 + (count - 2 * len(CATEGORIES)) * c.weight / total for name, c in CATEGORIES.items()}
    shares = {name: int(value) for name, value in exact.items()}
    by_remainder = sorted(exact, key=lambda name: shares[name] - exact[name])
    for name in by_remainder[: count - sum(shares.values())]:
        shares[name] += 1
    return shares


def _brands_of(category: Category, rng: np.random.Generator) -> tuple[tuple[Brand, ...], np.ndarray]:
    department = DEPARTMENT_OF[category.name.en].name.en
    able = [brand for brand in BRANDS if department in brand.departments]
    chosen = sorted(rng.permutation(len(able))[: max(5, round(len(able) * 0.7))])
    weights = rng.lognormal(0.0, 0.5, len(chosen))
    return tuple(able[i] for i in chosen), weights / weights.sum()


def _make_model(
    number: int,
    category: Category,
    brands: tuple[tuple[Brand, ...], np.ndarray],
    names: _ModelNames,
    rng: np.random.Generator,
) -> Model:
    brand = brands[0][int(rng.choice(len(brands[0]), p=brands[1]))]
    kind = category.kinds[_pick([kind.weight for kind in category.kinds], rng)]
    chosen = _Choice(brand, kind, rng)
    size = chosen.size(category)
    material = chosen.material(category)
    features = chosen.features(category)
    audiences = chosen.places(category.audiences, kind.audiences)
    occasions = chosen.places(category.occasions, ())
    position = 0.5 if size is None else category.sizes.index(size) / max(1, len(category.sizes) - 1)
    fits = _fit_run(category, kind, rng)
    return Model(
        number=number,
        category=category,
        kind=kind,
        brand=brand,
        name=names.next(brand, category),
        material=material,
        features=(*features, *(fit_label(fit) for fit in fits)),
        occasions=occasions,
        audiences=audiences,
        size=size,
        fits=fits,
        grams=draw_grams(category, kind, features=features, position=position, rng=rng),
        price=draw_price(category, kind, brand=brand, material=material, features=features, position=position, rng=rng),
    )


class _Choice:
    """Draws one attribute after the other; nothing drawn excludes anything drawn before."""

    def __init__(self, brand: Brand, kind: Kind, rng: np.random.Generator) -> None:
        self._brand = brand
        self._kind = kind
        self._rng = rng
        self._has: dict[str, None] = {}
        self._blocked = set(kind.never)
        for name in (*kind.features, *kind.audiences):
            self._add(name)

    def size(self, category: Category) -> tuple[str, str] | None:
        allowed = [
            size
            for size in category.sizes
            if (self._kind.sizes is None or size[0] in self._kind.sizes) and size[0] not in self._blocked
        ]
        if not allowed:
            return None
        middle = (len(category.sizes) - 1) / 2
        size = allowed[_pick([1.6 - 0.3 * abs(category.sizes.index(s) - middle) for s in allowed], self._rng)]
        self._add(size[0])
        return size

    def material(self, category: Category) -> str:
        return self._one_of(category.materials)

    def features(self, category: Category) -> tuple[str, ...]:
        for group in category.either:
            if not any(name in self._has for name in group):
                self._one_of(group)
        optional = list(category.features)
        for position in self._rng.permutation(len(optional)):
            name = optional[int(position)]
            likely = min(0.95, category.features[name] * self._liking(name))
            if self._rng.random() < likely and self._free(name) and self._count(category) < _MOST_FEATURES:
                self._add(name)
        known = (*self._kind.features, *(n for group in category.either for n in group), *optional)
        implied = tuple(extra for name in known for extra in IMPLIES.get(name, ()))
        return tuple(name for name in dict.fromkeys((*known, *implied)) if name and name in self._has)

    def places(self, chances: Mapping[str, float], always: Iterable[str]) -> tuple[str, ...]:
        """Occasions or audiences: those of the kind, then drawn ones, at least one where there are any."""
        found = dict.fromkeys(always)
        shuffled = [list(chances)[int(i)] for i in self._rng.permutation(len(chances))]
        names = sorted(shuffled, key=lambda name: chances[name] < _ALMOST_SURE)
        for name in names:
            if len(found) < _MOST_PLACES and self._rng.random() < chances[name] and self._free(name):
                found[name] = None
                self._add(name)
        if not found and names:
            free = [name for name in names if self._free(name)]
            likeliest = max(free, key=lambda name: chances[name], default="")
            if likeliest:
                found[likeliest] = None
                self._add(likeliest)
        return tuple(found)

    def _one_of(self, weights: Mapping[str, float]) -> str:
        allowed = [name for name in weights if name == "" or self._free(name)]
        if not allowed:
            return ""
        name = allowed[_pick([weights[name] * self._liking(name) for name in allowed], self._rng)]
        if name:
            self._add(name)
        return name

    def _liking(self, name: str) -> float:
        return _QUIRK if name in self._brand.quirks else 1.0

    def _free(self, name: str) -> bool:
        wanted = (name, *IMPLIES.get(name, ()))
        return not any(n in self._blocked or EXCLUDES.get(n, frozenset()) & self._has.keys() for n in wanted)

    def _count(self, category: Category) -> int:
        return sum(name in category.features for name in self._has)

    def _add(self, name: str) -> None:
        for each in (name, *IMPLIES.get(name, ())):
            self._has[each] = None
            self._blocked |= EXCLUDES.get(each, frozenset())


def _fit_run(category: Category, kind: Kind, rng: np.random.Generator) -> tuple[str, ...]:
    fits = category.fits if kind.fits is None else kind.fits
    if not fits:
        return ()
    length = int(rng.integers(min(4, len(fits)), min(7, len(fits)) + 1))
    start = int(rng.integers(0, len(fits) - length + 1))
    return fits[start : start + length]


def _colours_of(model: Model, rng: np.random.Generator) -> tuple[str, ...]:
    offered = NATURAL_COLOURS.get(model.material, model.category.colours) if model.category.colours else ()
    if not offered:
        return ("",)
    wanted = 1 + int(rng.choice(len(_VARIANTS), p=_VARIANTS))
    order = rng.permutation(len(offered))
    return tuple(offered[int(i)] for i in order[:wanted])


def _inventory(rng: np.random.Generator) -> int:
    in_stock = rng.random() >= _OUT_OF_STOCK
    amount = int(np.clip(rng.lognormal(2.9, 0.9), 1, 400))
    return amount if in_stock else 0


def _pick(weights: Iterable[float], rng: np.random.Generator) -> int:
    values = np.asarray(list(weights), dtype=float)
    return int(rng.choice(len(values), p=values / values.sum()))
