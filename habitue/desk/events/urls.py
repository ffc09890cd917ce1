from django.urls import path

from habitue.desk.events import undoing, views

urlpatterns = [
    path("customers/<int:pk>/events/<int:event>/", views.event, name="event"),
    path("events/<int:pk>/undoing/", undoing.undoing, name="undoing"),
]
