"""Names folded for comparison."""

from __future__ import annotations

import re
import unicodedata

NO_LETTERS = re.compile(r"[^a-z0-9]+")


def name_key(name: str) -> str:
    """A name folded for comparison: lower case, without accents and punctuation.

    >>> name_key("Éloïse d'Aubigné-Roux")
    'eloise d aubigne roux'
    """
    if name.isascii():
        return NO_LETTERS.sub(" ", name.lower()).strip()
    plain = unicodedata.normalize("NFKD", name).casefold()
    letters = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return " ".join(letters.split())
