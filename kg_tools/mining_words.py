"""Word lists for text mining in English: what can never be a feature by itself."""


def _listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


FUNCTION_WORDS = _listed(
    """
    a about above after again against all also am an and any are as at be because been before being below
    between both but by can could did do does doing down during each every few for from further get gets give
    gives had has have having he her here hers him his how i if in into is it its just keep keeps let lets like
    made make makes many may me more most much must my need needs no nor not now of off on once one only or
    other our out over own per put same she should so some such take than that the their them then there these
    they this those through to too two three four five six seven eight nine ten under until up upon us use used
    uses using very via want was way we were what when where which while who why will with within without won
    would yet you your
    """
)
"""Words of grammar."""

SALES_WORDS = _listed(
    """
    amazing approved assorted authentic available beautiful best better big brand bonus bought box boxed boxes
    bundle buy case cheap choice choose classic clinically collection color colors colour colours come comes
    complete count counts custom deal deluxe designed different discontinued easy edition enjoy essential
    essentials ever everyday excellent exclusive extra famous fantastic favorite favourite feature features feel
    fine first formula fresh full generic genuine gift gifts good great guarantee guaranteed help helps
    high ideal improved include included includes item items kit kits large last leading limited line long look
    looks lot lots love low luxurious luxury major max mega medium mini model more multiple new newest nice now
    number offer official old only order original pack packs packaging packed pair pairs part people perfect
    perfectly piece pieces please popular premium product products proven quality quantity ready real really
    recommended regular replacement retail sale seen select selling series set sets several ship shipping shop
    simple single size sized sizes small smart special standard style styles super top total touch true type
    types ultimate ultra unique value variety vary version well wholesale wonderful world year years zone
    beauty cosmetics laboratories lab labs system head around back money yes end ends minute minutes hour hours
    including ingredient ingredients contain contains reduce reduces change changing changes step steps miss mrs
    advanced advance non free proof resistant anti day double dual fast quick time times usa china america
    american japan japanese korea korean france french italy italian germany german uk england tv dr dot
    """
)
"""Words that sell or count but say nothing about the product; a pair of words may still hold one."""

UNITS = _listed(
    """
    cc cl cm dl dozen each fl floz fluid foot feet ft g gal gallon gm gr gram grams gauge grain inch inches kg kit
    l lb lbs liter liters litre litres m mah mg mil milliliter milliliters ml mm ounce ounces oz pc pcs pcks ct ea
    pk pint pound pounds qt quart tube tubes bottle bottles jar jars bar bars refill refills unit units volt volts
    v w watt watts x yd yard yards pkg package packages tin bag bags
    """
)
"""Measures and containers."""

BEFORE_ANOTHER_BRAND = frozenset({"for", "fits", "fit", "with", "like", "vs", "versus", "inspired", "than"})
"""A brand named after one of these is not the maker: ``case for Acme phones``."""
