"""What text mining reads of a product."""

from dataclasses import dataclass
from functools import cached_property

from kg_tools.words import segments


@dataclass(frozen=True)
class MiningDocument:
    """The texts of a product and what its catalogue states already.

    Attributes:
        product_id: the shop's own id.
        title: the title.
        description: "" where there is none.
        brands: IRIs of the stated brands.
        categories: IRIs of the stated categories.
        brand_words: the words of its brand's name, in small letters; in its title they are no feature.
        states_features: the catalogue states features of this product, so none need be guessed.
    """

    product_id: str
    title: str
    description: str = ""
    brands: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    brand_words: frozenset[str] = frozenset()
    states_features: bool = False

    @cached_property
    def phrases(self) -> list[list[str]]:
        """The words of title and description in small letters, phrase by phrase."""
        return [*segments(self.title), *segments(self.description)]
