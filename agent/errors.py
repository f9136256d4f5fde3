"""What can go wrong with a conversation. Every message says what was wrong, where, and what to do."""


class AgentError(Exception):
    """Base of all errors of this package; the caller may show the message as it stands."""


class LanguageModelError(AgentError):
    """The language model cannot be reached or started; turns go on without it."""
