"""RDF sources, product by product through SHACL, into the graph writer."""

from collections.abc import Callable
from itertools import islice
from pathlib import Path

from rdflib import Graph, Literal, URIRef

from kg_tools.cells import CellError
from kg_tools.errors import IngestError
from kg_tools.graph_writer import GraphWriter
from kg_tools.mapping import Mapping, RdfPlan
from kg_tools.progress import Progress
from kg_tools.rdf_files import load_rdf
from kg_tools.rdf_input import NodeMention, RdfProduct, RdfReader, Subject, draft_of, shape_graph
from kg_tools.rejections import RejectionLog, RowRejected
from kg_tools.validation import check_draft, violations
from kg_tools.vocabulary import SCHEMA

_CHUNK = 200
_MOST_SHACL_TRIPLES = 20_000
_SHOWN = 5

AddLink = Callable[[str, str, str, str], None]
"""Called with subject id, relation, target id and source."""


class RdfIngest:
    """Reads the RDF sources of one mapping.

    Attributes:
        notes: what the owner should know, as sentences.
    """

    def __init__(
        self,
        plan: Mapping,
        writer: GraphWriter,
        add_link: AddLink,
        rejections: RejectionLog,
        progress: Progress,
    ) -> None:
        self.notes: list[str] = []
        self._plan = plan
        self._writer = writer
        self._add_link = add_link
        self._rejections = rejections
        self._progress = progress

    def read(self, scratch: Path) -> None:
        """Read every source.

        Args:
            scratch: a folder for stores that are only needed meanwhile.

        Raises:
            IngestError: a file does not parse, has no product, or most of its products were refused.
        """
        for source in self._plan.rdf:
            reader = RdfReader(load_rdf(source, scratch / source.name), self._plan.shop)
            self._read_source(source, reader)
            if reader.dropped:
                listed = ", ".join(f"{iri} ({n:,})" for iri, n in reader.dropped.most_common(_SHOWN))
                self.notes.append(
                    f'{reader.dropped.total():,} facts of "{source.name}" use terms that this shop has no '
                    f"words for and were left out: {listed}."
                )

    def _read_source(self, source: RdfPlan, reader: RdfReader) -> None:
        subjects = reader.subjects()
        if not subjects:
            files = ", ".join(map(str, source.file))
            raise IngestError(f"{files}: nothing there is a schema:Product (https://schema.org/Product).")
        refused = self._rejections.count
        remaining = iter(subjects)
        checked_triples = checked = done = 0
        while chunk := list(islice(remaining, _CHUNK)):
            self._progress(f"Reading {source.name}", done / len(subjects))
            products = self._readable(chunk, source, reader)
            found: dict[str, str] = {}
            if checked_triples < _MOST_SHACL_TRIPLES:
                found, triples = self._check(products)
                checked_triples += triples
                checked += len(products)
            for product in products:
                self._accept(product, source, found.get(product.subject))
            done += len(chunk)
        self.notes.append(
            f'{checked:,} of {len(subjects):,} products of "{source.name}" went through SHACL'
            + ("." if checked == len(subjects) else ", the rest through the same rules one by one.")
        )
        refused = self._rejections.count - refused
        if refused * 2 > len(subjects):
            worst = next(s for s in self._rejections.summaries() if s.source == source.name)
            raise IngestError(
                f'{refused:,} of {len(subjects):,} products of "{source.name}" were refused; nothing was '
                f"published. Most frequent: {worst.problem} (first: {worst.examples[0].value})."
            )

    def _readable(self, chunk: list[Subject], source: RdfPlan, reader: RdfReader) -> list[RdfProduct]:
        products: list[RdfProduct] = []
        for subject in chunk:
            try:
                products.append(reader.read(subject))
            except CellError as error:
                self._refuse(source, RowRejected(str(error), value=str(subject)))
        return products

    def _check(self, products: list[RdfProduct]) -> tuple[dict[str, str], int]:
        """SHACL over a chunk: subject of a product -> message; and the number of triples checked."""
        graph = Graph()
        subjects = {str(shape_graph(product, graph, self._writer.iris)): product.subject for product in products}
        for iri, product in zip(subjects, products, strict=True):
            known = self._writer.products.get(product.ids[0]) if len(product.ids) == 1 else None
            if known is not None and not product.names:
                # It adds to a product that an earlier source has given a title.
                language = self._plan.shop.languages[0]
                graph.add((URIRef(iri), SCHEMA.name, Literal(known.title, lang=language)))
        triples = len(graph)
        return {subjects[iri]: message for iri, message in violations(graph).items()}, triples

    def _accept(self, product: RdfProduct, source: RdfPlan, problem: str | None) -> None:
        try:
            if problem is not None:
                raise RowRejected(problem, value=product.subject)
            draft = draft_of(product, self._plan.shop)
            check_draft(draft)
            is_new = bool(draft.names) or draft.product_id not in self._writer.products
            if is_new and not draft.names:
                raise RowRejected("a product must have a title, and one per language", value=product.subject)
            self._writer.add_product(draft, source.name, is_new=is_new)
        except RowRejected as rejected:
            self._refuse(source, rejected)
            return
        for relation, targets in draft.links.items():
            for target in targets:
                self._add_link(draft.product_id, relation, target, source.name)
        for node in product.nodes:
            self._describe(node)

    def _describe(self, mention: NodeMention) -> None:
        """Labels, synonyms and broader nodes; what was said first stays."""
        nodes = self._writer.nodes
        node = nodes.meet(mention.kind, mention.value, times=0)
        node.labels = {**mention.labels, **node.labels}
        for language, synonyms in mention.synonyms.items():
            known = node.synonyms.setdefault(language, [])
            known += [synonym for synonym in synonyms if synonym not in known]
        for value in mention.broader:
            broader = nodes.meet(mention.kind, value, times=0).iri
            if broader not in node.broader and broader != node.iri:
                node.broader.append(broader)

    def _refuse(self, source: RdfPlan, rejected: RowRejected) -> None:
        self._rejections.add(source.name, source.file[0], 0, rejected)
