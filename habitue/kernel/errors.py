class HabitueError(Exception):
    """What went wrong and what to do about it, in the reader's language.

    `status` is the HTTP status a face answers with; the command line exits with 1.
    """

    def __init__(self, message: str, status: int = 400):
        super().__init__(message)
        self.message = message
        self.status = status

    def __str__(self) -> str:
        return str(self.message)


class InvalidFields(HabitueError):  # noqa: N818 - named after what it holds
    """What is wrong with which field, by its name: a form shows it beside the field."""

    def __init__(self, errors: dict[str, str]):
        super().__init__(" ".join(str(error) for error in errors.values()))
        self.errors = errors
