from django.urls import path

from habitue.desk.base import views

urlpatterns = [
    path("base/", views.base, name="base"),
]
