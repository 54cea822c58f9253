"""Signing what is posted, by Standard Webhooks 1.0.0 (github.com/standard-webhooks): `v1` alone.

The id, the time of the attempt and the body's very bytes are signed together, so that nobody can
alter one of them, nor send a message again later. With several secrets there is one signature each:
a receiver goes on with the old one until it has the new one.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

from watchdog.errors import ConfigurationError

PREFIX = "whsec_"
SECRET_MIN_BYTES, SECRET_MAX_BYTES = 24, 64  # the specification, "Signature scheme"


def parse_secrets(variable: str, text: str) -> tuple[bytes, ...]:
    """Read secrets, several with commas; raises ConfigurationError, which never shows them."""
    secrets = tuple(_secret(part.strip()) for part in text.split(",") if part.strip())
    if not secrets or not all(secrets):
        raise ConfigurationError(
            f"{variable} is not {PREFIX} and {SECRET_MIN_BYTES} to {SECRET_MAX_BYTES} bytes in "
            f'base64; make one with: echo "{PREFIX}$(openssl rand -base64 32)"'
        )
    return secrets


def signed(
    message_id: str, content: bytes, secrets: Sequence[bytes], at: datetime
) -> tuple[tuple[str, str], ...]:
    """Return the headers of an attempt at this time; without a secret, all but the signature."""
    seconds = f"{int(at.timestamp())}"
    # The specification wants no dot in the id, lest the parts could be read otherwise.
    parts = (message_id.replace(".", "_"), seconds)
    named = (("webhook-id", parts[0]), ("webhook-timestamp", parts[1]))
    if not secrets:
        return named
    text = b".".join((*(part.encode() for part in parts), content))
    digests = (hmac.new(secret, text, hashlib.sha256).digest() for secret in secrets)
    signatures = " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)
    return (*named, ("webhook-signature", signatures))


def _secret(text: str) -> bytes:
    """Decode one secret; nothing where it is none."""
    encoded = text.removeprefix(PREFIX)
    try:
        secret = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""
    fits = SECRET_MIN_BYTES <= len(secret) <= SECRET_MAX_BYTES
    return secret if text.startswith(PREFIX) and fits else b""
