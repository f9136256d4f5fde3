"""Titles and descriptions: sentences made of what the row states, and of nothing else."""

import numpy as np

from kg_tools.demo_shop.features_care import INGREDIENTS
from kg_tools.demo_shop.making import Item, Model
from kg_tools.demo_shop.shop_data import (
    AUDIENCE_PLACES,
    COLOUR_WORDS,
    FEATURES,
    MATERIAL_WORDS,
    OCCASION_PLACES,
)

_INGREDIENTS = frozenset(entry.word.en for entry in INGREDIENTS)
_TITLE_FEATURES = 2
_MATERIAL_IN_TITLE = 0.7

_MADE_OF = (
    "Made of {material}.",
    "The material is {material}.",
    "Main material: {material}.",
    "Built from {material}.",
)
_COLOURED = (
    "This one is {colour}.",
    "Shown here in {colour}.",
    "Colour: {colour}.",
    "Comes in {colour}.",
)
_MADE_OF_AND_COLOURED = (
    "Made of {material}, in {colour}.",
    "{Material}, coloured {colour}.",
    "The material is {material}, the colour {colour}.",
    "In {colour}, made of {material}.",
    "Here in {colour}; the material is {material}.",
)
_ALSO_ADJECTIVES = ("Also", "And", "Beyond that,")
_ALSO_NOUNS = ("What else:", "Also on the list:", "The rest in brief:")
_SUITS = (
    "Our pick for {audience}.",
    "Well suited to {audience}.",
    "Designed with {audience} in mind.",
    "Chosen above all for {audience}.",
)
_FOR_OCCASION = (
    "Just right for {occasion}.",
    "A sound choice for {occasion}.",
    "Made for {occasion}.",
    "Think of it for {occasion}.",
)
_FOR_BOTH = (
    "For {audience}, and for {occasion}.",
    "Suits {audience} and comes into its own for {occasion}.",
    "Best for {occasion}, and well suited to {audience}.",
    "First of all for {audience}; good for {occasion} too.",
)


class Wording:
    """Writes the texts of one model; its variants share all but the colour."""

    def __init__(self, model: Model, seed: int) -> None:
        self._model = model
        rng = np.random.default_rng([seed, 2, model.number])
        shown = [name for name in model.features if FEATURES[name].title != "never"]
        shown = [name for name in shown if not _said(name, model.kind.en)]
        chosen = sorted(rng.permutation(len(shown))[:_TITLE_FEATURES])
        self._title_features = tuple(shown[int(i)] for i in chosen)
        self._title_material = bool(model.material) and rng.random() < _MATERIAL_IN_TITLE
        self._sentences = _describe(model, self._title_features, rng)
        self._rng_state = rng.integers(1 << 30)

    def title(self, item: Item) -> str:
        """English title, as in ``Brand Model waterproof 2-person tent, nylon, olive``."""
        model = self._model
        before = [name for name in self._title_features if FEATURES[name].title == "before"]
        with_ = [name for name in self._title_features if FEATURES[name].title == "with"]
        size = model.size[0] if model.size else ""
        words = [model.brand.name, model.name, *before, size if model.category.size_first else "", model.kind.en]
        head = " ".join(word for word in words if word)
        if with_:
            head += f" with {' and '.join(with_)}"
        material = model.material if self._title_material else ""
        tail = (material, item.colour, "" if model.category.size_first else size)
        return ", ".join((head, *(part for part in tail if part)))

    def title_zh(self, item: Item) -> str:
        """Chinese title: brand and model stay as they are, the rest as Chinese shops write it."""
        model = self._model
        labels = [FEATURES[name].word.zh for name in self._title_features if FEATURES[name].title == "before"]
        short = "".join(label for label in labels if len(label) <= 2)
        size = model.size[1] if model.size else ""
        noun = short + (size if model.category.size_first else "") + model.kind.zh
        parts = [
            model.brand.name,
            model.name,
            noun,
            *(label for label in labels if len(label) > 2),
            *(_with_zh(name) for name in self._title_features if FEATURES[name].title == "with"),
            MATERIAL_WORDS[model.material].zh if self._title_material else "",
            COLOUR_WORDS[item.colour].zh if item.colour else "",
            "" if model.category.size_first else size,
        ]
        return " ".join(part for part in parts if part)

    def description(self, item: Item) -> str:
        """Two to five sentences in English."""
        colour_sentence = self._colour_sentence(item.colour)
        opening, *rest = self._sentences
        place = 1 + int(self._rng_state) % max(1, len(rest))
        sentences = [opening, *rest[: place - 1], colour_sentence, *rest[place - 1 :]]
        if self._model.fits:
            sentences.append(f"Available in size {_and(self._model.fits)}.")
        return " ".join(sentence for sentence in sentences if sentence)

    def _colour_sentence(self, colour: str) -> str:
        material = self._model.material
        if material and colour:
            templates = _MADE_OF_AND_COLOURED
        elif material:
            templates = _MADE_OF
        elif colour:
            templates = _COLOURED
        else:
            return ""
        template = templates[int(self._rng_state) % len(templates)]
        return template.format(material=material, Material=material.capitalize(), colour=colour)


def _describe(model: Model, in_title: tuple[str, ...], rng: np.random.Generator) -> list[str]:
    """The sentences that all variants share: opening, features, whom and what it is for."""
    hooks = model.category.hooks
    sentences = [hooks[int(rng.integers(len(hooks)))].format(model=model.name)]
    speaking = [name for name in model.features if FEATURES[name].says]
    order = [speaking[int(i)] for i in rng.permutation(len(speaking))]
    order.sort(key=lambda name: name not in in_title and rng.random() < 0.6)
    told = order[: 1 + int(rng.integers(2))]
    for name in told:
        says = FEATURES[name].says
        sentences.append(says[int(rng.integers(len(says)))])
    untold = [name for name in speaking if name not in told]
    if untold and rng.random() < 0.6:
        plain = all(FEATURES[name].title == "before" for name in untold)  # adjectives only
        openings = _ALSO_ADJECTIVES if plain else _ALSO_NOUNS
        sentences.append(f"{openings[int(rng.integers(len(openings)))]} {_and(untold)}.")
    return [*sentences, _purpose(model, rng)]


def _purpose(model: Model, rng: np.random.Generator) -> str:
    audience = AUDIENCE_PLACES[model.audiences[0]].phrase if model.audiences else ""
    occasion = OCCASION_PLACES[model.occasions[0]].phrase if model.occasions else ""
    which = rng.random()
    if audience and occasion and which < 0.4:
        templates = _FOR_BOTH
    elif audience and (which < 0.7 or not occasion):
        templates = _SUITS
    elif occasion:
        templates = _FOR_OCCASION
    else:
        return ""
    return templates[int(rng.integers(len(templates)))].format(audience=audience, occasion=occasion)


def _and(words: tuple[str, ...] | list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _with_zh(feature: str) -> str:
    label = FEATURES[feature].word.zh
    return f"含{label}" if feature in _INGREDIENTS else label


def _said(feature: str, noun: str) -> bool:
    """Whether the noun says the feature already: "folding mat" is foldable."""
    return feature.split(maxsplit=1)[0][:4].casefold() in noun.casefold()
