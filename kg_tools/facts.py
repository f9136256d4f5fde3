"""Facts with their source and confidence, always asked of the graph itself."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from rdflib import URIRef
from rdflib.namespace import RDF, SKOS

from kg_tools.products import Fact, Triple
from kg_tools.query_runner import QueryRunner, is_iri
from kg_tools.vocabulary import SCHEMA


class FactReader:
    """Reads facts through one query runner."""

    def __init__(self, runner: QueryRunner, confidence: Mapping[str, float]) -> None:
        """Take a runner.

        Args:
            runner: where to ask.
            confidence: source IRI -> confidence, of the sources mined from text.
        """
        self._runner = runner
        self._confidence = confidence

    def of_product(self, iri: str) -> list[Fact]:
        """All facts of a product and of its offers, without their types; stated before mined.

        Args:
            iri: of the product.
        """
        rows = self._runner.select("facts", product=URIRef(iri))
        facts = {self._fact(str(row[0]), str(row[1]), str(row[2]), str(row[3])) for row in rows}
        return _ordered([fact for fact in facts if fact.predicate != str(RDF.type)])

    def stating(self, triple: Triple) -> list[Fact]:
        """The facts that state a triple, or from which a wider category follows; empty if there are none.

        Args:
            triple: subject, predicate, object.
        """
        subject, predicate, wanted = triple
        stated = self._by_subject(subject, predicate)
        found = [fact for fact in stated if _same(fact.object, wanted)]
        if found or predicate != str(SCHEMA.category):
            return _ordered(found)
        for fact in _ordered(stated):
            chain = self._broader_chain(fact.object, wanted)
            if chain:
                return [fact, *chain]
        return []

    def _broader_chain(self, narrower: str, wanted: str) -> list[Fact]:
        """Shortest way from a category up to a wider one; empty if there is none."""
        ways: list[list[Fact]] = [[]]
        seen = {narrower}
        for way in ways:
            here = way[-1].object if way else narrower
            for step in _ordered(self._by_subject(here, str(SKOS.broader))):
                if step.object == wanted:
                    return [*way, step]
                if step.object not in seen:
                    seen.add(step.object)
                    ways.append([*way, step])  # the loop goes on over what is appended: breadth first
        return []

    def _by_subject(self, subject: str, predicate: str) -> list[Fact]:
        if not (is_iri(subject) and is_iri(predicate)):
            return []  # what is no IRI is in no graph
        rows = self._runner.select("statements", subject=URIRef(subject), predicate=URIRef(predicate))
        return [self._fact(subject, predicate, str(row[0]), str(row[1])) for row in rows]

    def _fact(self, subject: str, predicate: str, value: str, source: str) -> Fact:
        return Fact(subject, predicate, value, source, self._confidence.get(source, 1.0))


def _same(one: str, other: str) -> bool:
    """Equal as text, or as numbers: stores write 29.90 as 29.9."""
    if one == other:
        return True
    try:
        return Decimal(one) == Decimal(other)
    except InvalidOperation:
        return False


def _ordered(facts: list[Fact]) -> list[Fact]:
    return sorted(facts, key=lambda fact: (-fact.confidence, fact.predicate, fact.object, fact.source, fact.subject))
