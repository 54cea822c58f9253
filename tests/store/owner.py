"""Another process that owns an embedded store until it is killed; run by test_embedded.py.

`owner.py FOLDER BINARY`
"""

import sys
import time
from pathlib import Path

from watchdog.store.connection import connect
from watchdog.store.embedded import EmbeddedStore

store = EmbeddedStore(Path(sys.argv[1]), binary=Path(sys.argv[2]))
store.start()
connect(store.url).set("written by", "the owner")
print("ready", flush=True)  # noqa: T201  # the parent waits for this line
time.sleep(600)
