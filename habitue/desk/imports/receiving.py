"""Receive an uploaded file: it is written to its place while it arrives, not kept in memory and not written twice."""

from __future__ import annotations

import errno
import shutil
import uuid
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest
from django.utils.translation import gettext as _

from habitue.imports.uploading import uploads
from habitue.kernel import formats
from habitue.kernel.errors import HabitueError

MEGABYTE = 1_000_000
LONGEST_NAME = 200  # bytes
SLACK = 100_000  # bytes of a request beside its file


class Streamed(FileUploadHandler):
    """Django upload handler that writes one file to a folder of its own in `uploads()`."""

    def __init__(self, request: HttpRequest):
        super().__init__(request)
        self.path: Path | None = None
        self.file: Any = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.discard()
        folder = uploads() / uuid.uuid4().hex
        folder.mkdir(mode=0o700)
        name = (self.file_name or "file").encode()[-LONGEST_NAME:].decode("utf-8", "ignore")
        self.path = folder / name
        self.file = self.path.open("wb")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        try:
            self.file.write(raw_data)
        except OSError as error:
            self.discard()
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise HabitueError(_("There is no room left on the disk for this file."), status=507) from None
            raise
        if start + len(raw_data) > largest():
            self.discard()
            raise StopUpload(connection_reset=True)

    def file_complete(self, file_size: int) -> Any:
        self.file.close()
        return UploadedFile(cast(Any, self.file), self.file_name, self.content_type, file_size)

    def upload_interrupted(self) -> None:
        self.discard()

    def discard(self) -> None:
        if self.path:
            self.file.close()
            shutil.rmtree(self.path.parent, ignore_errors=True)
            self.path = None


def largest() -> int:
    return int(settings.LARGEST_UPLOAD) * MEGABYTE


def expect(request: HttpRequest) -> Streamed:
    """Install the upload handler; call it before anything reads the request.

    A request whose declared length is too large is refused (HabitueError) before it is read.
    """
    handler = Streamed(request)
    if int(request.META.get("CONTENT_LENGTH") or 0) > largest() + SLACK:
        raise too_large()
    request.upload_handlers = [handler]
    return handler


def received(request: HttpRequest, handler: Streamed) -> Path:
    """The path of the received file; HabitueError where there is none or it was too large."""
    if "file" in request.FILES and handler.path:
        return handler.path
    if int(request.META.get("CONTENT_LENGTH") or 0) > largest():
        raise too_large()
    raise HabitueError(_("Choose a file first."))


def too_large() -> HabitueError:
    message = _(
        "The file is larger than %(count)s MB, the most that can be sent here. Split it, or import it on the server "
        "with “habitue import”."
    )
    return HabitueError(message % {"count": formats.number(int(settings.LARGEST_UPLOAD))}, status=413)
