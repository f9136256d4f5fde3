"""What goes with what: features, materials, sizes and audiences that imply or exclude each other."""

IMPLIES: dict[str, tuple[str, ...]] = {"Bluetooth": ("wireless",)}
"""A product with the key also has these features."""

_NOT_IN_THE_DISHWASHER = (
    "cast iron",
    "carbon steel",
    "copper",
    "beech wood",
    "oak",
    "bamboo",
    "leather",
    "cork",
    "aluminium",
    "linen",
)
_NOT_IN_THE_WASHING_MACHINE = (
    "leather",
    "faux leather",
    "cork",
    "natural rubber",
    "cardboard",
    "memory foam",
    "cashmere",
    "silk",
    "foam",
)
_SOAKS = (
    "cotton",
    "organic cotton",
    "linen",
    "felt",
    "cardboard",
    "cork",
    "mesh",
    "plush",
    "cashmere",
    "merino wool",
    "beech wood",
    "oak",
    "bamboo",
)

_EXCLUDES: dict[str, tuple[str, ...]] = {
    "dishwasher safe": ("hand wash only", *_NOT_IN_THE_DISHWASHER),
    "machine washable": _NOT_IN_THE_WASHING_MACHINE,
    "waterproof": ("water resistant", *_SOAKS),
    "water resistant": ("cardboard",),
    "quick-drying": ("cotton", "organic cotton", "memory foam", "plush"),
    "leakproof": ("bamboo",),
    "microwave safe": ("stainless steel", "aluminium", "carbon steel", "titanium"),
    "oven safe": ("plastic", "bamboo", "recycled plastic"),
    "freezer safe": ("bamboo",),
    "induction ready": ("copper",),
    "non-stick": ("copper", "bamboo", "cast iron"),
    "with catnip": ("beech wood",),
    "vegan": ("leather", "merino wool", "cashmere", "silk", "felt"),
    "BPA free": ("beech wood", "bamboo", "oak", "stainless steel", "glass", "ceramic", "titanium", "aluminium"),
    "lightweight": ("cast iron", "powerful", "glass", "16 kg"),
    "foldable": ("glass", "cast iron"),
    "shockproof": ("glass", "cork"),
    "wired": (
        "wireless",
        "Bluetooth",
        "rechargeable",
        "long battery life",
        "fast charging",
        "multipoint",
        "battery powered",
        "touch control",
    ),
    "battery powered": ("fast charging", "long battery life", "rechargeable"),
    "wireless": ("dual voltage",),
    "volume limit": ("noise cancelling",),
    "extra thick": ("lightweight", "3 cm", "4 mm"),
    "warm": ("lightweight", "breathable"),
    "compact": ("expandable", "30 l", "12 cups", "45 x 30 cm"),
    "tea tree oil": ("fragrance free",),
    "coconut oil": ("fragrance free",),
    "volumising": ("anti-dandruff",),
    "travel size": ("250 ml", "400 ml"),
    "laptop compartment": ("12 l",),
    "fits A4": ("12 l", "A6", "A5", "B5"),
    "mechanical": ("quiet",),
    "deep bass": ("compact",),
    "cooperative": ("for two players",),
    "from 3 years": ("300 pieces", "500 pieces", "1000 pieces"),
    "from 6 years": ("1000 pieces",),
    "from 10 years": ("100 pieces", "educational"),
    "toddlers": ("from 6 years", "from 10 years", "very sharp"),
    "teenagers": ("from 3 years",),
    "gamers": ("from 3 years",),
    "couples": ("6-person", "1-person", "from 3 years"),
    "families": ("1-person", "2-person"),
    "seniors": ("from 3 years",),
    "children": (
        "work",
        "professionals",
        "seniors",
        "commuters",
        "remote workers",
        "music lovers",
        "leather",
        "frequent travellers",
    ),
    "dry hair": ("oily hair", "anti-dandruff"),
    "oily hair": ("moisturising",),
    "fine hair": ("curly hair",),
    "dry skin": ("oily skin",),
    "oily skin": ("shea butter", "coconut oil"),
    "beginners": ("professionals",),
    "small kitchens": ("45 x 30 cm", "12 cups", "30 cm"),
    "small homes": ("30 cm",),
    "cat owners": ("dog owners",),
    "sensitive skin": ("cashmere", "merino wool"),
    "wedding": ("children",),
}


def _both_ways(pairs: dict[str, tuple[str, ...]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for one, others in pairs.items():
        for other in others:
            found.setdefault(one, set()).add(other)
            found.setdefault(other, set()).add(one)
    return {name: frozenset(others) for name, others in found.items()}


EXCLUDES: dict[str, frozenset[str]] = _both_ways(_EXCLUDES)
"""Name of a feature, material, size, occasion or audience -> names no product has beside it."""

NATURAL_COLOURS: dict[str, tuple[str, ...]] = {
    "oak": ("brown", "beige"),
    "beech wood": ("beige", "brown", "white"),
    "cork": ("brown", "beige"),
    "terracotta": ("orange", "brown"),
    "titanium": ("silver", "grey"),
    "cashmere": ("grey", "cream", "beige", "burgundy"),
}
"""Materials that come in few colours, whatever the category offers."""

MATERIAL_PRICE: dict[str, float] = {
    "leather": 1.3, "cashmere": 1.9, "silk": 1.4, "merino wool": 1.2, "titanium": 1.5, "carbon fibre": 1.5,
    "copper": 1.5, "oak": 1.2, "plastic": 0.8, "cardboard": 0.85, "polyester": 0.9, "foam": 0.85, "memory foam": 1.15,
    "cotton canvas": 1.2, "ceramic": 1.1, "faux leather": 0.85, "aluminium": 1.05, "cork": 1.1, "organic cotton": 1.1,
}  # fmt: skip
"""Factor of a material on the price; 1 where it is not named."""

FEATURE_PRICE: dict[str, float] = {
    "noise cancelling": 1.45, "wireless": 1.15, "GPS": 1.3, "milk frother": 1.4, "temperature control": 1.15,
    "mechanical": 1.3, "handmade": 1.2, "powerful": 1.2, "waterproof": 1.12, "orthopaedic": 1.2, "lumbar support": 1.2,
    "contactless payment": 1.2, "deep bass": 1.15, "travel size": 0.7, "ionic": 1.1, "windproof": 1.05,
    "lightweight": 1.08,
}  # fmt: skip
"""Factor of a feature on the price; 1 where it is not named."""
