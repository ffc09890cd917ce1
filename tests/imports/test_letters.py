"""The letters of a file: one foreign byte does not decide it, and what was mended is told."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from habitue.imports.files import describing, letters
from tests.imports.reading_tables import HEADINGS, ROWS, read, text

NAMES = ["Éloïse Ménétrier", "Noël Garçon", "Zoé Lefèvre", "Œuvre d'Aubigné", "À l’été", "Paul Roy", "12,50 €", "N° 4"]
WORLD = [
    *NAMES,
    "São João",
    "Größe",
    "Łukasz Świątek",
    "są się",
    "żółć",
    "Dvořák",
    "Škoda",
    "Århus",
    "½ m²",
    "“cité” – …",
]
RIGHT = [
    *WORLD,
    "CAFÉ®",
    "« CAFÉ »",
    "“Å”",
    "„UNIVERSITÄ“",
    "MAÑANA»",
    "CAMPEÃO",
    "JOÃO",
    "BEAUTÉ’S",
    "PÂTÉ",
    "ÄÖÜ",
    "crêpe…",
]


def file(*names: str) -> list[bytes]:
    """A line of headings and a line for each name, in UTF-8."""
    rows = [["Code client", "Nom", "Ville"], *([str(at), name, "Besançon"] for at, name in enumerate(names))]
    return [text(row).encode() for row in rows]


def names(content: bytes) -> list[str]:
    return [row[1] for row in read(content).rows]


@settings(deadline=None, max_examples=25)
@given(st.lists(st.sampled_from(NAMES), min_size=3, max_size=30), st.data())
def test_a_few_lines_of_another_table_do_not_decide_the_file(of, data):
    lines = file(*of)
    foreign = data.draw(st.sets(st.integers(1, len(of)), max_size=max(1, len(of) // 4)))
    for at in foreign:
        lines[at] = lines[at].decode().encode("cp1252")
    result = read(b"".join(lines))
    assert [row[1] for row in result.rows] == of
    assert result.how.get("foreign", {}).get("count", 0) == len(foreign)
    assert result.how.get("foreign", {}).get("lines", []) == [at + 1 for at in sorted(foreign)][:5]


def test_one_foreign_byte_within_a_line_of_utf8_leaves_the_rest_of_the_line():
    line = "61;Zoé ".encode() + b"Lef\xe8vre" + ";Nîmes\n".encode()
    result = read(b"".join([*file("Noël"), line]))
    assert result.rows[-1] == ["61", "Zoé Lefèvre", "Nîmes"]
    assert result.encoding == "utf-8-sig+cp1252"


def test_one_line_of_utf8_does_not_decide_a_file_of_another_table():
    lines = [line.decode().encode("cp1252") for line in file(*NAMES * 4)]
    lines[3] = lines[3].decode("cp1252").encode()
    result = read(b"".join(lines))
    assert [row[1] for row in result.rows] == NAMES * 4
    assert (result.encoding, result.how["foreign"]["lines"]) == ("cp1252+utf-8", [4])


def test_a_mark_of_utf8_does_not_make_foreign_bytes_an_error():
    result = read(codecs.BOM_UTF8 + b"".join(file("Noël")) + b"9;Zo\xe9;Dole\n")
    assert (result.headings[0], result.rows[-1][1]) == ("Code client", "Zoé")


def test_a_file_that_was_mended_is_read_in_the_same_way_once_its_encoding_is_said():
    content = b"".join(file("Noël")) + b"9;Zo\xe9;Dole\n"
    first = read(content)
    assert read(content, encoding=first.encoding) == first
    content = b"".join(file("Noël")).decode().encode("latin-1").decode("latin-1").encode()
    twice = b"".join(file(*NAMES)).decode("latin-1").encode()
    first = read(twice)
    assert read(twice, encoding=first.encoding) == first


@pytest.mark.parametrize("by", ["latin-1", "cp1252"])
@settings(deadline=None, max_examples=25)
@given(of=st.lists(st.sampled_from(WORLD), min_size=1, max_size=10))
def test_what_was_encoded_twice_is_seen_and_told(by, of):
    broken = ["".join(bytes([b]).decode(by, "ignore") or chr(b) for b in name.encode()) for name in of]
    result = read(b"".join(file(*broken)))
    assert [row[1] for row in result.rows] == [" ".join(name.split()) if name.isspace() else name for name in of]
    assert result.how.get("twice", {}).get("count", 0) == sum(was != now for was, now in zip(broken, of, strict=True))


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_stays(name):
    assert letters.once(name) == name
    assert "twice" not in read(b"".join(file(name))).how


def test_utf8_that_is_said_is_left_as_it_is_written():
    twice = b"".join(file("Éloïse")).decode("latin-1").encode()
    assert read(twice, encoding="utf-8").rows[0][1] == "Éloïse".encode().decode("latin-1")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "utf-8-sig", "utf-8"])
@pytest.mark.parametrize("separator", [";", "\t"])
def test_utf16_is_read_with_its_mark_and_without(encoding, separator):
    content = text(HEADINGS, *ROWS, separator=separator, end="\r\n").encode(encoding)
    assert read(content).rows == ROWS
    assert read(content).headings == HEADINGS


def test_letters_of_another_alphabet_in_utf16_without_a_mark_are_read():
    rows = [["Код", "Имя"], ["1", "Анна"], ["2", "Павел"]]
    assert read(text(*rows, end="\r\n").encode("utf-16-le")).rows == rows[1:]


@pytest.mark.parametrize("encoding", ["cp1252", "cp850", "mac_roman"])
def test_a_whole_file_in_a_table_of_single_bytes_is_read(encoding):
    names_ = ["Éloïse Ménétrier", "Noël Garçon", "Zoé Lefèvre", "Crème brûlée", "À côté de l'été"]
    assert names(b"".join(file(*names_)).decode().encode(encoding)) == names_


def test_a_table_that_may_be_another_is_doubtful_and_told():
    """Dvořák in the table of Central Europe is Dvoøák in that of the West: both are words."""
    result = read("Code;Nom\n1;Dvořák\n2;Kříž\n".encode("cp1250"))
    (doubt,) = result.how["doubts"]
    assert doubt["code"] == "encoding"
    assert {result.encoding, *(name for name, _was, _now in doubt["others"])} >= {"cp1252", "cp1250"}
    assert any("Dvořák" in sentence for sentence in describing.sentences(result.how))
    assert "doubts" not in read("Code;Nom\n1;Éloïse\n2;Genève\n".encode("cp1252")).how


def test_many_signs_of_the_euro_are_no_sign_of_another_table():
    """One accent in a file full of amounts with narrow spaces was once read as that of an old DOS table."""
    rows = [["Numéro", "Nom", "Prix"], *([f"C{at}", "Thé vert", f"{at}\u00a0262,91 €"] for at in range(1, 60))]
    result = read(text(*rows).encode("cp1252"))
    assert (result.headings[0], result.rows[0][1:]) == ("Numéro", ["Thé vert", "1\u00a0262,91 €"])
