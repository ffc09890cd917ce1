from django.urls import path

from habitue.desk.settings import views

urlpatterns = [
    path("settings/", views.settings, name="settings"),
    path("settings/fields/", views.new_field, name="new_field"),
    path("settings/fields/<int:pk>/", views.field, name="field"),
    path("settings/fields/<int:pk>/order/", views.field_order, name="field_order"),
    path("settings/fields/<int:pk>/removal/", views.field_removal, name="field_removal"),
    path("settings/tags/<int:pk>/", views.tag, name="tag"),
    path("settings/tags/<int:pk>/removal/", views.tag_removal, name="tag_removal_everywhere"),
    path("settings/competitors/<int:pk>/", views.competitor, name="competitor"),
    path("settings/competitors/<int:pk>/removal/", views.competitor_removal, name="competitor_removal"),
]
