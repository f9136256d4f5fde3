from pathlib import Path

import pytest

from kg_tools.errors import MappingError
from kg_tools.mapping import load_mapping

SHOP = '[shop]\ntitle = "A shop"\nlanguages = ["en", "zh"]\ncurrency = "USD"\n'
PRODUCTS = """
[[tables]]
name = "products"
kind = "products"
file = "products.csv"
[tables.columns]
sku = "id"
title = "name"
maker = "brand"
groups = { property = "category", separator = "|" }
cost = "price"
"""
LINKS = """
[[tables]]
name = "links"
kind = "links"
file = "links.csv"
[tables.columns]
a = "subject"
b = "object"
how = "relation"
[tables.relations]
also = "alsoBought"
"""
LOG = """
[[tables]]
name = "log"
kind = "interactions"
file = "log.csv"
[tables.columns]
user = "shopper"
sku = "product"
at = "time"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "products.csv").write_text("sku,title,title_zh,maker,groups,cost\n1,Lamp,灯,Lux,A|B,12.50\n")
    (tmp_path / "links.csv").write_text("a,b,how\n1,2,also\n")
    (tmp_path / "log.csv").write_text("user,sku,at\nu,1,2024-01-01\n")
    (tmp_path / "labels.tsv").write_text("kind\tvalue\tlabel@en\tlabel@fr\tsynonyms@zh\n")
    return tmp_path


def load(folder: Path, text: str):
    (folder / "shop.toml").write_text(text)
    return load_mapping(folder / "shop.toml")


def refused(folder: Path, text: str) -> str:
    with pytest.raises(MappingError) as caught:
        load(folder, text)
    return str(caught.value)


def test_a_whole_mapping(folder: Path) -> None:
    plan = load(folder, SHOP + PRODUCTS + LINKS + LOG)

    products = plan.tables_of("products")[0]
    assert products.file == (folder / "products.csv",)
    assert products.columns["groups"].separator == "|"
    assert products.column_of("price") == "cost"
    assert plan.tables_of("links")[0].relations == {"also": "alsoBought"}
    assert plan.shop.languages == ("en", "zh")
    assert plan.mining.features
    assert plan.files() == tuple(folder / name for name in ("products.csv", "links.csv", "log.csv"))


def test_the_plan_is_frozen(folder: Path) -> None:
    plan = load(folder, SHOP + PRODUCTS)
    with pytest.raises(ValueError, match="frozen"):
        plan.shop.title = "Another"


def test_labels_need_no_columns(folder: Path) -> None:
    labels = '[[tables]]\nname = "labels"\nkind = "labels"\nfile = "labels.tsv"\n'
    table = load(folder, SHOP + PRODUCTS + labels).tables_of("labels")[0]

    assert sorted(table.columns) == ["kind", "label@en", "synonyms@zh", "value"]
    assert table.columns["synonyms@zh"].separator == "|"


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("maker =", "makr =", ['table "products"', '"makr"', 'Did you mean "maker"']),
        ('"brand"', '"brnad"', ['table "products"', '"maker"', 'Did you mean "brand"', "category"]),
        ('"name"', '"name@fr"', ['"name@fr"', 'does not speak "fr"']),
        ('"brand"', '"brand@zh"', ['"brand" has no language']),
        ('sku = "id"\n', "", ['"id"', "needs"]),
        ('"brand"', '"name"', ["two columns", '"name"']),
        ('"products.csv"', '"nothing.csv"', ['"products"', "there is no file", "nothing.csv"]),
        ('"products.csv"', '"shop.toml"', ["does not say its format", "jsonl"]),
        ("file =", "fiel =", ['table "products"', '"fiel"', 'Did you mean "file"']),
        ('kind = "products"', 'kind = "product"', ['"product"', "products"]),
        ("separator", "seperator", ['"seperator"', 'Did you mean "separator"']),
        ('currency = "USD"\n', "", ["prices", "currency"]),
        ("[shop]", "[shoop]", ['"shoop"', 'Did you mean "shop"']),
        ('title = "A shop"', "title = ", ["not valid TOML", "line 2"]),
        ('languages = ["en", "zh"]', 'languages = ["en", "klingon"]', ["klingon"]),
        ('name = "products"', 'name = "derived"', ['"derived" is kept']),
        ('cost = "price"', 'cost = { property = "price", separator = "|" }', ["takes no separator"]),
    ],
)
def test_mistakes_are_named_with_a_way_out(folder: Path, old: str, new: str, parts: list[str]) -> None:
    message = refused(folder, (SHOP + PRODUCTS).replace(old, new, 1))

    assert "shop.toml" in message
    for part in parts:
        assert part in message


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (SHOP, "no products"),
        (SHOP + PRODUCTS + PRODUCTS, 'two sources are called "products"'),
        (SHOP + PRODUCTS + LINKS.replace('"alsoBought"', '"alsoBougt"'), 'Did you mean "alsoBought"'),
        (SHOP + PRODUCTS + LINKS.replace('how = "relation"\n', ""), "say the relation once"),
        (SHOP + PRODUCTS.replace("[tables.columns]", 'relation = "alsoBought"\n[tables.columns]'), "links only"),
        (SHOP + PRODUCTS + LOG + LOG.replace('"log"', '"log2"').replace('at = "time"\n', ""), "all or none"),
        (SHOP + PRODUCTS + LOG + 'how = "position"\n', "no column"),
        (SHOP + '[[rdf]]\nname = "graph"\nfile = "products.csv"\n', "does not say its format"),
    ],
)
def test_parts_must_fit_together(folder: Path, text: str, part: str) -> None:
    assert part in refused(folder, text)


def test_a_missing_mapping_file(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="no mapping file"):
        load_mapping(tmp_path / "none.toml")


def test_every_file_of_a_list_must_have_the_columns(folder: Path) -> None:
    (folder / "more.csv").write_text("sku,title\n2,Chair\n")
    message = refused(folder, (SHOP + PRODUCTS).replace('"products.csv"', '["products.csv", "more.csv"]'))

    assert "more.csv" in message
    assert '"maker"' in message
