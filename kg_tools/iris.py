"""Names of things in a shop's graph: the shop's own ids and values as IRIs."""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote


@dataclass(frozen=True, slots=True)
class ShopIris:
    """Makes the IRIs of one shop. Ids and values are percent-encoded, so any text is safe in them.

    Attributes:
        base: prefix of all of them, ``urn:because:{shop}:``.
    """

    base: str

    def product(self, product_id: str) -> str:
        """IRI of a product, in the catalogue or not."""
        return f"{self.base}product:{quote(product_id, safe='')}"

    def product_id(self, iri: str) -> str | None:
        """The id behind a product's IRI; None if it is not one of this shop."""
        prefix = f"{self.base}product:"
        return unquote(iri[len(prefix) :]) if iri.startswith(prefix) else None

    def node(self, kind: str, value: str) -> str:
        """IRI of an attribute node; values that differ in case or spacing share one."""
        return f"{self.base}{kind}:{_quoted_slug(value)}"

    def offer(self, product_id: str) -> str:
        """IRI of the one offer of a product."""
        return f"{self.base}offer:{quote(product_id, safe='')}"

    def shopper(self, shopper_id: str) -> str:
        """IRI of a shopper."""
        return f"{self.base}shopper:{quote(shopper_id, safe='')}"

    def source(self, name: str) -> str:
        """IRI of the named graph of a source."""
        return f"{self.base}source:{name}"


def slug(value: str) -> str:
    """One form for all spellings of a value: NFKC, case folded, spaces as "-"."""
    return "-".join(unicodedata.normalize("NFKC", value).casefold().split())


@lru_cache(maxsize=65536)
def _quoted_slug(value: str) -> str:
    return quote(slug(value))
