from django.apps import AppConfig


class Segments(AppConfig):
    name = "habitue.segments"

    def ready(self) -> None:
        from habitue.events import journal
        from habitue.segments import counting, customer_conditions

        customer_conditions.declare_own()
        if counting.follow not in journal.LISTENERS:
            journal.LISTENERS.append(counting.follow)
