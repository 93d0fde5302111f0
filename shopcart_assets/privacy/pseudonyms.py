"""Keyed placeholders such as `[NAME_7F3A]`: stable within a user, unlinkable between users, without any state.

No detection here, and nothing that maps a placeholder back to its value: without the secret nobody can.
"""

import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass, field
from typing import cast

from shopcart_assets.privacy.rules import KINDS, Kind

_DIGITS_ONLY: frozenset[Kind] = frozenset({"phone", "card"})
# As a placeholder and as it stands inside an element's name.
_NUMBERED = re.compile(rf"(?<![a-z])({'|'.join(KINDS)})_[0-9a-f]{{4}}(?![0-9a-z])", re.IGNORECASE)


@dataclass(frozen=True)
class Pseudonyms:
    """The placeholders of one user. `secret` lies outside the lake; who has it could test a guess, so it is never shown."""

    secret: bytes = field(repr=False)
    user_id: str

    def placeholder(self, kind: Kind, value: str) -> str:
        """The kind and the first 4 hex digits of HMAC-SHA256(secret, user | kind | normalised value).

        >>> ann = Pseudonyms(b"secret", "u1")
        >>> ann.placeholder("name", "Ann  Lee") == ann.placeholder("name", "ANN LEE")
        True
        """
        message = "\x1f".join((self.user_id, kind, normalised(kind, value)))
        return f"[{kind.upper()}_{hmac.new(self.secret, message.encode('utf-8', 'replace'), hashlib.sha256).hexdigest()[:4].upper()}]"


def normalised(kind: Kind, value: str) -> str:
    """The value as it is compared: NFKC, case folded, white space runs as one; of phones and cards the digits only.

    >>> normalised("phone", "+1 (212) 555-0100"), normalised("name", " José\\u00a0 DIAZ")
    ('12125550100', 'josé diaz')
    """
    plain = unicodedata.normalize("NFKC", value).casefold()
    return "".join(filter(str.isdigit, plain)) if kind in _DIGITS_ONLY else " ".join(plain.split())


def kind_of_placeholder(placeholder: str) -> Kind:
    """The kind that a placeholder names.

    >>> kind_of_placeholder("[NAME_7F3A]")
    'name'
    """
    return cast("Kind", placeholder[1:].rpartition("_")[0].lower())


def without_numbers(text: str) -> str:
    """The text with its pseudonyms reduced to their kinds, for what is shown where no erasure reaches: run logs and metadata.

    >>> without_numbers("Hello [NAME_7F3A]"), without_numbers("header.hello_name_7f3a")
    ('Hello [NAME]', 'header.hello_name')
    """
    return _NUMBERED.sub(r"\1", text)
