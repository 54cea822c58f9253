"""A web process for a test: `python -m tests.web.served LISTEN STORE_URL POLICY_FILE`."""

import logging
import sys
from pathlib import Path

from tests.web import seed
from tests.web.conftest import SECRET
from watchdog.policy_file import read_policy
from watchdog.store.connection import connect
from watchdog.web.app import create_app
from watchdog.web.server import serve


def main(listen, store_url, policy_file):
    logging.basicConfig(level=logging.INFO)
    serve(
        lambda policy: create_app(
            look_every=seed.LOOK_EVERY,
            policy=lambda: policy,
            client=connect(store_url),
            hook_secrets=(SECRET,),
        ),
        lambda: read_policy(Path(policy_file)),
        listen=listen,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
