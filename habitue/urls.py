"""Every address of the desk. Accounts are made by `habitue user`, so allauth's pages for strangers are closed."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from django.views.i18n import set_language

from habitue.desk import (
    base,
    bulk,
    comparisons,
    contacts,
    customers,
    duplicates,
    events,
    exports,
    imports,
    profile,
    relations,
    search,
    segments,
    settings_page,
    tags,
    undoing,
    uploads,
    values,
    window,
)


@login_not_required
def closed(request: HttpRequest, _page: str) -> HttpResponse:
    raise Http404


urlpatterns = [
    path("", RedirectView.as_view(pattern_name="customers")),
    path("customers/", customers.customers, name="customers"),
    path("customers/<int:pk>/", window.window, name="customer"),
    path("customers/<int:pk>/orders/<int:order>/", window.order, name="order"),
    path("customers/columns/", customers.columns, name="columns"),
    path("customers/changes/", bulk.bulk, name="bulk"),
    path("customers/changes/<int:pk>/", bulk.done, name="bulk_done"),
    path("customers/changes/<int:pk>/undoing/", bulk.undoing, name="bulk_undoing"),
    path("customers/exports/", exports.exports, name="exports"),
    path("segments/", segments.segments, name="segments"),
    path("segments/new/", segments.new_segment, name="new_segment"),
    path("segments/draft/", segments.draft, name="segment_draft"),
    path("segments/suggestions/", segments.suggestions, name="segment_suggestions"),
    path("segments/<int:pk>/", segments.segment, name="segment"),
    path("segments/<int:pk>/copies/", segments.copies, name="segment_copies"),
    path("segments/<int:pk>/removal/", segments.removal, name="segment_removal"),
    path("segments/removals/<int:pk>/undoing/", segments.return_of, name="segment_return"),
    path("customers/<int:pk>/merges/", duplicates.merges, name="merges"),
    path("duplicates/", duplicates.duplicates, name="duplicates"),
    path("duplicates/<int:pk>/", duplicates.duplicate, name="duplicate"),
    path("duplicates/<int:pk>/separation/", duplicates.separation, name="separation"),
    path("duplicates/merges/", duplicates.merges_of_pairs, name="merges_of_pairs"),
    path("duplicates/merges/preview/", duplicates.preview, name="duplicates_preview"),
    path("duplicates/resembling/", duplicates.resembling, name="resembling"),
    path("customers/new/", profile.new, name="new_customer"),
    path("customers/suggestions/", relations.suggestions, name="suggestions"),
    path("customers/<int:pk>/profile/", profile.profile, name="profile"),
    path("customers/<int:pk>/contacts/", contacts.contacts, name="contacts"),
    path("customers/<int:pk>/contacts/<int:point>/", contacts.contact, name="contact"),
    path("customers/<int:pk>/contacts/<int:point>/end/", contacts.contact_end, name="contact_end"),
    path("customers/<int:pk>/contacts/<int:point>/removal/", contacts.contact_removal, name="contact_removal"),
    path("customers/<int:pk>/relations/", relations.relations, name="relations"),
    path("customers/<int:pk>/relations/<int:relation>/", relations.relation, name="relation"),
    path("customers/<int:pk>/relations/<int:relation>/removal/", relations.relation_removal, name="relation_removal"),
    path("customers/<int:pk>/tags/", tags.tags, name="tags"),
    path("customers/<int:pk>/tags/<int:tagging_pk>/removal/", tags.tag_removal, name="tag_removal"),
    path("customers/<int:pk>/fields/", values.values, name="values"),
    path("customers/<int:pk>/competitors/", comparisons.comparisons, name="comparisons"),
    path("customers/<int:pk>/competitors/<int:comparison>/", comparisons.comparison, name="comparison"),
    path(
        "customers/<int:pk>/competitors/<int:comparison>/removal/",
        comparisons.comparison_removal,
        name="comparison_removal",
    ),
    path("customers/<int:pk>/events/<int:event>/", events.event, name="event"),
    path("tags/suggestions/", tags.tag_suggestions, name="tag_suggestions"),
    path("competitors/suggestions/", comparisons.competitor_suggestions, name="competitor_suggestions"),
    path("settings/", settings_page.settings, name="settings"),
    path("settings/fields/", settings_page.new_field, name="new_field"),
    path("settings/fields/<int:pk>/", settings_page.field, name="field"),
    path("settings/fields/<int:pk>/order/", settings_page.field_order, name="field_order"),
    path("settings/fields/<int:pk>/removal/", settings_page.field_removal, name="field_removal"),
    path("settings/tags/<int:pk>/", settings_page.tag, name="tag"),
    path("settings/tags/<int:pk>/removal/", settings_page.tag_removal, name="tag_removal_everywhere"),
    path("settings/competitors/<int:pk>/", settings_page.competitor, name="competitor"),
    path("settings/competitors/<int:pk>/removal/", settings_page.competitor_removal, name="competitor_removal"),
    path("events/<int:pk>/undoing/", undoing.undoing, name="undoing"),
    path("base/", base.base, name="base"),
    path("search/", search.search, name="search"),
    path("imports/", imports.imports, name="imports"),
    path("imports/new/", uploads.new_import, name="new_import"),
    path("imports/files/<int:pk>/", uploads.upload, name="upload"),
    path("imports/files/<int:pk>/findings/", uploads.findings, name="upload_findings"),
    path("imports/files/<int:pk>/import/", uploads.importing, name="upload_import"),
    path("imports/files/<int:pk>/removal/", uploads.removal, name="upload_removal"),
    path("imports/<int:pk>/", imports.import_, name="import"),
    path("imports/<int:pk>/rejections/", imports.rejections, name="import_rejections"),
    path("imports/<int:pk>/undoing/", imports.undoing_, name="import_undoing"),
    path("imports/<int:pk>/going-on/", imports.going_on, name="import_going_on"),
    re_path(r"^account/(?!(login|logout|inactive|password/change)/)", closed),
    path("account/", include("allauth.account.urls")),
    path("i18n/setlang/", login_not_required(set_language), name="set_language"),
]

handler403 = "habitue.desk.errors.forbidden"
