"""One line per log record on the terminal, with people's data struck out."""

from __future__ import annotations

import logging
import re

PHONE = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")
CREDENTIAL = re.compile(r"(?i)(access_token|app_secret|secret|password|session|sign)([\"']?\s*[=:]\s*[\"']?)[^\s\"'&,;]+")


def redact(text: str) -> str:
    return CREDENTIAL.sub(r"\1\2***", PHONE.sub(r"\1****\2", text))


class LineFormatter(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))
