"""Pages of imports: all of them, one with its result, its rejections, and its undo."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, cast

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from habitue.desk.imports import wording
from habitue.desk.shell.access import DeskRequest, may_import, may_look
from habitue.imports import progress, rejecting, undoing, uploading
from habitue.imports.files.controls import at_the_desk
from habitue.imports.models import Import, Upload
from habitue.imports.profiles.listing import listed

PAGE = 50
SHOWN = 100  # rejections; the file has all


@may_look
def imports(request: DeskRequest) -> HttpResponse:
    """The list of imports, newest first, after the uploads that are not imported yet."""
    before = request.GET.get("before", "")
    queryset = Import.objects.select_related("by", "event__undone_by").order_by("-pk")
    if before.isdecimal() and len(before) < 19:
        queryset = queryset.filter(pk__lt=int(before))
    rows = list(queryset[: PAGE + 1])
    following = rows[PAGE - 1].pk if len(rows) > PAGE else None
    waiting = Upload.objects.filter(became=None).select_related("by").order_by("-pk")[:PAGE] if not before else []
    context = {"imports": [wording.summary(row) for row in rows[:PAGE]], "following": following, "waiting": waiting}
    return render(request, "imports/page.html", context)


@may_look
def profiles(request: DeskRequest) -> HttpResponse:
    """The formats that files are known by."""
    return render(request, "imports/profiles.html", {"profiles": listed()})


@may_look
def import_(request: DeskRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Import.objects.select_related("by", "event__undone_by"), pk=pk)
    summary = wording.summary(row)
    if request.htmx:
        part = "progress" if summary["running"] else "whole"
        response = render(request, f"imports/import.html#{part}", _context(row, summary))
        if part == "whole":
            response["HX-Retarget"], response["HX-Reswap"] = "#import", "outerHTML"
        return response
    return render(request, "imports/import.html", _context(row, summary))


def _context(row: Import, summary: dict[str, Any]) -> dict[str, Any]:
    return {
        "import": row,
        "summary": summary,
        "rejections": wording.rejections(row, SHOWN),
        "mapping": wording.mapping(row),
    }


@may_look
def rejections(request: DeskRequest, pk: int) -> HttpResponse:
    """Download the rejected rows as a file to correct; written to disk first, as it can be large."""
    row = get_object_or_404(Import, pk=pk)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rejected.csv"
        with at_the_desk():
            if not rejecting.write(row, path):
                raise Http404
        name = f"{Path(row.file_name).stem}.rejected.csv"
        # The open file outlives its name.
        file = FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type="text/csv; charset=utf-8")
        return cast(HttpResponse, file)


@may_import
def undoing_(request: DeskRequest, pk: int) -> HttpResponse:
    """A page with what an undo would restore and keep; by POST, the undo is queued."""
    row = get_object_or_404(Import.objects.select_related("event"), pk=pk)
    if request.method != "POST":
        if progress.state_of(row) in ("undone", "undoing"):
            return redirect("import", pk)
        return render(request, "imports/undoing.html", wording.undo(row, undoing.preview(row)))
    uploading.ask_undo(row, request.user)
    return redirect("import", pk)


@may_import
@require_POST
def resumption(request: DeskRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Import, pk=pk, finished_at=None, undone_at=None)
    uploading.resume(row)
    messages.success(request, _("The import goes on."))
    return redirect("import", pk)
