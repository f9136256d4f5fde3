"""Sorts of shoppers: what people who buy alike have in common."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Persona:
    """A way of shopping; every shopper is a mixture of one to three.

    Attributes:
        name: for reading only.
        categories: what they look for.
        likes: features, materials, colours, occasions and audiences they prefer.
    """

    name: str
    categories: tuple[str, ...]
    likes: tuple[str, ...]


PERSONAS = (
    Persona(
        "camping family",
        ("tents", "sleeping bags", "camping mats", "camping lamps", "camping cookware"),
        ("families", "camping", "waterproof", "green"),
    ),
    Persona(
        "light hiker",
        ("hiking boots", "trekking poles", "rain jackets", "backpacks", "camping stoves"),
        ("hikers", "hiking", "lightweight", "breathable", "olive"),
    ),
    Persona(
        "festival goer",
        ("tents", "sleeping bags", "power banks", "speakers", "sunscreen"),
        ("festival", "packable", "students", "orange"),
    ),
    Persona(
        "baker",
        ("baking tins", "baking tools", "mixing bowls", "kitchen scales", "aprons"),
        ("bakers", "birthday", "gift box", "mint", "non-stick"),
    ),
    Persona(
        "home cook",
        ("pans", "kitchen knives", "cutting boards", "food containers", "aprons"),
        ("home cooks", "induction ready", "very sharp", "cast iron", "black"),
    ),
    Persona(
        "coffee and tea",
        ("coffee makers", "kettles", "kitchen scales", "water bottles", "mixing bowls"),
        ("coffee lovers", "tea drinkers", "temperature control", "stainless steel", "cream"),
    ),
    Persona(
        "small flat",
        ("food containers", "kettles", "desk organisers", "kitchen scales", "plant pots"),
        ("small kitchens", "small homes", "compact", "stackable", "dishwasher safe", "white"),
    ),
    Persona(
        "hair care",
        ("shampoo", "conditioner", "hair dryers", "curling irons"),
        ("dry hair", "curly hair", "argan oil", "keratin", "ceramic", "ionic"),
    ),
    Persona(
        "gentle skin",
        ("face cream", "sunscreen", "hand cream", "body lotion", "shampoo"),
        ("sensitive skin", "fragrance free", "vegan", "oat extract", "chamomile"),
    ),
    Persona(
        "gift hunter",
        ("scarves", "wallets", "hand cream", "craft kits", "notebooks", "handbags"),
        ("gift", "gift box", "handmade", "christmas", "burgundy"),
    ),
    Persona(
        "music lover",
        ("headphones", "speakers", "charging cables", "phone cases"),
        ("music lovers", "deep bass", "noise cancelling", "Bluetooth", "black"),
    ),
    Persona(
        "commuter",
        ("headphones", "backpacks", "umbrellas", "rain jackets", "power banks", "bike lights"),
        ("commuters", "commuting", "waterproof", "foldable", "navy"),
    ),
    Persona(
        "gadget fan",
        ("smart watches", "power banks", "phone cases", "charging cables", "keyboards", "computer mice"),
        ("USB-C", "fast charging", "magnetic", "aluminium", "silver"),
    ),
    Persona(
        "remote worker",
        ("office chairs", "keyboards", "computer mice", "laptop stands", "desk lamps", "headphones"),
        ("remote workers", "work", "quiet", "ergonomic", "wireless", "white"),
    ),
    Persona(
        "student",
        ("notebooks", "desk lamps", "backpacks", "food containers", "desk organisers", "keyboards"),
        ("students", "school", "fits A4", "lined pages", "compact"),
    ),
    Persona(
        "gamer",
        ("keyboards", "computer mice", "office chairs", "headphones", "board games"),
        ("gamers", "mechanical", "backlit", "wired", "red"),
    ),
    Persona(
        "parent of small ones",
        ("soft toys", "building blocks", "toy vehicles", "jigsaw puzzles", "sunscreen"),
        ("toddlers", "from 3 years", "beech wood", "machine washable", "no batteries needed"),
    ),
    Persona(
        "parent of schoolchildren",
        ("backpacks", "board games", "water bottles", "bike helmets", "rain jackets", "craft kits"),
        ("children", "school", "from 6 years", "reflective", "birthday", "yellow"),
    ),
    Persona(
        "game night",
        ("board games", "jigsaw puzzles", "craft kits", "speakers"),
        ("cooperative", "for the whole family", "party", "quick to learn", "cardboard"),
    ),
    Persona(
        "runner",
        ("running shoes", "smart watches", "headphones", "water bottles", "bike lights"),
        ("runners", "cushioned", "breathable", "lightweight", "GPS", "turquoise"),
    ),
    Persona(
        "yoga",
        ("yoga mats", "resistance bands", "water bottles", "body lotion", "dumbbells"),
        ("yoga fans", "vegan", "cork", "non-slip", "purple"),
    ),
    Persona(
        "strength",
        ("dumbbells", "resistance bands", "yoga mats", "water bottles", "running shoes"),
        ("gym", "cast iron", "beginners", "black", "odour resistant"),
    ),
    Persona(
        "cyclist",
        ("bike helmets", "bike lights", "rain jackets", "backpacks", "tool sets"),
        ("cyclists", "rechargeable", "reflective", "commuting", "windproof"),
    ),
    Persona(
        "swimmer on holiday",
        ("swim goggles", "sunscreen", "suitcases", "travel pillows", "umbrellas"),
        ("beach", "travel", "UV resistant", "SPF 50", "blue"),
    ),
    Persona(
        "frequent flyer",
        ("suitcases", "travel pillows", "headphones", "power banks", "wallets"),
        ("frequent travellers", "cabin size", "spinner wheels", "noise cancelling", "lightweight", "anthracite"),
    ),
    Persona(
        "leather and wool",
        ("handbags", "wallets", "scarves", "hiking boots", "phone cases"),
        ("leather", "merino wool", "cashmere", "handmade", "brown"),
    ),
    Persona(
        "green choice",
        ("scarves", "backpacks", "water bottles", "shampoo", "notebooks", "rain jackets"),
        ("vegan", "recycled polyester", "recycled plastic", "organic cotton", "cork", "repairable"),
    ),
    Persona(
        "gardener",
        ("plant pots", "pruning shears", "garden gloves", "garden hoses", "hand cream"),
        ("gardeners", "frost resistant", "terracotta", "ergonomic", "green"),
    ),
    Persona(
        "home improver",
        ("drills", "tool sets", "garden gloves", "garden hoses", "desk lamps"),
        ("home improvers", "powerful", "with carry case", "magnetic", "battery powered"),
    ),
    Persona(
        "dog owner",
        ("pet beds", "dog leads", "pet bowls", "rain jackets", "hiking boots"),
        ("dog owners", "orthopaedic", "chew resistant", "reflective", "waterproof"),
    ),
    Persona(
        "cat owner",
        ("cat toys", "pet beds", "pet bowls", "pet carriers", "plant pots"),
        ("cat owners", "with catnip", "plush", "felt", "grey"),
    ),
)
