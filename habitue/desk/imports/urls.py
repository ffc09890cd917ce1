from django.urls import path

from habitue.desk.imports import uploads, views

urlpatterns = [
    path("imports/", views.imports, name="imports"),
    path("imports/formats/", views.profiles, name="import_profiles"),
    path("imports/new/", uploads.new_import, name="new_import"),
    path("imports/files/<int:pk>/", uploads.upload, name="upload"),
    path("imports/files/<int:pk>/findings/", uploads.findings, name="upload_findings"),
    path("imports/files/<int:pk>/check/", uploads.checking, name="upload_check"),
    path("imports/files/<int:pk>/answer/", uploads.answer, name="upload_answer"),
    path("imports/files/<int:pk>/import/", uploads.importing, name="upload_import"),
    path("imports/files/<int:pk>/removal/", uploads.removal, name="upload_removal"),
    path("imports/<int:pk>/", views.import_, name="import"),
    path("imports/<int:pk>/rejections/", views.rejections, name="import_rejections"),
    path("imports/<int:pk>/undoing/", views.undoing_, name="import_undoing"),
    path("imports/<int:pk>/going-on/", views.resumption, name="import_resumption"),
]
