"""The built wheel holds the five packages with their data, and nothing else."""

import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[2]
PACKAGES = ("agent", "kg_tools", "prompts", "ranker", "ui")


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("wheel")
    wheel = Path(next(iter(WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"]))))
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_every_file_of_the_five_packages_is_in_it(names: set[str]) -> None:
    expected = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert expected - names == set()
    assert any(name.endswith(".rq") for name in expected)
    assert any(name.endswith(".ttl") for name in expected)
    assert any(name.startswith("prompts/templates/") for name in expected)


def test_nothing_else_is_in_it(names: set[str]) -> None:
    others = {name.split("/")[0] for name in names} - set(PACKAGES)
    assert all(name.startswith("because_assistant-") for name in others)
