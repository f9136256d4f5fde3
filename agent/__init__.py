"""Holds the conversation. The heavy parts are loaded on first use."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.assembly import build_assistant
    from agent.assistant import Assistant
    from agent.events import Event
    from agent.intent import Intent

__all__ = ["Assistant", "Event", "Intent", "build_assistant"]

_HOMES = {
    "Assistant": "agent.assistant",
    "Event": "agent.events",
    "Intent": "agent.intent",
    "build_assistant": "agent.assembly",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'agent' has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - only when something heavy is asked for

    return getattr(import_module(_HOMES[name]), name)
