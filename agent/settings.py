"""Everything that can be set from outside. The only reader of the environment."""

from pathlib import Path

import platformdirs
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings of one process; each may be given as ``BECAUSE_<NAME>`` in the environment.

    What the caller passes explicitly wins over the environment.
    """

    model_config = SettingsConfigDict(env_prefix="BECAUSE_", frozen=True, extra="ignore")

    home: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("because", appauthor=False)),
        description="folder that holds the shops and the caches",
    )
    llm_url: str | None = Field(
        default=None,
        description="OpenAI-compatible server, for example http://127.0.0.1:8000/v1; none: the embedded model",
    )
    llm_model: str | None = Field(default=None, description="model name at that server; none: the first it lists")
    llm_api_key: SecretStr = Field(default=SecretStr("none"), description="key for that server")
    llm_timeout: float = Field(
        default=8.0, gt=0, le=120, description="seconds a model call may take before the turn goes on without"
    )
    llm: bool = Field(default=True, description="false: no language model at all, rules and templates only")
    encoder: str = Field(
        default="all-MiniLM-L6-v2",
        description="sentence encoder: the packaged one, or any Hugging Face name where a hub is reachable",
    )
    sparql_url: str | None = Field(default=None, description="SPARQL 1.1 endpoint to use instead of the store on disk")

    @field_validator("llm_url", "sparql_url")
    @classmethod
    def _http_only(cls, value: str | None) -> str | None:
        if value is None or value == "":
            return None
        if not value.startswith(("http://", "https://")):
            raise ValueError(f"must start with http:// or https://, not {value!r}")
        return value.rstrip("/")

    @property
    def vector_cache(self) -> Path:
        """Folder of cached text vectors, shared by all shops."""
        return self.home / "cache" / "vectors"
