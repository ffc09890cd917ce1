from django.apps import AppConfig


class Portraits(AppConfig):
    name = "habitue.portraits"

    def ready(self) -> None:
        from habitue.events.listeners import after_event, listen
        from habitue.portraits import freshness, refreshing_one
        from habitue.portraits.conditions import declare_portraits
        from habitue.portraits.events import declare_kinds

        declare_kinds()
        declare_portraits()
        listen(after_event, refreshing_one.follow)
        listen(after_event, freshness.follow)
