"""What programs write where they know nothing, and the names that tills give to whoever passes by."""

from __future__ import annotations

import re
from functools import lru_cache

from habitue.kernel.names import name_key

NOTHING = frozenset(
    [
        "null", "nul", "none", "nil", "na", "n a", "nan", "nat", "undefined", "ref", "value", "div 0", "unknown",
        "inconnu", "inconnue", "not available", "non renseigne", "non renseignee", "non communique", "sans objet",
        "vide", "empty", "aucun", "aucune", "neant",
    ]
)  # fmt: skip
NOBODY = frozenset(
    [
        "guest", "guest customer", "guest checkout", "invite", "anonymous", "anonyme", "client anonyme", "walk in",
        "walkin", "walk in customer", "walk in client", "client comptoir", "comptoir", "client de passage", "passage",
        "client passager", "client divers", "clients divers", "divers", "vente comptoir", "client occasionnel",
        "cash customer", "cash sale", "counter sale", "counter customer", "no customer", "sans client", "client caisse",
        "client magasin", "default customer", "client par defaut", "unknown customer", "client inconnu", "nobody",
        "comptant", "client comptant", "vente comptant",
    ]
)  # fmt: skip
LONGEST_NAME = max(map(len, NOBODY)) + 4  # characters of a name of nobody, with some marks around
LONGEST = 20  # characters of a cell that says nothing
SOMETHING = re.compile("[1-9@]")  # no text that says nothing has any of these
NO_VALUE = re.compile(r"[\W_]*|[#(<\[]*0*[.,]?0*[)>\]]*")


def is_nothing(text: str | None) -> bool:
    """Whether a cell says nothing: empty, NULL, N/A, #N/A, nan, 0, 0.0, -, --, ?.

    >>> [is_nothing(text) for text in ("", "#N/A", "0", "-", "Nan Li", "10")]
    [True, True, True, True, False, False]
    """
    if not text or len(text) > LONGEST:
        return not text
    return not SOMETHING.search(text) and _says_nothing(text)


@lru_cache(50_000)
def _says_nothing(text: str) -> bool:
    return bool(NO_VALUE.fullmatch(text)) or name_key(text) in NOTHING


def is_placeholder(text: str | None) -> bool:
    """Whether a name or a reference of a customer is that of nobody: nothing at all, guest, Client comptoir."""
    return is_nothing(text) or name_key(text or "") in NOBODY
