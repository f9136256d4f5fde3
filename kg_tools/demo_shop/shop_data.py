"""All hand-written data of the demo shop in one place, with look-ups by English name."""

from kg_tools.demo_shop.attributes import AUDIENCES, COLOURS, MATERIALS, OCCASIONS
from kg_tools.demo_shop.beauty import BEAUTY_AND_CARE
from kg_tools.demo_shop.electronics import ELECTRONICS
from kg_tools.demo_shop.fashion import FASHION_AND_TRAVEL
from kg_tools.demo_shop.features_care import CARE, INGREDIENTS
from kg_tools.demo_shop.features_care import ELECTRONICS as ELECTRONICS_FEATURES
from kg_tools.demo_shop.features_carrying import CARRYING
from kg_tools.demo_shop.features_general import GENERAL
from kg_tools.demo_shop.features_hobby import DESK, PLAY, SPORTS
from kg_tools.demo_shop.features_hobby import PETS as PET_FEATURES
from kg_tools.demo_shop.features_home import GARDEN, KITCHEN
from kg_tools.demo_shop.garden import GARDEN_AND_DIY
from kg_tools.demo_shop.home_office import HOME_OFFICE
from kg_tools.demo_shop.kitchen import KITCHEN_AND_BAKING
from kg_tools.demo_shop.outdoor import OUTDOOR
from kg_tools.demo_shop.pets import PETS
from kg_tools.demo_shop.spec import Category, Department, Feature, Place, Word, word
from kg_tools.demo_shop.sports import SPORTS_AND_FITNESS
from kg_tools.demo_shop.toys import TOYS_AND_GAMES

DEPARTMENTS: tuple[Department, ...] = (
    OUTDOOR,
    KITCHEN_AND_BAKING,
    BEAUTY_AND_CARE,
    ELECTRONICS,
    HOME_OFFICE,
    TOYS_AND_GAMES,
    SPORTS_AND_FITNESS,
    FASHION_AND_TRAVEL,
    GARDEN_AND_DIY,
    PETS,
)


def fit_label(fit: str) -> str:
    """Label of the feature that stands for a shoe size."""
    return f"size {fit}"


def _fits() -> tuple[Feature, ...]:
    numbers = sorted(
        {
            fit
            for department in DEPARTMENTS
            for category in department.categories
            for fit in (*category.fits, *(fit for kind in category.kinds for fit in kind.fits or ()))
        },
        key=int,
    )
    return tuple(
        Feature(word(fit_label(n), f"{n}码", f"EU {n}|EU size {n}", f"{n}号|鞋码{n}"), (), "never") for n in numbers
    )


FEATURES: dict[str, Feature] = {
    entry.word.en: entry
    for group in (
        GENERAL,
        CARRYING,
        KITCHEN,
        GARDEN,
        DESK,
        PLAY,
        SPORTS,
        PET_FEATURES,
        CARE,
        INGREDIENTS,
        ELECTRONICS_FEATURES,
        _fits(),
    )
    for entry in group
}
CATEGORIES: dict[str, Category] = {c.name.en: c for department in DEPARTMENTS for c in department.categories}
DEPARTMENT_OF: dict[str, Department] = {
    category.name.en: department for department in DEPARTMENTS for category in department.categories
}
COLOUR_WORDS: dict[str, Word] = {entry.en: entry for entry in COLOURS}
MATERIAL_WORDS: dict[str, Word] = {entry.en: entry for entry in MATERIALS}
OCCASION_PLACES: dict[str, Place] = {entry.word.en: entry for entry in OCCASIONS}
AUDIENCE_PLACES: dict[str, Place] = {entry.word.en: entry for entry in AUDIENCES}
