import os
from pathlib import Path

import pytest

from kg_tools.errors import IngestError, StoreError, UnknownShopError
from kg_tools.shops import ShopManifest, StagingFolder, building, list_shops, open_shop, replace_text, shop_base


def publish(home: Path, name: str, title: str = "A shop") -> str:
    with building(home, name) as staging:
        write(staging, title)
        return staging.version


def write(staging: StagingFolder, title: str = "A shop") -> None:
    staging.write_manifest(
        ShopManifest(
            name=staging.name,
            title=title,
            created="2026-01-01T00:00:00+00:00",
            version=staging.version,
            fingerprint="0" * 64,
            counts={"products": 1},
            base=shop_base(staging.name),
        )
    )


def versions(home: Path, name: str) -> set[str]:
    return {path.name for path in (home / "shops" / name / "versions").iterdir()}


def test_a_published_shop_can_be_opened(tmp_path: Path) -> None:
    version = publish(tmp_path, "demo", "Demo")

    folder = open_shop(tmp_path, "demo")

    assert folder.manifest.title == "Demo"
    assert folder.manifest.base == "urn:because:demo:"
    assert folder.path.name == version
    assert folder.graph_dir.parent == folder.interactions_path.parent == folder.arrays_path.parent == folder.path
    assert [manifest.name for manifest in list_shops(tmp_path)] == ["demo"]


def test_an_unknown_shop_is_told_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(UnknownShopError, match="There are none yet"):
        open_shop(tmp_path, "demo")
    publish(tmp_path, "beauty")
    with pytest.raises(UnknownShopError, match="There are: beauty"):
        open_shop(tmp_path, "demo")
    with pytest.raises(UnknownShopError):
        open_shop(tmp_path, "../shops/beauty")


def test_the_last_two_versions_are_kept(tmp_path: Path) -> None:
    made = [publish(tmp_path, "demo") for _ in range(4)]

    assert versions(tmp_path, "demo") == set(made[-2:])
    assert open_shop(tmp_path, "demo").manifest.version == made[-1]


@pytest.mark.parametrize("failure", [ValueError("no"), KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_a_failure_leaves_the_current_version_alone(tmp_path: Path, failure: BaseException) -> None:
    version = publish(tmp_path, "demo")

    def half_written() -> None:
        with building(tmp_path, "demo") as staging:
            (staging.path / "half").write_text("half")
            raise failure

    with pytest.raises(type(failure)):
        half_written()

    assert open_shop(tmp_path, "demo").manifest.version == version
    assert versions(tmp_path, "demo") == {version}


def test_a_first_build_that_fails_leaves_no_shop(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), building(tmp_path, "demo"):
        raise KeyboardInterrupt

    assert list_shops(tmp_path) == []
    assert not (tmp_path / "shops" / "demo").exists()


def test_a_failure_while_switching_over_keeps_the_old_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    version = publish(tmp_path, "demo")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        publish(tmp_path, "demo")

    monkeypatch.undo()
    assert open_shop(tmp_path, "demo").manifest.version == version
    assert versions(tmp_path, "demo") == {version}
    assert not list((tmp_path / "shops" / "demo").glob("*.tmp"))


def test_leftovers_of_a_killed_build_are_removed(tmp_path: Path) -> None:
    publish(tmp_path, "demo")
    leftover = tmp_path / "shops" / "demo" / "versions" / ".building-20200101"
    leftover.mkdir()

    publish(tmp_path, "demo")

    assert not leftover.exists()


def test_two_builds_of_one_shop_do_not_mix(tmp_path: Path) -> None:
    with building(tmp_path, "demo") as staging:
        with pytest.raises(IngestError, match="Another process"), building(tmp_path, "demo"):
            pytest.fail("the second build started")
        write(staging)

    assert open_shop(tmp_path, "demo").manifest.name == "demo"


@pytest.mark.parametrize("name", ["", "Demo", "a b", "../x", "a/b", "x" * 65, ".hidden"])
def test_bad_names_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(IngestError, match="cannot be the name of a shop"), building(tmp_path, name):
        pytest.fail("the build started")
    assert not (tmp_path / "shops").exists()


def test_a_build_without_a_manifest_is_not_published(tmp_path: Path) -> None:
    with pytest.raises(IngestError, match=r"no shop\.json"), building(tmp_path, "demo"):
        pass
    assert list_shops(tmp_path) == []


def test_a_damaged_manifest_is_told(tmp_path: Path) -> None:
    publish(tmp_path, "demo")
    (open_shop(tmp_path, "demo").path / "shop.json").write_text("{")

    with pytest.raises(StoreError, match="damaged"):
        open_shop(tmp_path, "demo")


def test_replace_text_leaves_no_temporary_file(tmp_path: Path) -> None:
    replace_text(tmp_path / "current", "one\n")
    replace_text(tmp_path / "current", "two\n")

    assert (tmp_path / "current").read_text() == "two\n"
    assert [path.name for path in tmp_path.iterdir()] == ["current"]
