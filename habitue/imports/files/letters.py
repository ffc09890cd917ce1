"""Detect the encoding of a text file, and decode files of mixed encodings line by line.

The names of mixed encodings are joined: `utf-8-sig+cp1252` is UTF-8 with some bytes of cp1252, `cp1252+utf-8` has lines
in UTF-8, `utf-8-sig+utf-8` has text that was encoded twice.
"""

from __future__ import annotations

import codecs
import re
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from charset_normalizer import from_bytes

BLOCK = 1 << 18
SAMPLE = 1 << 18
HEAD = 8192
# Of the tables of single bytes, those that business files in Europe and America are written in, likeliest first.
ENCODINGS = ["cp1252", "cp850", "mac_roman", "cp1250"]
USUAL = "\u00a0\u202f €£°§©®™«»‘’‚“”„–—…•·×²³½¼¾µºª¿¡œŒ"  # signs that names, addresses and products hold
FAMILIAR = (
    string.ascii_letters + "àâäáãåçéèêëíîïñóôöõúùûüÿœæßÀÂÄÁÃÅÇÉÈÊËÍÎÏÑÓÔÖÕÚÙÛÜŸŒÆ"
)  # no language of cp1250 is meant
BYTE = {chr(byte): byte for byte in range(0x80, 0x100)}
BYTE |= {text: byte for byte in range(0x80, 0xA0) if (text := bytes([byte]).decode("cp1252", "ignore"))}
TRAIL = "".join(re.escape(text) for text, byte in BYTE.items() if byte < 0xC0)
# Letters that are the first byte of a character of UTF-8, read one byte at a time, and then its other bytes.
# Capitals with dots or a ring stand before a quotation mark in other words, too: not after small letters, though.
TWICE = re.compile(
    f"[ÂÃ][{TRAIL}]|(?<=[a-zß-ÿĀ-ſ])[ÄÅ][{TRAIL}]|[ÄÅ][{TRAIL}](?=[a-zß-ÿ])|[ÄÅ][\u0080-\u009f]|â[{TRAIL}]{{2}}"
)
TWICE_BYTES = re.compile(rb"\xc3[\x82-\x85\xa2](?:\xc2|\xc5[\x92\x93\xa0\xa1\xb8\xbd\xbe]|\xc6\x92|\xcb|\xe2)")
SHOWN = 5


@dataclass
class Survey:
    """Properties of a file's bytes. `endless`: a block without a line end."""

    utf8: bool = True
    nul: bool = False
    endless: bool = False
    backslash: bool = False  # before a quotation mark
    twice: bool = False  # what looks like UTF-8 that was encoded once more


@dataclass
class Mended:
    """Lines that were mended, by reason: their count, the first line numbers, and texts before and after."""

    foreign: dict[str, Any] = field(default_factory=dict)
    twice: dict[str, Any] = field(default_factory=dict)

    def note(self, why: str, line: int, was: str, now: str) -> None:
        entry = getattr(self, why)
        entry["count"] = entry.get("count", 0) + 1
        if entry["count"] <= SHOWN:
            entry.setdefault("lines", []).append(line)
            entry.setdefault("texts", []).append(_difference(was, now))

    def as_data(self) -> dict[str, Any]:
        return {why: entry for why, entry in (("foreign", self.foreign), ("twice", self.twice)) if entry}


def survey(path: Path) -> Survey:
    """The properties of a file's bytes that decide how it must be read, from one pass over them."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    seen = Survey()
    tail = b""
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            seen.utf8 = seen.utf8 and _decodes(decoder, block)
            seen.nul = seen.nul or b"\0" in block
            seen.endless = seen.endless or (len(block) == BLOCK and b"\n" not in block and b"\r" not in block)
            edge = tail + block if tail else block
            seen.backslash = seen.backslash or b'\\"' in edge or b'\\\0"' in edge
            if not seen.twice and not edge.isascii():
                seen.twice = TWICE_BYTES.search(edge) is not None
            tail = block[-4:]
    seen.utf8 = seen.utf8 and _decodes(decoder, b"", final=True)
    return seen


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


def marked(path: Path) -> str | None:
    """The encoding that a byte order mark at the beginning of the file states; None without one.

    It wins over the mapping: a file of rejections is UTF-8, whatever the original was.
    """
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    return "utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else None


def encoding_of(path: Path, said: str | None = None, seen: Survey | None = None) -> str:
    """The encoding: that of the byte order mark, else the one given (`said`), else the one detected."""
    mark = marked(path)
    if mark == "utf-16":
        return mark
    if said and (mark is None or "+" in said):
        return said
    with path.open("rb") as file:
        wide = utf_16(file.read(HEAD))
    if wide:
        return wide
    seen = seen or survey(path)
    if seen.utf8:
        return "utf-8-sig+utf-8" if seen.twice and not said else "utf-8-sig"
    return _of_mixed(path)


def utf_16(head: bytes) -> str | None:
    """`utf-16-le` or `utf-16-be` for UTF-16 without a byte order mark; None for anything else.

    In the right byte order all is printable, in lines, and at least a fifth of it ASCII.
    """
    if b"\0" not in head:
        return None
    head = head[: len(head) // 2 * 2]
    for name in ("utf-16-le", "utf-16-be"):
        try:
            text = codecs.getincrementaldecoder(name)().decode(head)
        except UnicodeDecodeError:
            continue
        plain = sum(character.isascii() for character in text)
        if (
            plain * 5 >= len(text)
            and ("\n" in text or "\r" in text)
            and all(c.isprintable() or c.isspace() for c in text)
        ):
            return name
    return None


def _of_mixed(path: Path) -> str:
    """The joined name for a file that is not valid UTF-8; UTF-8 comes first where at least half of the lines are."""
    utf8, foreign, sample = 0, 0, bytearray()
    for line in _telling_lines(path):
        if _is_utf8(line):
            utf8 += 1
        elif len(sample) < SAMPLE:
            foreign += 1
            sample += line[:SAMPLE] + b"\n"
        else:
            break
    table = tables(bytes(sample))[0]
    if utf8 and utf8 >= foreign:
        return f"utf-8-sig+{table}"
    return f"{table}+utf-8" if utf8 else table


def tables(sample: bytes) -> list[str]:
    """The single-byte encodings in which a sample reads most plausibly, likeliest first; never empty."""
    matches = list(from_bytes(sample, cp_isolation=ENCODINGS))
    least = min((match.chaos for match in matches), default=0)
    # What reads as cleanly as the best may be it: a few French words are clean in several tables.
    clean = {name for m in matches if m.chaos <= least for name in (m.encoding, *m.could_be_from_charset)}
    # Many € and narrow letters are no sign of another table: what is odd in its place counts first.
    odd = {name: _oddities(sample.decode(name, "replace")) for name in ENCODINGS}
    names = [name for name in ENCODINGS if odd[name] == min(odd.values())]
    return [name for name in names if name in clean] or names


def _oddities(text: str) -> int:
    """How many characters are implausible in their place: box drawing, a capital after a small letter."""
    odd = 0
    for before, here, after in zip(" " + text, text, text[1:] + " ", strict=False):
        if here.isascii():
            continue
        inside = before.isalpha() and after.isalpha() and here not in "’·"
        odd += not here.isalpha() and (inside or here not in USUAL)
        odd += here.isupper() and before.islower()
        odd += here.isalpha() and here not in USUAL and not after.isalpha() and before.isdigit()
    return odd


def doubtful_tables(path: Path, encoding: str) -> list[list[str]]:
    """[encoding, word as read, word in that encoding] for the other encodings that are as plausible."""
    if encoding not in ENCODINGS:
        return []
    sample = bytearray()
    for line in _telling_lines(path):
        sample += line + b"\n"
        if len(sample) >= SAMPLE:
            break
    words = [word for word in re.split(rb"[\s;,|\"]+", bytes(sample)) if not word.isascii()]
    others = []
    for name in tables(bytes(sample)):
        differ = [word for word in words if word.decode(name, "replace") != word.decode(encoding, "replace")]
        familiar = all(c in FAMILIAR or not c.isalpha() for word in differ for c in word.decode(encoding, "replace"))
        if name != encoding and differ and not (name == "cp1250" and familiar):
            others.append([name, differ[0].decode(encoding, "replace"), differ[0].decode(name, "replace")])
    return others


def _telling_lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while line := file.readline(BLOCK):
            if not line.isascii():
                yield from (part for part in re.split(rb"[\r\n]+", line) if not part.isascii())


def _is_utf8(line: bytes) -> bool:
    """Whether a line is valid UTF-8 of plausible characters: a few bytes of another encoding can be valid by chance."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return all(c.isascii() or c in USUAL or (c.isalpha() and c < "\u2000") or c > "\u2fff" for c in text)


def mended(lines: Iterable[str], encoding: str, noted: Mended) -> Iterator[str]:
    """Decode lines of a mixed encoding, given as Latin-1 (a character a byte). What was mended is added to `noted`."""
    base, *others = encoding.split("+")
    foreign = next((name for name in others if name != "utf-8"), base)
    utf8 = base.startswith("utf-8")
    for number, line in enumerate(lines, 1):
        if line.isascii():
            yield line
            continue
        raw = line.encode("latin-1").removeprefix(codecs.BOM_UTF8 if number == 1 else b"")
        try:
            text = raw.decode("utf-8")
            if not utf8 and not _is_utf8(raw):
                text = raw.decode(base)
            elif not utf8:
                noted.note("foreign", number, raw.decode(base, "replace"), text)
        except UnicodeDecodeError:
            text = raw.decode("utf-8", _handler(foreign)) if utf8 else raw.decode(base)
            if utf8:
                noted.note("foreign", number, raw.decode("utf-8", "replace"), text)
        if utf8 and "utf-8" in others and (single := once(text)) != text:
            noted.note("twice", number, text, single)
            text = single
        yield text


def needed(encoding: str, noted: Mended) -> str:
    """The joined name without the second UTF-8 where no text turned out to be encoded twice."""
    base, *others = encoding.split("+")
    twice = base.startswith("utf-8") and "utf-8" in others
    return base if twice and not noted.twice else encoding


def once(text: str) -> str:
    """The text with sequences that were encoded twice in UTF-8 decoded once more; unchanged where there are none."""
    for _time in range(3):
        single = TWICE.sub(_single, text)
        if single == text:
            break
        text = single
    return text


def _single(match: re.Match[str]) -> str:
    try:
        text = bytes(BYTE[character] for character in match[0]).decode("utf-8")
    except UnicodeDecodeError:
        return match[0]
    return text if text.isalpha() or text in USUAL or "Â" <= match[0][0] <= "Ã" else match[0]


def _handler(table: str) -> str:
    """The name of a codec error handler that decodes bytes that are not UTF-8 in another encoding."""
    name = f"habitue-{table}"

    def read(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeDecodeError)  # noqa: S101 - the only one that decoding gives
        raw = error.object[error.start : error.end]
        return "".join(bytes([byte]).decode(table, "ignore") or chr(byte) for byte in raw), error.end

    codecs.register_error(name, read)
    return name


def _difference(was: str, now: str) -> list[str]:
    """[before, after] of the first cell that differs."""
    before, after = re.split(r"[;,|\t\"\r\n]", was), re.split(r"[;,|\t\"\r\n]", now)
    for one, other in zip(before, after, strict=False):
        if one != other:
            return [one.strip()[:60], other.strip()[:60]]
    return [was.strip()[:60], now.strip()[:60]]
