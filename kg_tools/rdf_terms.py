"""Terms of RDF input as ours: which predicate is meant, which language, which name an IRI carries."""

from urllib.parse import unquote

from pyoxigraph import Literal as OxigraphLiteral
from pyoxigraph import NamedNode, Store
from rdflib import RDF, RDFS, SKOS, URIRef

from kg_tools.properties import RELATIONS
from kg_tools.vocabulary import LINK_PREDICATES, LITERAL_PREDICATES, NODE_PREDICATES, SCHEMA

_OLD_SCHEMA = "http://schema.org/"
_NEW_SCHEMA = "https://schema.org/"

NODE_KINDS = {str(predicate): kind for kind, predicate in NODE_PREDICATES.items()}
LITERAL_NAMES = {str(predicate): name for name, predicate in LITERAL_PREDICATES.items()}
LINK_NAMES = {str(LINK_PREDICATES[relation]): relation for relation in RELATIONS}
OFFER_PREDICATES = frozenset(map(str, (SCHEMA.price, SCHEMA.priceCurrency, SCHEMA.availability, SCHEMA.inventoryLevel)))
KNOWN = (
    frozenset(map(str, (RDF.type, SCHEMA.productID, SCHEMA.name, SCHEMA.offers)))
    | NODE_KINDS.keys()
    | LITERAL_NAMES.keys()
    | LINK_NAMES.keys()
)
"""Predicates of a product that are kept."""

LABELS = frozenset(map(str, (RDFS.label, SCHEMA.name, SKOS.prefLabel)))


def canonical(iri: str) -> str:
    """``http://schema.org/x`` and ``https://schema.org/x`` are one; the second is ours."""
    return _NEW_SCHEMA + iri[len(_OLD_SCHEMA) :] if iri.startswith(_OLD_SCHEMA) else iri


def both_spellings(term: URIRef) -> tuple[NamedNode, ...]:
    """A schema.org term with https and with http, for looking it up."""
    iri = str(term)
    return (NamedNode(iri), NamedNode(_OLD_SCHEMA + iri[len(_NEW_SCHEMA) :]))


def last_part(iri: str) -> str:
    """What an IRI calls its thing: the text after its last "/", "#" or ":"."""
    trimmed = iri.rstrip("/#:")
    return unquote(trimmed[max(trimmed.rfind(mark) for mark in "/#:") + 1 :])


def language_of(literal: OxigraphLiteral, default: str) -> str:
    """Primary language of a literal (``en-US`` -> en); the shop's first where it has none."""
    return literal.language.split("-")[0].lower() if literal.language else default


def values(store: Store, subject: object, predicates: frozenset[str]) -> list[object]:
    """Objects of a subject under any of some predicates, each once, in a fixed order."""
    found = {
        quad.object
        for quad in store.quads_for_pattern(subject, None, None, None)  # pyright: ignore[reportArgumentType]
        if canonical(quad.predicate.value) in predicates
    }
    return sorted(found, key=str)
