"""A linker that knows ten words: enough to test what is made of links, without a graph."""

import pytest

from kg_tools.products import Link, LinkedPhrase, Node, NodeKind

KNOWN: dict[str, tuple[NodeKind, bool]] = {
    "headphones": ("category", False),
    "speakers": ("category", False),
    "tent": ("category", False),
    "wireless": ("feature", False),
    "no wires": ("feature", False),
    "tourmaline": ("feature", True),
    "black": ("colour", False),
    "white": ("colour", False),
    "leather": ("material", False),
    "norvik": ("brand", False),
    "personal care": ("brand", False),
    "commuting": ("occasion", False),
    "children": ("audience", False),
}
SAME_AS = {"no wires": "wireless"}


def node(name: str) -> Node:
    name = SAME_AS.get(name, name)
    kind, mined = KNOWN[name]
    return Node(iri=f"urn:test:{kind}:{name}", kind=kind, label=name.title(), products=3, mined=mined)


class TinyLinker:
    def link(self, phrase: str, kinds: frozenset[str] | None = None) -> LinkedPhrase:
        words = phrase.split()
        groups: list[tuple[Link, ...]] = []
        left: list[str] = []
        while words:
            for size in (2, 1):
                candidate = " ".join(words[:size])
                if candidate.casefold() in KNOWN:
                    meaning = node(candidate.casefold())
                    groups.append((Link(phrase=candidate, node=meaning, score=1.0, method="exact"),))
                    words = words[size:]
                    break
            else:
                left.append(words.pop(0))
        leftover = " ".join(word for word in left if word not in {"for", "a", "in", "the"})
        return LinkedPhrase(phrase=phrase, groups=tuple(groups), leftover=leftover)

    def is_common(self, phrase: str) -> bool:
        return phrase.casefold() in {"personal care", "now"}

    def is_label(self, phrase: str) -> bool:
        return phrase.casefold() in KNOWN


@pytest.fixture
def linker() -> TinyLinker:
    return TinyLinker()
