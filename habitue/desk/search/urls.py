from django.urls import path

from habitue.desk.search import views

urlpatterns = [
    path("search/", views.search, name="search"),
]
