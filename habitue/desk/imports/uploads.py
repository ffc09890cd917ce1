"""Views of a file before it is imported: upload, mapping of columns, dry run, start of the import."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST, require_safe

from habitue.customers.models import Customer
from habitue.desk.imports import choosing, mapping_form, questions, receiving, wording
from habitue.desk.shell.access import DeskRequest, may_import
from habitue.imports import uploading
from habitue.imports.kind import KINDS, kind_named
from habitue.imports.mappings import saved_mappings
from habitue.imports.models import Import, Upload


@csrf_exempt  # checked below, once the file has a place to go to
@may_import
def new_import(request: DeskRequest) -> HttpResponse:
    if request.method != "POST":
        corrects = Import.objects.filter(pk=_number(request.GET.get("corrects", ""))).first()
        context = {"kinds": _kinds(), "megabytes": receiving.largest() // receiving.MEGABYTE, "corrects": corrects}
        return render(request, "imports/new.html", context)
    handler = receiving.expect(request)
    return _receive(request, handler)


@csrf_protect
def _receive(request: DeskRequest, handler: receiving.Streamed) -> HttpResponse:
    path = receiving.received(request, handler)
    corrects = Import.objects.filter(pk=_number(request.POST.get("corrects", ""))).first()
    kind = request.POST.get("kind", "")
    upload = uploading.receive(path, request.user, kind=kind if kind in KINDS else "", corrects=corrects)
    return redirect("upload", upload.pk)


@may_import
def upload(request: DeskRequest, pk: int) -> HttpResponse:
    """The page of an uploaded file: its mapping and the result of the dry run. Each change of the form starts a new
    one.
    """
    row = get_object_or_404(Upload, pk=pk)
    if row.became_id:
        return redirect("import", row.became_id)
    if request.method == "POST" and row.about:
        uploading.choose(row, *mapping_form.read(row, request.POST))
        if not request.htmx:
            return redirect("upload", pk)
    template = "imports/upload.html#file" if request.htmx else "imports/upload.html"
    return render(request, template, _context(row))


@may_import
@require_POST
def answer(request: DeskRequest, pk: int) -> HttpResponse:
    """Take the answer to a question about the file; the mapping follows it, and the file is checked again."""
    row = get_object_or_404(Upload, pk=pk, became=None)
    if request.POST.get("again"):
        uploading.ask_again(row)
    else:
        questions.answer(row, request.POST)
    if not request.htmx:
        return redirect("upload", pk)
    return render(request, "imports/upload.html#file", _context(row))


@may_import
@require_safe
def findings(request: DeskRequest, pk: int) -> HttpResponse:
    """A fragment that htmx polls while the dry run goes on; the whole part of the page once it has ended."""
    row = get_object_or_404(Upload, pk=pk)
    if not request.htmx:
        return redirect("upload", pk)
    context = _context(row)
    part = "findings" if context["check"]["running"] and row.about else "file"
    response = render(request, f"imports/upload.html#{part}", context)
    if part == "file":
        response["HX-Retarget"], response["HX-Reswap"] = "#file", "outerHTML"
    return response


@may_import
@require_POST
def checking(request: DeskRequest, pk: int) -> HttpResponse:
    """Check the file once more that was given up."""
    uploading.check_again(get_object_or_404(Upload, pk=pk, became=None))
    return redirect("upload", pk)


@may_import
@require_POST
def importing(request: DeskRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Upload, pk=pk)
    name = request.POST.get("name", "").strip() if request.POST.get("keep") else ""
    import_ = uploading.start(row, request.user, name, request.POST.get("confirms", ""))
    return redirect("import", import_.pk)


@may_import
@require_POST
def removal(request: DeskRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Upload, pk=pk, became=None)
    uploading.drop(row)
    messages.success(request, _("The file is taken away. Nothing was imported."))
    return redirect("imports")


def _context(row: Upload) -> dict[str, Any]:
    context: dict[str, Any] = {"upload": row, "kinds": _kinds(), "check": wording.check(row)}
    if row.about:
        columns = mapping_form.columns(row)
        context |= {
            "kind_label": str(kind_named(row.kind).label) if row.kind else "",
            "used": [column for column in columns if column.fact],
            "left": [column for column in columns if not column.fact],
            "choices": mapping_form.choices(row),
            "preview": mapping_form.preview(row),
            "options": mapping_form.options(row),
            "groups": choosing.groups(row),
            "questions": questions.asked(row),
            "answered": any(code != uploading.BY_HAND for code in row.about.get("answered", {}).values()),
            "customer_kinds": Customer.Kind.choices,
            "kept_name": row.mapped_by if saved_mappings.kind_for(row.about["headings"]) else "",
        }
    return context


def _kinds() -> list[tuple[str, str]]:
    return [(kind.name, str(kind.label)) for kind in KINDS.values()]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0
