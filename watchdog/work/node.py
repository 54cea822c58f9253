"""What a worker says of the machine that it runs on: its clock, its disk, its mirrors of git."""

import logging
import os
import shutil
import socket
import time
from dataclasses import replace
from datetime import UTC, datetime

from watchdog.core.self_trouble import NodeReport
from watchdog.errors import StoreError
from watchdog.work.tools import Tools

REPORT_EVERY_S = 30.0

logger = logging.getLogger(__name__)


class Reporter:
    """Reports for one worker process; what the reports mean is the self-check's."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._node = socket.gethostname()
        self._again_at = 0.0

    def report(self) -> None:
        """Report, unless that was done less than REPORT_EVERY_S ago."""
        if time.monotonic() < self._again_at:
            return
        self._again_at = time.monotonic() + REPORT_EVERY_S
        try:
            report = node_report(self._tools, self._node)
            self._tools.self_conditions.report(f"{self._node}:{os.getpid()}", report)
        except StoreError as error:
            logger.warning("Could not report about this machine: %s", error)


def node_report(tools: Tools, node: str) -> NodeReport:
    """Say how things stand on this machine; raises StoreError."""
    asked = datetime.now(UTC)
    now = tools.records.now()
    # The store answered at some time between: the difference is never made too large.
    ahead = min(asked - now, datetime.now(UTC) - now, key=abs)
    report = NodeReport(node, now, ahead, None, None, tools.mirrors.failing(now))
    try:
        disk = shutil.disk_usage(tools.data)
    except OSError as error:
        logger.warning("The space left for the data folder is not known: %s", error.strerror)
        return report
    return replace(report, disk_free=disk.free, disk_total=disk.total)
