"""What a message means (Intent) and what the shopper has asked for so far (Needs)."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Act = Literal["recommend", "refine", "compare", "ask", "feedback", "smalltalk", "out_of_scope"]
Sentiment = Literal["like", "dislike"]


class Intent(BaseModel):
    """One message, understood. Every phrase is in the shopper's own words.

    This is also the schema the language model must fill; field descriptions are shown to it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    act: Act = Field(description="what the shopper does with this message")
    want: tuple[str, ...] = Field(default=(), description="wanted things, in the shopper's own words")
    avoid: tuple[str, ...] = Field(default=(), description="unwanted things, own words, without the 'not'")
    price_min: float | None = Field(default=None, ge=0, description="lowest price said, as a number")
    price_max: float | None = Field(default=None, ge=0, description="highest price said, as a number")
    refers_to: tuple[str, ...] = Field(
        default=(), description="mentions of products as said: 'the second one', a title"
    )
    sentiment: Sentiment | None = Field(default=None, description="like or dislike of something shown")
    forget: tuple[str, ...] = Field(
        default=(), description="needs taken back: 'price', 'everything', or the words of the need"
    )

    def understanding(self) -> dict[str, object]:
        """The form that ``because understand`` writes: all fields but ``forget``, tuples as lists."""
        return self.model_dump(mode="json", exclude={"forget"})


class ShownProduct(BaseModel):
    """A product on the shopper's screen, in the order shown."""

    model_config = ConfigDict(frozen=True)

    product_id: str
    title: str


class Message(BaseModel):
    """One earlier message of the dialogue."""

    model_config = ConfigDict(frozen=True)

    role: Literal["user", "assistant"]
    content: str


class Need(BaseModel):
    """A wanted or avoided thing that holds until taken back.

    Attributes:
        key: stable within a session, for removing it by a click.
        phrase: the shopper's words.
        wanted: False for a thing to avoid.
        hard: products that miss it are left out; otherwise it only moves the ranking.
        groups: meanings in the graph: each group must be met by any one of its node IRIs.
        kind: kind of the first node, "text" where it means nothing in this graph.
        leftover: words that stay text.
    """

    model_config = ConfigDict(frozen=True)

    key: str
    phrase: str
    wanted: bool = True
    hard: bool = True
    groups: tuple[tuple[str, ...], ...] = ()
    kind: str = "text"
    leftover: str = ""
