"""One line for Nagios: status, text without `|`, performance data.

Source: nagios-plugins.org, "Development Guidelines" (plugin output, performance data).
"""

from watchdog.core.message import plain

TEXT_MAX_CHARS = 1000
_WORDS = ("OK", "WARNING", "CRITICAL", "UNKNOWN")


def nagios_line(status: int, text: str, *, rejected: int = 0, inconclusive: int = 0) -> str:
    """Write the line; what was rejected and what could not be found out is counted."""
    shown = plain(text, TEXT_MAX_CHARS).replace("|", "/")
    performance = f"rejected={rejected};;1;0 inconclusive={inconclusive};;1;0"
    return f"WATCHDOG {_WORDS[status]} - {shown} | {performance}"
