"""The one error that input of this stage can raise; nothing else belongs here."""


class DropError(ValueError):
    """A drop, or a file of it, that cannot be used; the message says which and what to do."""
