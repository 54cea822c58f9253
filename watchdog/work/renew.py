"""The chore that tells each Alertmanager again what is open: it forgets all alerts when it ends.

It asks for that every few minutes (docs/alerts_api.md there), and for ends to be told again for a
while. What was told stands in the store, as the channel remembers it.
"""

import logging

from watchdog.errors import RemoteError
from watchdog.notify.alertmanager import AlertmanagerChannel
from watchdog.store.due import Claim
from watchdog.work.tools import Tools

CHORE = "renew-alerts"
EVERY_MS = 120_000

logger = logging.getLogger(__name__)


def renew_alerts(tools: Tools, claim: Claim) -> None:
    """Post what is open once more; raises StaleLeaseError and StoreError."""
    told = [each for each in tools.channels.values() if isinstance(each, AlertmanagerChannel)]
    if not told:
        tools.chores.drop(claim)
        return
    for channel in told:
        remembered = tools.threads.all_of(channel.name)
        try:
            channel.renew(remembered)
        except RemoteError as error:
            logger.warning("Could not tell %s again what is open: %s", channel.name, error)
    tools.chores.complete(claim, next_in_ms=EVERY_MS)
