"""What can go wrong with a catalogue. Every message says what was wrong, where, and what to do."""


class CatalogueError(Exception):
    """Base of all errors of this package; the caller may show the message as it stands."""


class MappingError(CatalogueError):
    """The mapping file is wrong: unknown key, missing column, missing file."""


class IngestError(CatalogueError):
    """The data could not be ingested; nothing of this run is visible."""


class UnknownShopError(CatalogueError):
    """No shop of that name under the home folder."""


class UnknownProductError(CatalogueError):
    """No product of that id in the shop."""


class ProductError(CatalogueError):
    """A product cannot be added: it is not as a product must be, or its id is taken; nothing was changed."""


class UnknownShopperError(CatalogueError):
    """No shopper of that id in the shop."""


class StoreError(CatalogueError):
    """The graph store cannot be opened, is locked, or does not answer."""


class QueryError(CatalogueError):
    """A query is malformed, refused, or took too long."""
