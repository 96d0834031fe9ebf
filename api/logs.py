"""Structured logs: one JSON line each, route templates instead of paths, no words about people."""

import logging
import sys
from contextlib import suppress
from typing import TextIO, cast

import structlog


class LossyLines:
    """A stream that loses what it cannot write.

    On a full disk the log fails first, and a line that cannot be kept must not turn an answer into
    an error.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> None:
        """Write *text* if that is possible."""
        with suppress(OSError):
            self.stream.write(text)

    def flush(self) -> None:
        """Flush if that is possible."""
        with suppress(OSError):
            self.stream.flush()


def set_up_logs(level: int = logging.INFO) -> None:
    """Send our own lines and those of the libraries to standard error, as JSON."""
    stream = cast(TextIO, LossyLines(sys.stderr))
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    lines = logging.StreamHandler(stream)
    lines.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                _without_traceback,
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    logging.basicConfig(level=level, handlers=[lines], force=True)


def _without_traceback(
    _: structlog.typing.WrappedLogger, __: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """A library's traceback ends with what it choked on, which may be somebody's words."""
    error = event.pop("exc_info", None)
    if error:
        event["error"] = error[0].__qualname__ if isinstance(error, tuple) else "unknown"
    return event
