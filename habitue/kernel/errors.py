class HabitueError(Exception):
    """An error with a message for the reader, in their language: what is wrong and what to do.

    `status` is the HTTP status that a web face answers with; the command line exits with 1.
    """

    def __init__(self, message: str, status: int = 400):
        super().__init__(message)
        self.message = message
        self.status = status

    def __str__(self) -> str:
        return str(self.message)


class InvalidFields(HabitueError):  # noqa: N818 - named after what it holds
    """Invalid values: a message by field name, which a form shows beside the field."""

    def __init__(self, errors: dict[str, str]):
        super().__init__(" ".join(str(error) for error in errors.values()))
        self.errors = errors
