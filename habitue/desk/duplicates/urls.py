from django.urls import path

from habitue.desk.duplicates import views

urlpatterns = [
    path("customers/<int:pk>/merges/", views.merges, name="merges"),
    path("duplicates/", views.duplicates, name="duplicates"),
    path("duplicates/<int:pk>/", views.duplicate, name="duplicate"),
    path("duplicates/<int:pk>/separation/", views.separation, name="separation"),
    path("duplicates/merges/", views.merges_of_pairs, name="merges_of_pairs"),
    path("duplicates/merges/preview/", views.preview, name="duplicates_preview"),
    path("duplicates/resembling/", views.resembling, name="resembling"),
]
