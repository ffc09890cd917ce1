from django.apps import AppConfig


class Segments(AppConfig):
    name = "habitue.segments"

    def ready(self) -> None:
        from habitue.events.listeners import after_event, listen
        from habitue.segments import counting, customer_conditions
        from habitue.segments.events import declare_kinds

        declare_kinds()
        customer_conditions.declare_own()
        listen(after_event, counting.follow)
