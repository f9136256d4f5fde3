"""The shapes of the hand-written data the demo shop is made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

TitlePlace = Literal["before", "with", "never"]


@dataclass(frozen=True, slots=True)
class Word:
    """A thing's name in both languages.

    Attributes:
        en: English label; also the value that stands in the product rows.
        zh: simplified Chinese label.
        synonyms_en: other ways shoppers say it.
        synonyms_zh: the same in Chinese.
    """

    en: str
    zh: str
    synonyms_en: tuple[str, ...] = ()
    synonyms_zh: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature with the sentences that describe it.

    Attributes:
        word: its name.
        says: sentences for descriptions; they fit singular and plural nouns alike.
        title: where titles put it: "before" the noun ("waterproof tent"), after "with", or "never".
    """

    word: Word
    says: tuple[str, ...]
    title: TitlePlace = "before"


@dataclass(frozen=True, slots=True)
class Place:
    """An occasion or an audience, with the phrase that descriptions use for it.

    Attributes:
        word: its name.
        phrase: completes "for ..." in a description.
    """

    word: Word
    phrase: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of product inside a category, as its title calls it.

    Attributes:
        en: the title's noun.
        zh: the same in Chinese.
        features: features every product of this kind has.
        audiences: audiences every product of this kind suits.
        never: features and materials this kind cannot have.
        sizes: the category's sizes that this kind comes in; None for all, () for none.
        fits: replaces the category's run of fits; None to keep it.
        price: factor on the category's typical price.
        weight: how often it occurs, relative to its siblings.
    """

    en: str
    zh: str
    features: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    sizes: tuple[str, ...] | None = None
    fits: tuple[str, ...] | None = None
    price: float = 1.0
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Category:
    """A category: everything its products are drawn from.

    Attributes:
        name: the category's label (plural or mass noun) and synonyms.
        kinds: the nouns of its titles.
        price: lowest, typical and highest price in EUR.
        features: feature -> probability.
        either: groups of which every product has exactly one: feature -> relative weight; "" stands for
            "the shop does not say".
        materials: material -> relative weight; empty where none is stated.
        colours: possible colours; empty where none is stated.
        occasions: occasion -> probability.
        audiences: audience -> probability.
        sizes: (English, Chinese) sizes from small to large; empty where none is stated.
        size_first: titles put the size before the noun ("2-person tent"), else at the end.
        fits: sizes a shoe or garment is made in, written as features ("size 42"); a product has a run of them.
        grams: weight range in grams; None where none is stated.
        hooks: opening sentences; they state nothing that only some products have.
        companions: categories bought together with this one.
        accessory_for: categories whose products this one's products are accessories of.
        weight: share of the catalogue, relative to other categories.
    """

    name: Word
    kinds: tuple[Kind, ...]
    price: tuple[float, float, float]
    features: Mapping[str, float]
    hooks: tuple[str, ...]
    either: tuple[Mapping[str, float], ...] = ()
    materials: Mapping[str, float] = field(default_factory=dict[str, float])
    colours: tuple[str, ...] = ()
    occasions: Mapping[str, float] = field(default_factory=dict[str, float])
    audiences: Mapping[str, float] = field(default_factory=dict[str, float])
    sizes: tuple[tuple[str, str], ...] = ()
    size_first: bool = True
    fits: tuple[str, ...] = ()
    grams: tuple[float, float] | None = None
    companions: tuple[str, ...] = ()
    accessory_for: tuple[str, ...] = ()
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Department:
    """A department with its categories and the model names its brands use."""

    name: Word
    categories: tuple[Category, ...]
    models: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Brand:
    """A fictional brand.

    Attributes:
        name: invented; no real company.
        departments: English names of the departments it sells in.
        level: factor on typical prices.
        quirks: features and materials it likes more than others do.
    """

    name: str
    departments: tuple[str, ...]
    level: float = 1.0
    quirks: tuple[str, ...] = ()


def word(en: str, zh: str, also: str = "", also_zh: str = "") -> Word:
    """A Word; synonyms are separated by "|"."""
    return Word(en, zh, _split(also), _split(also_zh))


def feature(
    en: str, zh: str, also: str = "", also_zh: str = "", *, says: tuple[str, ...], title: TitlePlace = "before"
) -> Feature:
    """A Feature; synonyms are separated by "|"."""
    return Feature(word(en, zh, also, also_zh), says, title)


def place(en: str, zh: str, also: str = "", also_zh: str = "", *, phrase: str = "") -> Place:
    """A Place; the phrase is the label where none is given."""
    return Place(word(en, zh, also, also_zh), phrase or en)


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.split("|")) if text else ()
