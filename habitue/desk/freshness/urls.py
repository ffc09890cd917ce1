from django.urls import path

from habitue.desk.freshness import views

urlpatterns = [
    path("freshness/", views.freshness, name="freshness"),
]
