"""Address books (vCard 2.1, 3.0 and 4.0; RFC 2426 and 6350) as rows of a table, with the properties that are stored."""

from __future__ import annotations

import codecs
import quopri
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from habitue.imports.files import decoding, letters
from habitue.kernel.errors import HabitueError

HEADINGS = (
    "uid", "full name", "given name", "family name", "kind", "birth day", "email", "work email", "home email",
    *(f"email {n}" for n in range(2, 10)), "phone", "mobile phone", "work phone", "home phone",
    *(f"phone {n}" for n in range(2, 10)),
    *(f"{part}{n}" for n in ("", " 2", " 3") for part in ("street", "postcode", "city", "country")),
    "works at", "tags", "note",
)  # fmt: skip
GROUP = "group"
KINDS = {"individual": "person", "org": "organisation", "group": GROUP}
PICTURES = ("PHOTO", "LOGO", "SOUND", "KEY")
PROPERTY = re.compile(r"(?:[\w-]+\.)?([\w-]+)((?:;(?:[^\";:]|\"[^\"]*\")*)*):(.*)", re.DOTALL)
STATED = re.compile(rb"(?i);CHARSET=\"?([\w-]+)")
BASE64 = re.compile(r"(?i)^[^:]*;(?:ENCODING=)?(?:B|BASE64)[;:]")
PACKED = re.compile(r"[A-Za-z0-9+/]+={0,2}")
Card = dict[str, str]


@dataclass
class Book:
    """An address book. `groups` counts cards of groups, which are left out; `mended` are lines of another encoding."""

    path: Path
    encoding: str
    groups: int = 0
    mended: letters.Mended = field(default_factory=letters.Mended)

    def cells(self) -> Iterator[tuple[int, list[str]]]:
        """The headings that occur, as line 1, then a row for each card with the line on which it begins."""
        used = {heading for _line, card in self.cards() for heading in card}
        self.groups, self.mended = 0, letters.Mended()
        headings = [heading for heading in HEADINGS if heading in used]
        yield 1, headings
        for line, card in self.cards():
            if "uid" in used:
                card.setdefault("uid", card.get("email") or _mark(card))
            yield line, [card.get(heading, "") for heading in headings]

    def cards(self) -> Iterator[tuple[int, Card]]:
        card: Card | None = None
        start = 0
        for line, name, parameters, value in _properties(decoding.texts(self.path, self.encoding, self.mended)):
            if (name, value.upper()) == ("BEGIN", "VCARD"):
                if card is not None:
                    raise _open(start)
                card, start = {}, line
            elif (name, value.upper()) == ("END", "VCARD") and card is not None:
                if card.get("kind") == GROUP:
                    self.groups += 1
                else:
                    yield start, _whole(card)
                card = None
            elif card is not None:
                _note(card, name, parameters, value)
        if card is not None:
            raise _open(start)

    def as_data(self) -> dict[str, Any]:
        """A description of the reading; complete once the cards are read."""
        return self.mended.as_data() | ({"groups": self.groups} if self.groups else {})


def encoding_of(path: Path, said: str | None) -> str:
    """The encoding of the file, or `said`. Bytes that are not UTF-8 are in the CHARSET that a card states, if any."""
    encoding = letters.encoding_of(path, said)
    if not said and not encoding.startswith("utf-16") and encoding not in ("utf-8-sig", "utf-8-sig+utf-8"):
        with path.open("rb") as file:
            stated = [_table(match[1].decode()) for line in file if (match := STATED.search(line))]
        foreign = [table for table in stated if table != "utf-8"]
        if foreign:
            return "+".join(foreign[0] if part in letters.ENCODINGS else part for part in encoding.split("+"))
    return encoding


def _table(stated: str) -> str:
    """The codec name of a CHARSET; cp1252 for Latin-1, which it contains and which programs mean by it."""
    try:
        name = codecs.lookup(stated).name
    except LookupError:
        return "utf-8"
    return "cp1252" if name in ("iso8859-1", "ascii") else name


def _mark(card: Card) -> str:
    """A reference for a card without UID or e-mail, made from its content: the same card gets the same one."""
    return "X" + sha256(repr(sorted(card.items())).encode()).hexdigest()[:15].upper()


def _open(line: int) -> HabitueError:
    return HabitueError(
        _("The card that begins on line %(line)s has no end (END:VCARD). Export the address book again.")
        % {"line": line}
    )


def _properties(lines: Iterator[str]) -> Iterator[tuple[int, str, str, str]]:
    """(line, name, parameters, value) of each property. Folded lines are joined, pictures are left out."""
    for line, text in _unfolded(lines):
        if match := PROPERTY.fullmatch(text):
            name, parameters, value = match[1].upper(), match[2].upper(), match[3]
            if name not in PICTURES:
                yield line, name, parameters, _decoded(parameters, value).strip()
        elif text.strip():
            raise HabitueError(
                _("Line %(line)s is no line of a vCard: “%(text)s”. Export the address book again.")
                % {"line": line, "text": text.strip()[:80]}
            )


def _unfolded(lines: Iterator[str]) -> Iterator[tuple[int, str]]:
    parts: list[str] = []
    start = size = 0
    for number, raw in enumerate(lines, 1):
        line = raw.rstrip("\r\n")
        soft = bool(parts) and parts[-1].endswith("=") and "QUOTED-PRINTABLE" in parts[0].upper()
        if parts and (soft or line[:1] in (" ", "\t") or (BASE64.search(parts[0]) and PACKED.fullmatch(line))):
            if size < decoding.LONGEST_LINE:  # a picture goes on for longer, and is passed over
                parts.append(line if soft else line[line[:1] in (" ", "\t") :])
                size += len(line)
            continue
        if parts:
            yield start, _joined(parts)
        start, parts, size = number, [line], len(line)
    if parts:
        yield start, _joined(parts)


def _joined(parts: list[str]) -> str:
    if "QUOTED-PRINTABLE" in parts[0].upper():
        parts = [part.removesuffix("=") for part in parts[:-1]] + parts[-1:]
    return "".join(parts)


def _decoded(parameters: str, value: str) -> str:
    """The value, decoded where it is quoted-printable: in its CHARSET, in UTF-8, or in the likeliest encoding."""
    if "QUOTED-PRINTABLE" not in parameters:
        return value
    raw = quopri.decodestring(value.encode())
    stated = re.search(r"CHARSET=\"?([\w-]+)", parameters)
    for table in ([_table(stated[1])] if stated else []) + ["utf-8"]:
        with suppress(UnicodeDecodeError):
            return raw.decode(table)
    return raw.decode(letters.tables(raw)[0], "replace")


def _note(card: Card, name: str, parameters: str, value: str) -> None:
    if not value:
        return
    if name in ("EMAIL", "TEL"):
        _add(card, "email" if name == "EMAIL" else "phone", parameters, _text(value))
    elif name == "ADR":
        _add_address(card, value)
    elif name == "N":
        family, given, *_more = [*map(_text, _split(value, ";")), "", ""]
        card |= {"family name": family, "given name": given}
    elif name == "BDAY" and (day := _day(value)):
        card["birth day"] = day
    elif name == "ORG":
        card["works at"] = " ".join(filter(None, map(_text, _split(value, ";"))))
    elif name == "CATEGORIES":
        card["tags"] = ", ".join(filter(None, [card.get("tags", ""), *map(_text, _split(value, ","))]))
    elif name in ("KIND", "X-ADDRESSBOOKSERVER-KIND") and value.lower() in KINDS:
        card["kind"] = KINDS[value.lower()]
    elif name in ("UID", "FN", "NOTE"):
        heading = {"UID": "uid", "FN": "full name", "NOTE": "note"}[name]
        card.setdefault(heading, _text(value).removeprefix("urn:uuid:"))


def _add(card: Card, what: str, parameters: str, value: str) -> None:
    """Add a value under the heading of its type ("work phone"), or under the next free number ("phone 2"). No faxes."""
    types = (
        {"WORK": "work ", "HOME": "home ", "CELL": "mobile "} if what == "phone" else {"WORK": "work ", "HOME": "home "}
    )
    prefixes = [prefix for word, prefix in types.items() if re.search(rf"\b{word}\b", parameters)]
    if "FAX" in parameters:
        return
    headings = [f"{prefix}{what}" for prefix in sorted(prefixes, key="mobile ".__ne__)] + [what]
    headings += [f"{what} {number}" for number in range(2, 10)]
    if free := next((heading for heading in headings if heading not in card), None):
        card[free] = _number(value) if what == "phone" else re.sub("(?i)^mailto:", "", value)


def _number(value: str) -> str:
    """A telephone number with its extension as people write it; RFC 3966 has the extension as a parameter."""
    number, *parameters = re.sub("(?i)^tel:", "", value).split(";")
    inside = next((text[4:] for text in parameters if text.lower().startswith("ext=")), "")
    return f"{number} ext. {inside}" if inside else number


def _add_address(card: Card, value: str) -> None:
    box, more, street, city, _region, postcode, country, *_rest = [*map(_text, _split(value, ";")), *[""] * 7]
    for number in ("", " 2", " 3"):
        parts = [f"{part}{number}" for part in ("street", "postcode", "city", "country")]
        if not any(part in card for part in parts):
            values = (", ".join(filter(None, (box, more, street))), postcode, city, country)
            card |= {part: text for part, text in zip(parts, values, strict=True) if text}
            return


def _day(value: str) -> str:
    """The birthday as YYYY-MM-DD; as it is written where it has no year, such as --1210."""
    match = re.match(r"(\d{4})-?(\d{2})-?(\d{2})(?:T|$)", value)
    return "-".join(match.groups()) if match else value


def _whole(card: Card) -> Card:
    """The card without empty values. One with an organisation and no person's name becomes an organisation."""
    works_at = card.get("works at", "")
    nobody = not (card.get("family name") or card.get("given name"))
    if works_at and nobody and card.get("full name", works_at) == works_at:
        card |= {"full name": card.pop("works at"), "kind": "organisation"}
    return {heading: value for heading, value in card.items() if value}


def _split(value: str, separator: str) -> list[str]:
    return re.split(rf"(?<!\\){separator}", value)


def _text(value: str) -> str:
    plain = re.sub(r"\\([nN,;:\\])", lambda match: "\n" if match[1] in "nN" else match[1], value)
    return " ".join(plain.split())
