"""Keeping urllib3's log silent during an exchange: it names the address, which may be a secret."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_LOGGERS = ("urllib3.connection", "urllib3.connectionpool", "urllib3.util.retry")
_silent = ContextVar("silent", default=False)


@contextmanager
def quiet() -> Iterator[None]:
    """Drop what urllib3 logs in this thread within the block, and only there."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_passes)  # does nothing the second time
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)


def _passes(_record: logging.LogRecord) -> bool:
    return not _silent.get()
