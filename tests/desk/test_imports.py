"""The desk's importer: a file comes in, is checked row by row, imported, corrected and taken back."""

from __future__ import annotations

import io
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.module_loading import import_string
from django_q.models import OrmQ

from habitue.customers.models import ContactPoint, Customer
from habitue.events.models import Event
from habitue.imports.models import Import, SavedMapping, Upload
from habitue.imports.uploading import path_of, uploads
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = (
    "Code client;Nom complet;E-mail;Interne\n"
    "C1;Ada Roux;ada@exemple.fr;non\n"
    "C2;Bo Selin;bo@exemple.fr;Atlantide\n"
    "C3;Cy Noir;;\n"
)


def work_off() -> list[str]:
    """Do what is queued, as the worker does; the names of what was done."""
    done = []
    while task := OrmQ.objects.order_by("pk").first():
        payload = task.task
        task.delete()
        import_string(payload["func"])(*payload["args"])
        done.append(payload["func"])
    return done


def send(desk: Client, content: str | bytes = PEOPLE, name: str = "clients.csv", **fields):
    content = content.encode() if isinstance(content, str) else content
    return desk.post("/imports/new/", {"file": SimpleUploadedFile(name, content), **fields})


def sent(desk: Client, *args, **fields) -> Upload:
    answer = send(desk, *args, **fields)
    assert answer.status_code == 302, answer.content.decode()
    upload = Upload.objects.latest("pk")
    assert answer["Location"] == f"/imports/files/{upload.pk}/"
    work_off()
    upload.refresh_from_db()
    return upload


def imported(desk: Client, upload: Upload, **fields) -> Import:
    answer = desk.post(f"/imports/files/{upload.pk}/import/", fields)
    work_off()
    return Import.objects.get(pk=int(urlsplit(answer["Location"]).path.split("/")[-2]))


def text(desk: Client, path: str) -> str:
    answer = desk.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def people(desk) -> Upload:
    return sent(desk)


def test_a_file_is_checked_before_anything_is_written(desk, people):
    dry_run = people.dry_run
    assert (dry_run["state"], dry_run["rows"], dry_run["created"], dry_run["rejected"]) == ("done", 3, 2, 1)
    assert not Customer.objects.exists()
    assert not Import.objects.exists()
    page = text(desk, f"/imports/files/{people.pk}/")
    assert "2 created" in page
    assert "1 row rejected" in page
    assert "Atlantide" in page
    assert "ada@exemple.fr" in page


def test_the_counts_of_the_check_are_those_of_the_import(desk, people):
    import_ = imported(desk, people)
    counts = {name: getattr(import_, name) for name in ("rows", "created", "updated", "unchanged", "rejected")}
    assert counts == {name: people.dry_run[name] for name in counts}
    assert import_.by.username == "bo"
    assert Event.objects.get(kind="import.finished").by.username == "bo"
    assert set(Customer.objects.values_list("name", flat=True)) == {"Ada Roux", "Cy Noir"}
    page = text(desk, f"/imports/{import_.pk}/")
    assert "2 created" in page
    assert "Atlantide" in page
    assert list(uploads().iterdir()) == [], "the file is not needed any more"


def test_a_check_says_what_changes_and_who_may_be_there_already(desk, people):
    imported(desk, people)
    later = "Code client;Nom complet;E-mail\nC1;Ada King;\nC9;Ada R.;ADA@exemple.fr\n"
    upload = sent(desk, later, "later.csv")
    dry_run = upload.dry_run
    assert (dry_run["created"], dry_run["updated"], dry_run["alike"]) == (1, 1, 1)
    page = text(desk, f"/imports/files/{upload.pk}/")
    assert "Ada King" in page
    assert "same e-mail address" in page
    assert f"/customers/{Customer.objects.get(reference='C1').pk}/" in page


def test_another_choice_for_a_column_is_checked_again(desk, people):
    form = {"kind": "customers", "fact-0": "reference", "fact-1": "name", "fact-2": "email.work", "fact-3": ""}
    answer = desk.post(f"/imports/files/{people.pk}/", form, headers={"HX-Request": "true"})
    assert b'hx-trigger="every 1s"' in answer.content
    assert work_off() == ["habitue.jobs.dry_run"]
    people.refresh_from_db()
    assert (people.dry_run["created"], people.dry_run["rejected"]) == (3, 0)
    imported(desk, people)
    assert set(ContactPoint.objects.values_list("label", flat=True)) == {"work"}


def test_an_answer_to_an_earlier_choice_does_not_stand_for_the_later_one(desk):
    send(desk)
    upload = Upload.objects.get()
    upload.dry_run = upload.dry_run | {"for": "another choice"}
    upload.save()
    work_off()
    upload.refresh_from_db()
    assert upload.dry_run["state"] == "waiting"


def test_a_column_that_is_needed_and_not_there_is_asked_for(desk):
    upload = sent(desk, "qui;quand\nC1;2024-01-01\n", kind="orders")
    assert upload.dry_run["state"] == "lacking"
    page = text(desk, f"/imports/files/{upload.pk}/")
    assert "order number" in page
    assert desk.post(f"/imports/files/{upload.pk}/import/").status_code == 409
    assert not Import.objects.exists()


def test_dates_that_can_be_read_in_two_ways_are_asked_for(desk):
    upload = sent(desk, "reference,name,birthday\nC1,Ada,03/04/1985\n")
    assert "which comes first" in text(desk, f"/imports/files/{upload.pk}/")
    assert desk.post(f"/imports/files/{upload.pk}/import/").status_code == 409
    assert not Import.objects.exists()
    desk.post(f"/imports/files/{upload.pk}/answer/", {"answer": "day_or_month:0"})
    work_off()
    upload.refresh_from_db()
    assert "which comes first" not in text(desk, f"/imports/files/{upload.pk}/")
    imported(desk, upload)
    assert Customer.objects.get().born_on.isoformat() == "1985-04-03"


def test_the_columns_are_known_when_such_a_file_comes_again(desk, people):
    form = {"kind": "customers", "fact-0": "reference", "fact-1": "family_name", "fact-2": "email", "fact-3": ""}
    desk.post(f"/imports/files/{people.pk}/", form)
    work_off()
    imported(desk, people, keep="1", name="Shop export")
    kept = SavedMapping.objects.get()
    assert (kept.name, kept.by.username) == ("Shop export", "bo")
    again = sent(desk, PEOPLE.replace("C1", "C7"), "another.csv")
    assert again.mapped_by == "Shop export"
    assert again.mapping["columns"]["family_name"] == "Nom complet"
    assert "Shop export" in text(desk, f"/imports/files/{again.pk}/")


def test_rejections_are_corrected_and_brought_back(desk, people):
    import_ = imported(desk, people)
    file = b"".join(desk.get(f"/imports/{import_.pk}/rejections/").streaming_content)
    assert "Atlantide" in file.decode("utf-8-sig")
    corrected = file.decode("utf-8-sig").replace(";Atlantide;", ";non;", 1)
    upload = sent(desk, corrected.encode("utf-8-sig"), "clients.rejected.csv")
    assert upload.corrects == import_
    assert (upload.dry_run["created"], upload.dry_run["rejected"]) == (1, 0)
    second = imported(desk, upload)
    assert second.created == 1
    assert Customer.objects.count() == 3


def test_an_import_is_undone_after_a_look_at_what_stays(desk, people):
    import_ = imported(desk, people)
    ada = Customer.objects.get(reference="C1")
    factories.order(ada, factories.AS_OF)
    page = text(desk, f"/imports/{import_.pk}/undoing/")
    assert "Ada Roux" in page
    assert Customer.objects.count() == 2, "a look changes nothing"
    answer = desk.post(f"/imports/{import_.pk}/undoing/", follow=True)
    assert "as soon as the worker is free" in answer.content.decode()
    assert 'hx-trigger="every 1s"' in answer.content.decode()
    assert desk.get(f"/imports/{import_.pk}/undoing/")["Location"] == f"/imports/{import_.pk}/"
    work_off()
    page = text(desk, f"/imports/{import_.pk}/")
    assert "<b>undone</b>" in page
    assert "1 stays as people have left it since" in page
    assert list(Customer.objects.all()) == [ada]
    assert desk.post(f"/imports/{import_.pk}/undoing/").status_code == 409
    upload = sent(desk)
    assert not upload.dry_run["already"]
    assert imported(desk, upload).pk != import_.pk


def test_the_same_file_again_is_told(desk, people):
    import_ = imported(desk, people)
    again = sent(desk, name="same.csv")
    assert again.dry_run["already"] == import_.pk
    assert imported(desk, again) == import_


def test_a_bar_goes_on_until_the_import_has_ended(desk, people):
    answer = desk.post(f"/imports/files/{people.pk}/import/")
    page = text(desk, answer["Location"])
    assert "<progress" in page
    assert 'hx-trigger="every 1s"' in page
    again = desk.get(answer["Location"], headers={"HX-Request": "true"})
    assert b"<progress" in again.content
    assert b"<html" not in again.content
    work_off()
    ended = desk.get(answer["Location"], headers={"HX-Request": "true"})
    assert ended["HX-Retarget"] == "#import"
    assert b"<progress" not in ended.content
    assert b"2 created" in ended.content


def test_an_import_that_stops_says_why_and_can_go_on(desk, people, monkeypatch):
    answer = desk.post(f"/imports/files/{people.pk}/import/")
    kept = path_of(people).read_bytes()
    path_of(people).unlink()
    work_off()
    import_ = Import.objects.get()
    assert "clients.csv" in import_.trouble
    assert "clients.csv" in text(desk, answer["Location"])
    path_of(people).write_bytes(kept)
    desk.post(f"/imports/{import_.pk}/going-on/")
    work_off()
    import_.refresh_from_db()
    assert (import_.trouble, import_.created) == ("", 2)


def test_a_file_can_be_taken_away_again(desk, people):
    desk.post(f"/imports/files/{people.pk}/removal/")
    assert not Upload.objects.exists()
    assert list(uploads().iterdir()) == []


def test_what_is_no_table_is_refused_and_not_kept(desk):
    answer = send(desk, b"%PDF-1.4 not a table", "clients.csv")
    assert answer.status_code == 400
    assert "clients.csv" in answer.content.decode()
    assert not Upload.objects.exists()
    assert list(uploads().iterdir()) == []


def test_a_file_that_is_too_large_is_refused_with_the_limit(desk, settings):
    settings.LARGEST_UPLOAD = 1
    answer = send(desk, b"a,b\n" + b"x" * 1_200_000)
    assert answer.status_code == 413
    assert "1 MB" in answer.content.decode()
    assert list(uploads().iterdir()) == []


def test_no_file_is_asked_for(desk):
    assert desk.post("/imports/new/").status_code == 400


def test_the_list_tells_who_brought_what(desk, people):
    assert "clients.csv" in text(desk, "/imports/"), "a file that waits"
    import_ = imported(desk, people)
    page = text(desk, "/imports/")
    assert "Bo Selin" in page or "bo" in page
    assert f"/imports/{import_.pk}/" in page
    assert "2 created" in page


def test_an_empty_list_says_what_to_do(desk):
    assert "Nothing has been imported yet" in text(desk, "/imports/")


CHANGING = ("new/", "files/{upload}/", "files/{upload}/answer/", "files/{upload}/import/", "files/{upload}/removal/")
LATER = ("{import_}/undoing/", "{import_}/going-on/")


@pytest.mark.parametrize("path", CHANGING + LATER)
def test_only_who_may_change_customers_imports(client, desk, people, path):
    import_ = imported(desk, sent(desk, PEOPLE.replace("C1", "C5"), "other.csv"))
    place = "/imports/" + path.format(upload=people.pk, import_=import_.pk)
    stranger = Client()
    before = (Upload.objects.count(), Import.objects.count(), Customer.objects.count())
    assert stranger.post(place, {"file": io.BytesIO(b"a,b\n1,2\n")})["Location"].startswith("/account/login/")
    for somebody in (factories.cy(), factories.di()):
        stranger.force_login(somebody)
        assert stranger.post(place, {"file": io.BytesIO(b"a,b\n1,2\n")}).status_code == 403
    assert (Upload.objects.count(), Import.objects.count(), Customer.objects.count()) == before
    import_.refresh_from_db()
    assert import_.undone_at is None


def test_a_forged_form_is_refused(desk):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = desk.cookies
    assert send(strict).status_code == 403
    assert list(uploads().iterdir()) == []
    assert not Upload.objects.exists()


def test_who_only_reads_sees_imports_and_no_buttons(desk, people):
    import_ = imported(desk, people)
    reader = Client()
    reader.force_login(factories.di())
    for path in ("/imports/", f"/imports/{import_.pk}/", f"/imports/{import_.pk}/rejections/"):
        assert reader.get(path).status_code == 200
    assert "undoing" not in text(reader, f"/imports/{import_.pk}/")
    stranger = Client()
    stranger.force_login(factories.cy())
    assert stranger.get("/imports/").status_code == 403


def workbook() -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    for name, people in (("Janvier", ["C1", "Ada"]), ("Février", ["C2", "Bo"])):
        sheet = book.create_sheet(name)
        for row in (["Clients"], [], ["Code client", "Nom complet"], people):
            sheet.append(row)
    book.create_sheet("Aide").append(["Clé", "Valeur"])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_how_a_workbook_was_read_is_said_and_can_be_chosen(desk):
    upload = sent(desk, workbook(), "clients.xlsx")
    page = text(desk, f"/imports/files/{upload.pk}/")
    assert "Sheets read together: Janvier (1 row), Février (1 row)" in page
    assert "Aide (0 rows)" in page
    assert "Line with the headings (0: none)” under" in page
    assert "--sheet" not in page
    assert upload.dry_run["created"] == 2
    desk.post(f"/imports/files/{upload.pk}/", {"kind": "customers", "sheet": "Février", "heading_line": "3"})
    work_off()
    upload.refresh_from_db()
    assert (upload.dry_run["state"], upload.dry_run["created"], upload.about["rows"]) == ("done", 1, 1)
    assert '<option value="Février" selected>' in text(desk, f"/imports/files/{upload.pk}/")
    imported(desk, upload)
    assert Customer.objects.get().name == "Bo"


def test_a_choice_that_cannot_be_read_is_refused_with_its_field(desk, people):
    desk.post(f"/imports/files/{people.pk}/", {"kind": "customers", "widths": "six"})
    work_off()
    people.refresh_from_db()
    assert people.dry_run["state"] == "refused"
    assert "six" in text(desk, f"/imports/files/{people.pk}/")


def test_a_mended_file_is_imported_as_it_was_checked(desk):
    lines = [
        line.encode() for line in PEOPLE.replace("Bo Selin", "Zoé").replace("Ada", "Éloïse").splitlines(keepends=True)
    ]
    lines[3] = "C3;Noël Noir;;\n".encode("cp1252")
    upload = sent(desk, b"".join(lines))
    assert "Noël Noir" in text(desk, f"/imports/files/{upload.pk}/")
    assert upload.dry_run["mapping"]["encoding"] == "utf-8-sig+cp1252"
    import_ = imported(desk, upload)
    assert import_.finished_at
    assert set(Customer.objects.values_list("name", flat=True)) == {"Éloïse Roux", "Noël Noir"}
