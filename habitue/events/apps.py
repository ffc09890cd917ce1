from django.apps import AppConfig


class Events(AppConfig):
    name = "habitue.events"

    def ready(self) -> None:
        from django.core import checks

        from habitue.events.kinds import check_kinds
        from habitue.events.subjects import check_subjects

        checks.register(check_kinds)
        checks.register(check_subjects)
