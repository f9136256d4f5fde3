import random
from dataclasses import replace

import pytest

from kg_tools.mining_brands import find_brands
from kg_tools.mining_documents import MiningDocument
from kg_tools.mining_features import find_features
from kg_tools.words import plain, segments, singular, words

NAMES = {
    "conair": ["Conair"],
    "pure": ["Pure"],
    "loreal": ["L'Oréal Paris"],
    "elf": ["e.l.f. Cosmetics"],
    "infiniti": ["Infiniti"],
    "rare": ["Rare"],
}


def document(product_id: str, title: str, *brands: str, **more: object) -> MiningDocument:
    return replace(MiningDocument(product_id, title, brands=brands), **more)


@pytest.fixture
def catalogue() -> list[MiningDocument]:
    stated = [
        *(("conair", f"Conair Dryer model {i}") for i in range(8)),
        *(("infiniti", f"Infiniti Styler {i}") for i in range(4)),
        *(("loreal", f"L'OREAL PARIS Mascara {i}") for i in range(4)),
        *(("elf", f"e.l.f. Brush {i}") for i in range(4)),
        *(("pure", f"Pure Soap {i}") for i in range(4)),
        *(("conair", f"Pure Ceramic Iron {i}") for i in range(8)),
        *(("rare", f"Rare Cream {i}") for i in range(2)),
    ]
    return [document(f"s{number}", title, brand) for number, (brand, title) in enumerate(stated)]


@pytest.mark.parametrize(
    ("title", "brand"),
    [
        ("Infiniti by Conair CD110 Professional Tourmaline Ceramic 2-in-1 Straightener", "conair"),
        ("CONAIR travel kettle", "conair"),
        ("L’Oréal Paris® lipstick", "loreal"),
        ("L'Oreal Paris lipstick", "loreal"),
        ("Set of brushes, e.l.f. Cosmetics", "elf"),
        ("e.l.f. Blush", "elf"),
        ("Pure Shea Butter", None),
        ("Conairs of the world", None),
        ("a conair for the plane", None),
        ("Case for Conair dryers", None),
        ("Perfume inspired by Conair", None),
        ("Rare Earth mask", None),
        ("", None),
    ],
)
def test_brands_in_titles(catalogue: list[MiningDocument], title: str, brand: str | None) -> None:
    mined = find_brands([*catalogue, document("new", title)], NAMES)

    assert mined.found.get("new") == brand


def test_stated_brands_win_and_measure_the_method(catalogue: list[MiningDocument]) -> None:
    mined = find_brands(catalogue, NAMES)

    assert mined.found == {}
    assert mined.precision == 1.0
    assert mined.checked >= 8
    assert ("pure",) not in mined.names


def shelves() -> list[MiningDocument]:
    """Irons that are ceramic, creams that are organic, and words that are everywhere; five brands."""
    generator = random.Random(7)  # noqa: S311 - test data
    documents: list[MiningDocument] = []
    for number in range(300):
        iron = number % 10 == 0
        kind = "irons" if iron else generator.choice(["creams", "soaps", "shampoos", "oils"])
        title = f"{generator.choice('ABCDE')}x {number} Great {kind}"
        if iron:
            title += ", Ceramic Plates, 8 oz"
        if kind == "creams" and number % 3 == 0:
            title += " with Organic Aloe Vera"
        if kind == "shampoos" and number % 2 == 0:
            title += ", Sulfate-Free"
        if number % 25 == 0:
            title += " Wobble"
        brand = f"brand{number % 5}" if not iron else f"brand{number // 10 % 5}"
        documents.append(document(str(number), title, brand, categories=(kind,)))
    return documents


def features(documents: list[MiningDocument], *taken: tuple[str, ...]) -> set[str]:
    return {feature for found in find_features(documents, taken=set(taken)).values() for feature in found}


def test_features_are_what_gathers_in_a_category() -> None:
    found = features(shelves(), ("irons",), ("creams",), ("soaps",), ("shampoos",), ("oils",))

    assert {"ceramic", "organic", "aloe vera", "sulfate free"} & found >= {"sulfate free"}
    assert any("ceramic" in feature for feature in found)
    assert any("organic" in feature for feature in found)
    assert not {"great", "wobble", "with", "oz", "irons", "free", "aloe", "sulfate"} & found


def test_what_is_taken_is_no_feature_in_singular_or_plural() -> None:
    assert "ceramic plates" in features(shelves())
    assert "ceramic plates" not in features(shelves(), ("ceramic", "plate"))


def test_products_that_state_features_are_left_alone() -> None:
    documents = [replace(d, states_features="Sulfate" in d.title) for d in shelves()]

    assert "sulfate free" not in features(documents)
    assert any("ceramic" in feature for feature in features(documents))


def test_a_word_of_one_brand_is_a_product_line() -> None:
    lines = [document(f"l{i}", f"Cream {i} Zephyr", "brand0", categories=("creams",)) for i in range(9)]

    assert "zephyr" not in features([*shelves(), *lines])
    many = [replace(line, brands=(f"brand{number % 5}",)) for number, line in enumerate(lines)]
    assert "zephyr" in features([*shelves(), *many])


def test_mining_is_deterministic() -> None:
    documents = shelves()
    assert find_features(documents) == find_features(list(documents))
    assert list(find_features(documents)) == list(find_features(documents))


def test_small_and_empty_catalogues() -> None:
    assert find_features([]) == {}
    assert find_features([document("1", "Lamp")]) == {}
    assert find_brands([], {}).found == {}


def test_words() -> None:
    assert words("L'Oréal 2-in-1™") == ["L", "Oreal", "2", "in", "1"]
    assert plain("Women's") == "Women"
    assert segments("Shampoo, Sulfate-Free - 8 oz. Best") == [["shampoo"], ["sulfate", "free"], ["8", "oz"], ["best"]]
    assert [singular(word) for word in ("brushes", "berries", "glass", "irons", "boxes")] == [
        "brush",
        "berry",
        "glass",
        "iron",
        "box",
    ]
