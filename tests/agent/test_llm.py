from pathlib import Path

import pytest
from langchain_openai import ChatOpenAI
from openai import AuthenticationError

from agent.errors import LanguageModelError
from agent.llm import open_language_model, vllm_command
from agent.settings import Settings
from agent.understand import understand


@pytest.mark.model
def test_the_embedded_model_answers_with_the_form_and_only_with_its_key() -> None:
    opened = open_language_model(Settings())
    found = understand("a ceramic curling iron, not Conair", (), (), opened.chat)
    assert found.problem is None
    assert found.llm_calls == 1
    assert found.intent.avoid == ("Conair",)
    assert isinstance(opened.chat, ChatOpenAI)
    with pytest.raises(AuthenticationError):
        ChatOpenAI(base_url=opened.chat.openai_api_base, api_key="wrong", model="x", max_retries=0).invoke("hello")


def test_an_unreachable_server_is_named_with_what_to_do() -> None:
    settings = Settings(llm_url="http://127.0.0.1:9/v1", llm_timeout=1)
    with pytest.raises(LanguageModelError, match=r"127\.0\.0\.1:9.*BECAUSE_LLM_URL"):
        open_language_model(settings)


def test_a_url_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="http://"):
        Settings(llm_url="localhost:8000")


def test_what_is_passed_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BECAUSE_HOME", "/nowhere")
    assert Settings().home == Path("/nowhere")
    assert Settings(home=tmp_path).home == tmp_path


def test_the_vllm_command_listens_here_only_and_loads_the_adapter(tmp_path: Path) -> None:
    command = vllm_command("some/model", port=8001, adapter=tmp_path)
    assert command[:3] == ["vllm", "serve", "some/model"]
    assert command[command.index("--host") + 1] == "127.0.0.1"
    assert f"because={tmp_path}" in command
    assert "--enable-lora" in command
