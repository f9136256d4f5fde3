"""Doubles for tests: a chat model that follows a script, and nothing else."""

from collections.abc import Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import PrivateAttr


class UnscriptedCallError(AssertionError):
    """The code under test called the model more often than the script says."""


class ScriptedChatModel(BaseChatModel):
    """Answers from a script, in order; records what it was sent; fails on a call that is not in the script.

    Attributes:
        script: answers; an exception in it is raised instead of answering.
    """

    script: list[str | Exception]
    _calls: list[list[BaseMessage]] = PrivateAttr(default_factory=list)

    @property
    def calls(self) -> Sequence[Sequence[BaseMessage]]:
        """The messages of each call so far."""
        return self._calls

    def assert_done(self) -> None:
        """Fails unless the script was used up."""
        left = len(self.script) - len(self._calls)
        assert left == 0, f"{left} scripted answer(s) were never asked for"  # noqa: S101 - a test double

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401 - langchain's signature
    ) -> ChatResult:
        number = len(self._calls)
        self._calls.append(messages)
        if number >= len(self.script):
            raise UnscriptedCallError(f"call {number + 1} is not in the script: {messages[-1].content!r}")
        answer = self.script[number]
        if isinstance(answer, Exception):
            raise answer
        return ChatResult(generations=[ChatGeneration(message=AIMessage(answer))])
