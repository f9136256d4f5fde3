"""Phrases to nodes: exact before misspelt before similar, longest first, English and Chinese."""

import time
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from kg_tools.catalogue import Catalogue
from kg_tools.linking import Linker, link_title
from kg_tools.phrases import fold_word, tokenize
from kg_tools.products import Language, LexiconEntry, LinkedPhrase, Node, NodeKind


def entry(
    kind: NodeKind, label: str, products: int = 5, *, mined: bool = False, language: Language = "en"
) -> LexiconEntry:
    return LexiconEntry(Node(f"urn:{kind}:{label}", kind, label, products, mined), label, language)


LEXICON = [
    entry("category", "Curling Irons", 80),
    entry("category", "Hair Dryers", 100),
    entry("category", "Shampoos", 300),
    entry("category", "Makeup Brushes & Tools", 200),
    entry("category", "Hair & Scalp Treatments", 90),
    entry("category", "Lipsticks", 90),
    entry("category", "Mascara", 90),
    entry("category", "卷发棒", 80, language="zh"),
    entry("category", "棒", 8, language="zh"),
    entry("brand", "Conair", 107),
    entry("brand", "L'Oréal Paris", 300),
    entry("brand", "The Body Shop", 20),
    entry("brand", "Sheer", 20),
    entry("brand", "Maybelline", 20),
    entry("colour", "orange", 10),
    entry("colour", "grey", 10),
    entry("feature", "orange", 40),
    entry("feature", "sulfate free", 45, mined=True),
    entry("feature", "lavender", 45),
    entry("feature", "dryer brush", 4),
    entry("feature", "ceramic", 135, mined=True),
    entry("feature", "hair", 900, mined=True),
    entry("feature", "long lasting", 30),
    entry("material", "陶瓷", 12, language="zh"),
    entry("audience", "men", 30),
]
LINKER = Linker(LEXICON)


def labels(linked: LinkedPhrase) -> list[list[str]]:
    return [[f"{link.node.kind}:{link.node.label}" for link in group] for group in linked.groups]


@pytest.mark.parametrize(
    ("phrase", "groups", "leftover"),
    [
        ("ceramic curling iron", [["feature:ceramic"], ["category:Curling Irons"]], ""),
        ("Hair-Dryers", [["category:Hair Dryers"]], ""),
        ("hairdryer", [["category:Hair Dryers"]], ""),
        ("hair dryer brush", [["category:Hair Dryers"], ["category:Makeup Brushes & Tools"]], ""),
        ("a sulfate-free shampoo", [["feature:sulfate free"], ["category:Shampoos"]], ""),
        ("Sulphate Free", [["feature:sulfate free"]], ""),
        ("orange", [["colour:orange", "feature:orange"]], ""),
        ("irons", [["category:Curling Irons"]], ""),
        ("makeup brush", [["category:Makeup Brushes & Tools"]], ""),
        ("dry hair", [["feature:hair"]], "dry"),
        ("CONAIR", [["brand:Conair"]], ""),
        ("conairs2", [], "conairs2"),
        ("l'oreal paris", [["brand:L'Oréal Paris"]], ""),
        ("body shop", [["brand:The Body Shop"]], ""),
        ("men's shampoo", [["audience:men"], ["category:Shampoos"]], ""),
        ("gray", [["colour:grey"]], ""),
        ("something for a velvet sofa", [], "velvet sofa"),
        ("ＭＡＳＣＡＲＡ", [["category:Mascara"]], ""),
        ("陶瓷卷发棒", [["material:陶瓷"], ["category:卷发棒"]], ""),
        ("我想要一个陶瓷的卷发棒", [["material:陶瓷"], ["category:卷发棒"]], ""),
        ("推荐沙发", [], "沙发"),
        ("Conair卷发棒", [["brand:Conair"], ["category:卷发棒"]], ""),
        ("", [], ""),
        ("  ,.!? 🙂", [], ""),
        ("the one for me", [], ""),
    ],
)
def test_exact(phrase: str, groups: list[list[str]], leftover: str) -> None:
    linked = LINKER.link(phrase)
    assert labels(linked) == groups
    assert linked.leftover == leftover
    assert linked.phrase == phrase
    assert {link.method for group in linked.groups for link in group} <= {"exact"}


@pytest.mark.parametrize(
    ("phrase", "group"),
    [
        ("shampo", "category:Shampoos"),
        ("lavendar", "feature:lavender"),
        ("maskara", "category:Mascara"),
        ("lavnder", "feature:lavender"),
        ("curlng iron", "category:Curling Irons"),
        ("ucrling irons", "category:Curling Irons"),
        ("longlastin", "feature:long lasting"),
    ],
)
def test_misspelt(phrase: str, group: str) -> None:
    linked = LINKER.link(phrase)
    assert labels(linked) == [[group]]
    (link,) = linked.groups[0]
    assert link.method == "fuzzy"
    assert 0.8 < link.score < 1.0
    assert link.phrase == phrase
    assert linked.leftover == ""


@pytest.mark.parametrize("phrase", ["maybeline", "irn", "tampoos", "shear"])
def test_not_guessed(phrase: str) -> None:
    assert LINKER.link(phrase).leftover == phrase


def test_links_keep_the_shoppers_words() -> None:
    linked = LINKER.link("a Sulfate-free  SHAMPOO, velvet soft")
    assert [group[0].phrase for group in linked.groups] == ["Sulfate-free", "SHAMPOO"]
    assert linked.leftover == "velvet soft"


def test_heads_score_below_whole_labels() -> None:
    (group,) = LINKER.link("irons").groups
    assert group[0].score == 0.9


def test_kinds() -> None:
    assert labels(LINKER.link("orange shampoo", frozenset({"feature"}))) == [["feature:orange"]]
    assert LINKER.link("orange shampoo", frozenset({"feature"})).leftover == "shampoo"


class Encoder:
    """A double that knows a few words; counts its calls."""

    name = "double"
    dimensions = 3

    def __init__(self) -> None:
        self.calls: list[int] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.calls.append(len(texts))
        known = {"Lipsticks": [1, 0, 0], "lip colour stick": [0.9, 0.436, 0], "lavender": [0, 1, 0]}
        return np.array([known.get(text, [0, 0, 1]) for text in texts], np.float32)


def test_similar_meaning_only_for_what_is_left() -> None:
    encoder = Encoder()
    linker = Linker([entry("category", "Lipsticks"), entry("feature", "lavender"), entry("brand", "Conair")], encoder)
    assert encoder.calls == []
    linked = linker.link("lip colour stick with lavender")
    assert labels(linked) == [["category:Lipsticks"], ["feature:lavender"]]
    link = linked.groups[0][0]
    assert (link.method, link.phrase) == ("embedding", "lip colour stick")
    assert link.score == pytest.approx(0.9)
    assert linked.leftover == ""
    linker.link("lip colour stick")
    assert encoder.calls == [2, 1, 1]
    strict = Linker(LEXICON, encoder, embedding_threshold=0.95)
    assert strict.link("lip colour stick").leftover == "lip colour stick"
    assert linker.link("lip colour stick", frozenset({"feature"})).groups == ()


def test_the_corner_shop(corner: Catalogue) -> None:
    linker = Linker(corner.lexicon())
    linked = linker.link("a ceramic curling wand, not Conair")
    assert labels(linked) == [["material:ceramic"], ["category:Curling Irons"], ["brand:Conair"]]
    assert labels(linker.link("露莫洗发水")) == [["brand:Lumo"], ["category:Shampoos"]]


@given(st.text(max_size=60))
def test_any_text_is_linked_or_left_in_its_own_words(text: str) -> None:
    linked = LINKER.link(text)
    for group in linked.groups:
        assert group
        assert all(link.phrase in text for link in group)
    for word in linked.leftover.split():
        assert word in text


def test_a_huge_message_is_no_burden() -> None:
    began = time.perf_counter()
    LINKER.link("velvet sofas " * 2000)
    assert time.perf_counter() - began < 0.5


@pytest.mark.parametrize(
    ("one", "other"),
    [("Irons", "iron"), ("Brushes", "brush"), ("Dresses", "dress"), ("Candies", "candy"), ("Women's", "woman"),
     ("L’Oréal", "loreal"), ("glass", "glass"), ("Boxes", "box")],
)  # fmt: skip
def test_folding(one: str, other: str) -> None:
    assert fold_word(one) == other
    assert fold_word(other) == other


def test_tokens_point_into_the_phrase() -> None:
    phrase = "Men's 卷发 sulfate-free!"
    assert [phrase[token.start : token.end] for token in tokenize(phrase)] == ["Men's", "卷", "发", "sulfate", "free"]


SHOWN = [
    ("a", "Conair CD400R You Wave 3-barrel Ceramic Styler, Orange"),
    ("b", "Revlon Perfect Heat Curling Iron"),
    ("c", "Hot Tools Professional Curling Iron"),
]


@pytest.mark.parametrize(
    ("mention", "product_id"),
    [
        ("the Conair one", "a"),
        ("conair ceramic styler", "a"),
        ("the Revlon curling iron", "b"),
        ("hot tool professional", "c"),
        ("the curling iron", None),
        ("the second one", None),
        ("a velvet sofa", None),
        ("", None),
    ],
)
def test_link_title(mention: str, product_id: str | None) -> None:
    assert link_title(mention, SHOWN) == product_id


def test_link_title_without_products() -> None:
    assert link_title("the Conair one", []) is None
