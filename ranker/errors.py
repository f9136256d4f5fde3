"""What can go wrong with a ranker. Every message says what was wrong, where, and what to do."""


class RankerError(Exception):
    """Base of all errors of this package; the caller may show the message as it stands."""


class ArtefactError(RankerError):
    """The trained artefacts are missing, of another version, of other data, or damaged."""


class EncoderError(RankerError):
    """The text encoder cannot be loaded."""


class TooLargeError(RankerError):
    """The catalogue is larger than a model is meant for; others can go on without it."""
