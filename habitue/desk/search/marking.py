"""Highlighting: the spans of a shown text that match what was typed."""

from __future__ import annotations

from collections.abc import Iterable

from habitue.customers.search.misspelling import away
from habitue.customers.search.ranking import Asked
from habitue.kernel.names import name_key


def marked(text: str, typed: str) -> list[tuple[str, bool]]:
    """`text` cut into pieces, each with whether it matches: as typed, else as a number or a misspelt word.

    >>> marked("Éloïse Roux", "elo")
    [('Élo', True), ('ïse Roux', False)]
    >>> marked("06 12 34 56 78", "1234")
    [('06 ', False), ('12 34', True), (' 56 78', False)]
    """
    asked = Asked.read(typed)
    spans = _words(text, name_key(typed).split()) if not asked.certain else []
    spans = spans or _pieces(text, asked.pieces) or _words(text, name_key(typed).split()) or _meant(text, asked.words)
    return _cut(text, spans)


Span = tuple[int, int]


def _folded(text: str, gap: str) -> tuple[str, list[int]]:
    """(the text folded as by `name_key`, for each folded letter its index in `text`).

    One letter may become two (œ, ß), or `gap`.
    """
    letters = [name_key(letter) or gap for letter in text]
    return "".join(letters), [at for at, letter in enumerate(letters) for _ in letter]


def _words(text: str, words: Iterable[str]) -> list[Span]:
    folded, place = _folded(text, " ")
    return [(place[start], place[start + len(word) - 1] + 1) for word in words for start in _starts(folded, word)]


def _pieces(text: str, pieces: Iterable[str]) -> list[Span]:
    """The first span that matches one of `pieces`; spaces and dots between its letters are ignored, for numbers."""
    folded, place = _folded(text, "")
    for piece in (writing for one in pieces for writing in _writings(one)):
        if start := _starts(folded, piece):
            return [(place[start[0]], place[start[0] + len(piece) - 1] + 1)]
    return []


def _writings(piece: str) -> list[str]:
    """A piece of a telephone number in its international and its national form."""
    plain = name_key(piece).replace(" ", "")
    if not plain.isdigit():
        return [plain]
    trunk = [at for at in (1, 2, 3) if piece.startswith("+") and plain[at : at + 1] == "0"]
    abroad, at_home = [plain[:at] + plain[at + 1 :] for at in trunk], [plain[at:] for at in trunk]
    return [plain, *abroad, *at_home, *([plain[1:]] if plain.startswith("0") else [])]


def _meant(text: str, words: Iterable[str]) -> list[Span]:
    """The spans of whole words of which a typed word is a misspelling."""
    folded, place = _folded(text, " ")
    shown = [(word, start) for word in dict.fromkeys(folded.split()) for start in _starts(f" {folded} ", f" {word} ")]
    return [
        (place[start], place[start + len(word) - 1] + 1)
        for word, start in shown
        if any(away(typed, word) is not None for typed in words)
    ]


def _starts(folded: str, word: str) -> list[int]:
    """The indexes in `folded` at which a word begins with `word`."""
    starts, start = [], folded.find(word) if word else -1
    while start >= 0:
        starts.append(start)
        start = folded.find(word, start + len(word))
    return starts


def _cut(text: str, spans: Iterable[Span]) -> list[tuple[str, bool]]:
    hit = [False] * len(text)
    for start, end in spans:
        hit[start:end] = [True] * (end - start)
    pieces: list[tuple[str, bool]] = []
    for letter, bold in zip(text, hit, strict=True):
        if pieces and pieces[-1][1] == bold:
            pieces[-1] = (pieces[-1][0] + letter, bold)
        else:
            pieces.append((letter, bold))
    return pieces
