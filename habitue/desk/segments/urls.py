from django.urls import path

from habitue.desk.segments import views

urlpatterns = [
    path("segments/", views.segments, name="segments"),
    path("segments/new/", views.new_segment, name="new_segment"),
    path("segments/draft/", views.draft, name="segment_draft"),
    path("segments/suggestions/", views.suggestions, name="segment_suggestions"),
    path("segments/<int:pk>/", views.segment, name="segment"),
    path("segments/<int:pk>/copies/", views.copies, name="segment_copies"),
    path("segments/<int:pk>/removal/", views.removal, name="segment_removal"),
]
