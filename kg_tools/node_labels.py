"""Attribute nodes met during ingest: how they are spelt, what they are called, what they belong to."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from kg_tools.iris import ShopIris


@dataclass(slots=True)
class LabelledNode:
    """One attribute node.

    Attributes:
        iri: its IRI.
        kind: what sort of thing it is.
        spellings: how the data write its value, with how often.
        labels: language -> stated label.
        synonyms: language -> other names.
        broader: IRIs of the nodes it belongs to.
    """

    iri: str
    kind: str
    spellings: Counter[str] = field(default_factory=Counter)
    labels: dict[str, str] = field(default_factory=dict)
    synonyms: dict[str, list[str]] = field(default_factory=dict)
    broader: list[str] = field(default_factory=list)

    def spelling(self) -> str:
        """The most frequent spelling; of equals the one met first."""
        return self.spellings.most_common(1)[0][0]


class NodeRegistry:
    """All attribute nodes of a shop."""

    def __init__(self, iris: ShopIris) -> None:
        self._iris = iris
        self._nodes: dict[str, LabelledNode] = {}

    def __iter__(self) -> Iterator[LabelledNode]:
        return iter(self._nodes.values())

    def __len__(self) -> int:
        return len(self._nodes)

    def meet(self, kind: str, value: str, times: int = 1) -> LabelledNode:
        """The node of a value, made on first meeting.

        Args:
            kind: kind of attribute node.
            value: its value as the data write it.
            times: how much this spelling counts; 0 for a mention that is no spelling to prefer.
        """
        iri = self._iris.node(kind, value)
        node = self._nodes.get(iri)
        if node is None:
            node = self._nodes[iri] = LabelledNode(iri, kind)
        node.spellings[value] += times
        return node

    def of_kind(self, kind: str) -> list[LabelledNode]:
        """The nodes of one kind, in the order they were met."""
        return [node for node in self._nodes.values() if node.kind == kind]

    def get(self, iri: str) -> LabelledNode | None:
        """The node of an IRI."""
        return self._nodes.get(iri)
