from django.apps import AppConfig


class Queue(AppConfig):
    name = "habitue.queue"
