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
