"""The worst that may be read, in a process of its own: `python -m tests.hostile.measured CASE`.

Prints by how many bytes its memory grew at the most. Linux only: `ru_maxrss` begins with the
parent's, /proc/self/clear_refs begins anew.
"""

import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from watchdog.core.artifact import parse_referrers
from watchdog.core.document import PARTS_MAX
from watchdog.core.oci import (
    CONFIG_MAX_BYTES,
    MANIFEST_MAX_BYTES,
    OCI_INDEX,
    parse_config,
    parse_manifest,
)
from watchdog.demo.images import AMD64, Platform, build_image, build_index
from watchdog.demo.registry import RegistrySimulator
from watchdog.errors import MalformedError, WatchdogError
from watchdog.registry.client import RegistryClient
from watchdog.registry.credentials import Credentials
from watchdog.registry.exchange import HostSettings
from watchdog.registry.transport import Transport

PLATFORMS = 16


def filled(part, most):
    """A JSON document of at most so many bytes that holds as many of a part as go in."""
    count = (most - 20) // (len(part) + 1)
    return b'{"manifests":[' + (part + b",") * (count - 1) + part + b"]}"


def many_keys(most):
    written = bytearray(b'{"a":{')
    for number in range(most // 10):
        written += b'"%x":0,' % number
    return bytes(written) + b'"x":0}}'


INDEX = partial(parse_manifest, media_type=OCI_INDEX)
DOCUMENTS = {
    "lists": (INDEX, partial(filled, b"[[[[[]]]]]", MANIFEST_MAX_BYTES)),
    "objects": (INDEX, partial(filled, b'{"":0}', MANIFEST_MAX_BYTES)),
    "texts": (parse_referrers, partial(filled, b'"ab"', MANIFEST_MAX_BYTES)),
    "keys": (INDEX, partial(many_keys, MANIFEST_MAX_BYTES)),
    "depth": (INDEX, lambda: b'{"a":' * (MANIFEST_MAX_BYTES // 5)),
    "as-many-lists-as-are-read": (INDEX, partial(filled, b"[[[[[]]]]]", PARTS_MAX * 11 // 6 - 99)),
    "as-many-keys-as-are-read": (INDEX, partial(many_keys, (PARTS_MAX - 9) * 10)),
    "config": (parse_config, partial(many_keys, CONFIG_MAX_BYTES)),
}


def peak_bytes():
    """The most memory that was held since the last `begin_anew`."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def begin_anew():
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return peak_bytes()


def read(parse, body):
    try:
        parse(body)
    except MalformedError:
        print("malformed", file=sys.stderr)  # noqa: T201  (a program's output)


def largest_image():
    """An index of sixteen platforms, each with a config as large as one may be."""
    label = "x" * (CONFIG_MAX_BYTES - 1000)
    created = datetime(2026, 5, 18, tzinfo=UTC)
    return build_index(
        [
            build_image(
                {"label": label},
                created=created,
                layers=[b"%d" % n],
                platform=Platform("linux", f"{AMD64.architecture}{n}"),
            )
            for n in range(PLATFORMS)
        ]
    )


def look_at_the_largest_image():
    """Read it over HTTP, as a look does."""
    with RegistrySimulator() as registry:
        tag = registry.tag("acme/app")
        registry.push(largest_image(), tag)
        client = RegistryClient(
            Transport({registry.host: HostSettings(plain_http=True)}), Credentials()
        )
        try:
            if len(client.observe(tag).images) != PLATFORMS:
                raise WatchdogError("not all of it was read")
        finally:
            client.close()


def main(case):
    before = begin_anew()
    if case == "image":
        look_at_the_largest_image()
    else:
        parse, written = DOCUMENTS[case]
        read(parse, written())
    print(peak_bytes() - before)  # noqa: T201  (a program's output)


if __name__ == "__main__":
    main(*sys.argv[1:])
