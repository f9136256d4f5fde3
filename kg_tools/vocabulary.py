"""The closed vocabulary: the schema.org terms we use and the few of our own that it lacks.

Anything else is an error at import time (``_fail = True``), so a misspelt term never reaches a query.
"""

from rdflib import URIRef
from rdflib.namespace import DefinedNamespace, Namespace


class SCHEMA(DefinedNamespace):
    """The part of https://schema.org/ that the shop graph uses."""

    _NS = Namespace("https://schema.org/")
    _fail = True

    Product: URIRef
    Brand: URIRef
    Offer: URIRef
    Person: URIRef
    CategoryCode: URIRef

    name: URIRef  # title of a product, any language
    description: URIRef
    productID: URIRef  # the shop's own id, a string
    image: URIRef
    url: URIRef
    brand: URIRef  # product -> brand node
    category: URIRef  # product -> category node
    color: URIRef  # product -> colour node
    material: URIRef  # product -> material node
    size: URIRef  # literal
    weight: URIRef  # literal
    model: URIRef  # literal
    gtin: URIRef  # literal
    offers: URIRef  # product -> offer node
    price: URIRef  # offer -> xsd:decimal
    priceCurrency: URIRef  # offer -> ISO 4217 code
    availability: URIRef  # offer -> schema:InStock | schema:OutOfStock
    inventoryLevel: URIRef  # offer -> xsd:integer
    InStock: URIRef
    OutOfStock: URIRef
    isAccessoryOrSparePartFor: URIRef  # product -> product


class BECAUSE(DefinedNamespace):
    """Our own terms, for what schema.org lacks."""

    _NS = Namespace("urn:because:vocabulary:")
    _fail = True

    Colour: URIRef  # classes of attribute nodes
    Material: URIRef
    Feature: URIRef
    Occasion: URIRef
    Audience: URIRef

    feature: URIRef  # product -> feature node
    occasion: URIRef  # product -> occasion node
    suitableFor: URIRef  # product -> audience node
    boughtTogether: URIRef  # product -> product, stated by the shop
    alsoBought: URIRef
    alsoViewed: URIRef
    boughtAlongside: URIRef  # product -> product, derived from the shop's own interactions
    interactedWith: URIRef  # shopper -> product
    confidence: URIRef  # on a mined fact's source graph


NODE_PREDICATES: dict[str, URIRef] = {
    "brand": SCHEMA.brand,
    "category": SCHEMA.category,
    "colour": SCHEMA.color,
    "material": SCHEMA.material,
    "feature": BECAUSE.feature,
    "occasion": BECAUSE.occasion,
    "audience": BECAUSE.suitableFor,
}
"""Kind of an attribute node -> the predicate that joins a product to it."""

NODE_CLASSES: dict[str, URIRef] = {
    "product": SCHEMA.Product,
    "brand": SCHEMA.Brand,
    "category": SCHEMA.CategoryCode,
    "colour": BECAUSE.Colour,
    "material": BECAUSE.Material,
    "feature": BECAUSE.Feature,
    "occasion": BECAUSE.Occasion,
    "audience": BECAUSE.Audience,
}

LINK_PREDICATES: dict[str, URIRef] = {
    "boughtTogether": BECAUSE.boughtTogether,
    "alsoBought": BECAUSE.alsoBought,
    "alsoViewed": BECAUSE.alsoViewed,
    "isAccessoryFor": SCHEMA.isAccessoryOrSparePartFor,
    "boughtAlongside": BECAUSE.boughtAlongside,
}
"""Product-to-product relation names, as a mapping file writes them -> predicate."""

LITERAL_PREDICATES: dict[str, URIRef] = {
    "description": SCHEMA.description,
    "image": SCHEMA.image,
    "url": SCHEMA.url,
    "size": SCHEMA.size,
    "weight": SCHEMA.weight,
    "model": SCHEMA.model,
    "gtin": SCHEMA.gtin,
}
