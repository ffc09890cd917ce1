"""Address books as programs write them."""

from __future__ import annotations

import pytest

from habitue.imports.files import describing
from tests.imports.reading_tables import read


def cards(*of: str, encoding: str = "utf-8", end: str = "\r\n") -> bytes:
    whole = ["BEGIN:VCARD", "VERSION:2.1"], ["END:VCARD"]
    return "".join(line + end for card in of for line in (*whole[0], *card.split("\n"), *whole[1])).encode(encoding)


def one(content: bytes) -> dict[str, str]:
    result = read(content)
    return dict(zip(result.headings, result.rows[0], strict=True))


@pytest.mark.parametrize(
    "charset", ["ISO-8859-1", "iso-8859-15", "WINDOWS-1252", "UTF-8", "", "no-such-table", "cp850", "macintosh"]
)
def test_letters_written_byte_by_byte_are_those_of_the_table_that_is_stated(charset):
    known = charset if charset not in ("", "no-such-table") else "utf-8"
    name = "".join(f"={byte:02X}" for byte in "Éloïse Ménétrier".encode(known))
    said = f";CHARSET={charset}" if charset else ""
    assert one(cards(f"FN{said};ENCODING=QUOTED-PRINTABLE:{name}"))["full name"] == "Éloïse Ménétrier"


def test_letters_written_byte_by_byte_without_a_table_are_no_marks_of_damage():
    assert one(cards("FN;ENCODING=QUOTED-PRINTABLE:=C9lo=EFse M=E9n=E9trier"))["full name"] == "Éloïse Ménétrier"


@pytest.mark.parametrize("charset", ["ISO-8859-1", "WINDOWS-1252", "cp850", "ISO-8859-2"])
def test_bytes_that_are_no_utf8_are_in_the_table_that_the_card_states(charset):
    name = "Łukasz Dvořák" if charset.endswith("-2") else "Zoé Ménétrier"
    assert one(cards(f"FN;CHARSET={charset}:{name}", encoding=charset))["full name"] == name


def test_an_address_book_in_utf16_without_a_mark_is_read():
    assert one(cards("FN:Éloïse", encoding="utf-16-le"))["full name"] == "Éloïse"


PICTURE = ["/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAEB", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ=="]


@pytest.mark.parametrize(
    "head", ["PHOTO;JPEG;ENCODING=BASE64:", "PHOTO;ENCODING=b;TYPE=JPEG:AAAA", "PHOTO;BASE64;JPEG:", "LOGO;ENCODING=B:"]
)
@pytest.mark.parametrize("indent", ["", " "])
@pytest.mark.parametrize("blank", ["", "\n"])
def test_pictures_are_passed_over_whether_their_lines_are_folded_or_not(head, indent, blank):
    picture = "\n".join([head, *(indent + line for line in PICTURE)])
    card = one(cards(f"FN:Paul Roy\n{picture}{blank}\nTEL;CELL:0612345678"))
    assert card == {"full name": "Paul Roy", "mobile phone": "0612345678"}


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("tel:+33-6-12-34-56-78;ext=102", "+33-6-12-34-56-78 ext. 102"),
        ("TEL:+33612345678;EXT=7", "+33612345678 ext. 7"),
        ("tel:+33612345678;phone-context=x", "+33612345678"),
        ("06 12 34 56 78", "06 12 34 56 78"),
    ],
)
def test_a_telephone_is_its_number_and_its_extension(written, number):
    assert one(cards(f"FN:Anne\nTEL;TYPE=cell:{written}"))["mobile phone"] == number


@pytest.mark.parametrize("kind", ["KIND:group", "KIND:Group", "X-ADDRESSBOOKSERVER-KIND:group"])
def test_a_group_is_no_customer_and_is_counted(kind):
    result = read(cards("FN:Anne", f"FN:Équipe\n{kind}\nMEMBER:urn:uuid:1", "FN:Bo"))
    assert [row[0] for row in result.rows] == ["Anne", "Bo"]
    assert (result.lines, result.how["groups"]) == ([1, 11], 1)
    assert any("1 card of a group" in text for text in describing.sentences(result.how))
