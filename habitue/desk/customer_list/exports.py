"""Export of the list, or of its ticked lines, as a CSV or XLSX file."""

from __future__ import annotations

from django.http import Http404, QueryDict, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import get_language, pgettext
from django.views.decorators.http import require_POST

from habitue.customers import list_columns
from habitue.desk.customer_list.bulk import picked
from habitue.desk.customer_list.chosen_columns import chosen
from habitue.desk.shell.access import DeskRequest, may_export
from habitue.events.journal import begin
from habitue.reading.customer_list import exporting
from habitue.reading.customer_list.filters import Filters


@require_POST
@may_export
def exports(request: DeskRequest) -> StreamingHttpResponse:
    """The file to download, with reference, name and the chosen columns, of the ticked customers or else the whole
    list.
    """
    format_ = request.POST.get("format", "")
    if format_ not in exporting.FORMATS:
        raise Http404
    columns = [one for one in chosen(request.user, list_columns.by_code()) if one.code != "reference"]
    customers = picked(request, otherwise="all")
    filters = Filters.read(QueryDict(request.POST.get("found", "")), request.user)
    data = {
        "segment": filters.segment.pk if filters.segment else None,
        "found": filters.given,
        "format": format_,
        "customers": customers.count(),
        "columns": [column.code for column in columns],
    }
    begin("customers.exported", by=request.user, **data)
    pieces, media_type = exporting.file_of(format_, customers, columns, get_language() or "en")
    response = StreamingHttpResponse(pieces, content_type=media_type)
    name = f"{pgettext('file name', 'customers')}-{timezone.localdate():%Y-%m-%d}.{format_}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
