"""Address books and spreadsheets of other programs."""

# ruff: noqa: E501 - files are made of long lines

from __future__ import annotations

import base64
import zipfile
import zlib

import pytest

from habitue.customers.models import ContactPoint, Customer, Tagging
from habitue.imports.files import vcards
from habitue.imports.importing import run

pytestmark = pytest.mark.django_db
CARDS = """\
BEGIN:VCARD
VERSION:3.0
UID:urn:uuid:7b1c
FN:Ada Roux
N:Roux;Ada;;Mme;
BDAY:1985-12-10
EMAIL;TYPE=INTERNET,WORK:Ada@Bureau.example.com
EMAIL;TYPE=HOME:ada@example.com
item1.TEL;TYPE=CELL,VOICE:06 12 34 56 78
TEL;TYPE=WORK,FAX:01 00 00 00 00
ADR;TYPE=HOME:;;12\\, rue Saint-Jean;Lyon;;69005;France
CATEGORIES:VIP,Presse
NOTE:A long note that goes
  on in the next line\\nand has two
PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD
 /9j/4AAQSkZJRgABAQAAAQABAAD
END:VCARD

BEGIN:VCARD
VERSION:4.0
KIND:org
FN:Ateliers Martin
ORG:Ateliers Martin
TEL;VALUE=uri;TYPE="voice,work":tel:+33-4-78-00-00-00
END:VCARD
BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Lef=C3=A8vre;Zo=C3=A9
FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Zo=C3=A9 Lef=C3=A8=
vre
TEL;CELL:0687654321
TEL;CELL:0687654322
BDAY:--1210
END:VCARD
"""
# A workbook of Excel 97 with reference, name, phone and two rows: packed, as nothing that we use writes such files.
XLS = (
    "c-rk)J!lj`6#i!S_Wn#Rckv=5LO23O6VpT+n`BKy(`blVC_ylnWJ4rzFDxQxV>DhV2v&+sARsnT8-LJ3tt^CyDFi{d(?+op6fBZk"
    "-@M(87d<cs8dT<6=FOWo^WMCh_hxQ(Uo4~wvv-<`_yOI}QF3Dlm&pW`SkOp<`dwGDK^>*yD*RK3MJbSB0}pGTM`R3Tyo=CqJM@Go"
    "@RrIkOrbw#TbXr4FZ+-c(uXdh0@q2BKqGrq&vb<8My9uT<RhlLS#pVK7mY25K`fa4?YsOeKB~2FUjowZJ=S^6l1?<>natvImxVXh"
    "K#y}GJNb8ZG>2+12Z~#tWm`^mvVb%Na1LMG4DdPFsgE;CzP@q+l7C$-k5rIf(L%s9+#yczJRPnD-3##HCCXyCAtT<I>sVu!W7#7X"
    "DcISQmH|wS)0U*9-P5@N7|eah?6=0=pLSTZgGg^KE_Hc-Cs*z7TF(0#qNAu|KE>Ieq!WDU=BJkjh6l{!EScsr-8=cWNN3^Vywo7&"
    "1o!AGw4F7!Grho8H#6VFG)*~6b?ZQb&+MDwF&DYFmFC&WSTwhm@!N>ce>`}<IseXVBYwWGcs4!%%A7?Dt;#6r%V!21qC;G}D)GP!"
    "YT=&}Z<sdzbYeucr0=`y|Gm{=8F6M)Oud#|9kJ5V{I!zWqJp+yZQUO)SX-`}PU|IDn{Z>%eA*)|Xca7IY{Bp?c+rtj6Iz&B(n7aZ"
    "kGpah<;Zu$p`f6kprD|jprG(82)@&LH+XqZHT-vki2q$@nMz50Ci!o12swIA(TnL`*i<_>Q&s+Kf*}H1VvRb%_d<yyG`oWd46`2-"
    "Rp&3g<B9U$vu4HQ@7qGv&R?p=&p$l>H(2h_MF"
)


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "contacts.vcf"
    path.write_bytes(CARDS.replace("\n", "\r\n").encode())
    return path


def test_cards_become_rows_with_the_line_on_which_they_begin(book):
    (_line, headings), *rows = vcards.Book(book, "utf-8").cells()
    assert [line for line, _cells in rows] == [1, 19, 26]
    ada = dict(zip(headings, rows[0][1], strict=True))
    assert ada["note"] == "A long note that goes on in the next line and has two"
    assert "fax" not in " ".join(headings)


def test_an_address_book_is_brought_in_and_known_again(book):
    import_ = run("customers", book)
    assert (import_.created, import_.rejected) == (3, 0)
    ada = Customer.objects.get(reference="7b1c")
    assert (ada.name, ada.given_name, ada.family_name, str(ada.born_on)) == ("Ada Roux", "Ada", "Roux", "1985-12-10")
    points = set(ContactPoint.objects.filter(customer=ada).values_list("kind", "label", "value"))
    assert points == {
        ("email", "work", "ada@bureau.example.com"),
        ("email", "home", "ada@example.com"),
        ("phone", "mobile", "+33612345678"),
        ("address", "", "12 rue saint jean 69005 lyon"),
    }
    assert set(Tagging.objects.filter(customer=ada).values_list("tag__key", flat=True)) == {"vip", "presse"}
    firm = Customer.objects.get(name="Ateliers Martin")
    assert firm.kind == "organisation"
    assert firm.contact_points.get().value == "+33478000000"
    zoe = Customer.objects.get(name="Zoé Lefèvre")
    assert (zoe.family_name, zoe.born_on) == ("Lefèvre", None)
    assert zoe.contact_points.count() == 2
    book.write_bytes(book.read_bytes() + b"\r\n")
    again = run("customers", book)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 3)


def test_an_address_book_in_an_old_encoding_is_read(tmp_path):
    path = tmp_path / "old.vcf"
    path.write_bytes("BEGIN:VCARD\nVERSION:3.0\nFN:Éloïse Garçon\nN:Garçon;Éloïse\nEND:VCARD\n".encode("cp1252"))
    assert run("customers", path).created == 1
    assert Customer.objects.get().name == "Éloïse Garçon"


def test_a_workbook_of_excel_97_is_read_whatever_its_name(tmp_path):
    for name in ("clients.xls", "clients.csv"):
        path = tmp_path / name
        path.write_bytes(zlib.decompress(base64.b85decode(XLS)))
        import_ = run("customers", path)
        assert (import_.created, import_.known_before) == (2, name == "clients.csv")
    assert ContactPoint.objects.get().value == "+33612345678"
    assert set(Customer.objects.values_list("name", flat=True)) == {"Zoé Lefèvre", "Bo"}


def test_a_sheet_of_libreoffice_is_read(tmp_path):
    spaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"' for short in ("office", "table", "text")
    )

    def row(*cells: str) -> str:
        return "<table:table-row>" + "".join(cells) + "</table:table-row>"

    def text(value: str) -> str:
        return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'

    day = '<table:table-cell office:value-type="date" office:date-value="1985-12-10"><text:p>10/12/85</text:p></table:table-cell>'
    rest = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="1024"/></table:table-row>'
    rows = row(text("reference"), text("nom"), text("né le")) + row(text("C1"), text("Zoé &amp; Cie"), day) + rest
    path = tmp_path / "clients.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        body = f'<office:body><office:spreadsheet><table:table table:name="S">{rows}</table:table></office:spreadsheet></office:body>'
        archive.writestr("content.xml", f"<office:document-content {spaces}>{body}</office:document-content>")
    import_ = run("customers", path)
    assert (import_.created, import_.rejected) == (1, 0)
    assert Customer.objects.values_list("name", "born_on").get()[0] == "Zoé & Cie"
    assert str(Customer.objects.get().born_on) == "1985-12-10"
