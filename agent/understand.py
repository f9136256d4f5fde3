"""Message -> Intent: rules read it, the model adds what passes the own-words check."""

from collections.abc import Sequence
from dataclasses import dataclass
from json import JSONDecodeError

from langchain_core.exceptions import LangChainException
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage
from openai import OpenAIError
from pydantic import BaseModel, ConfigDict, ValidationError

from agent import rules
from agent.intent import Intent, Message, ShownProduct
from agent.own_words import keep_own_words, merge
from prompts import fence, load_prompt

MODEL_FAILURES = (LangChainException, OpenAIError, OSError, JSONDecodeError)
"""What a model call raises when the server is down, slow, or answers garbage."""

_PHRASES = {"type": "array", "items": {"type": "string", "maxLength": 60}, "maxItems": 4}
FORM: dict[str, object] = {
    "type": "object",
    "properties": {"want": _PHRASES, "avoid": _PHRASES},
    "required": ["want", "avoid"],
    "additionalProperties": False,
}
"""What the model is asked for: only what rules cannot know. Act, prices and references are the rules' (decision 002),
and every token that is not asked for is time."""

_ACTS_FOR_THE_MODEL = frozenset({"recommend", "refine"})
_ANSWER_TOKENS = 100


class _Phrases(BaseModel):
    """A model's answer; ``FORM`` says the same to the model."""

    model_config = ConfigDict(extra="forbid")

    want: tuple[str, ...]
    avoid: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a message means and how that was found out.

    Attributes:
        intent: the result; every phrase is the shopper's own.
        llm_calls: 0 or 1.
        problem: why the model could not help, None when it could or was not asked.
        dropped: phrases of the model that were not the shopper's words.
    """

    intent: Intent
    llm_calls: int = 0
    problem: str | None = None
    dropped: tuple[str, ...] = ()


def understand(
    message: str, history: Sequence[Message], shown: Sequence[ShownProduct], model: BaseChatModel | None
) -> Understanding:
    """Rules first; then the model, for what rules cannot know: unusual words for a wanted or avoided thing.

    The model is not asked where there is nothing to add (thanks, comparisons, references by number).
    """
    intent = rules.understand(message, history, shown)
    if model is None or intent.act not in _ACTS_FOR_THE_MODEL:
        return Understanding(intent)
    try:
        proposed = _ask_model(message, history, shown, model)
    except MODEL_FAILURES as error:
        return Understanding(intent, llm_calls=1, problem=type(error).__name__)
    if proposed is None:
        return Understanding(intent, llm_calls=1)
    own, dropped = keep_own_words(proposed, message)
    return Understanding(merge(intent, own), llm_calls=1, dropped=dropped)


def _ask_model(
    message: str, history: Sequence[Message], shown: Sequence[ShownProduct], model: BaseChatModel
) -> Intent | None:
    """The model's reading, None when it is not of the schema (cut off, or not JSON)."""
    prompt = load_prompt("understand").render(
        shown=fence("; ".join(f"{number}. {product.title}" for number, product in enumerate(shown, 1)) or "nothing"),
        before=fence(" / ".join(turn.content[:200] for turn in history[-2:] if turn.role == "user") or "nothing"),
        message=fence(message[:1000]),
    )
    schema = {"type": "json_schema", "json_schema": {"name": "phrases", "strict": True, "schema": FORM}}
    answer = model.bind(response_format=schema, max_tokens=_ANSWER_TOKENS).invoke([HumanMessage(prompt)])
    try:
        phrases = _Phrases.model_validate_json(str(answer.text))
    except ValidationError:
        return None
    return Intent(act="recommend", want=phrases.want, avoid=phrases.avoid)
