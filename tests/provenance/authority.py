"""A Sigstore instance of the tests' own: a certificate authority, its log, a transparency log.

Written from RFC 6962 (timestamps of certificates, trees), rekor's `dsse` 0.0.1 entries and the
signed-note checkpoints of transparency-dev. Everything is made anew for each run.
"""

import base64
import hashlib
import json
import struct
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SIGNED_AT = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
PAYLOAD_TYPE = "application/vnd.in-toto+json"
BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
ROOT = "application/vnd.dev.sigstore.trustedroot+json;version=0.1"
FULCIO = "1.3.6.1.4.1.57264.1"
SCT_LIST = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
SHA256 = ec.ECDSA(hashes.SHA256())


def new_key():
    return ec.generate_private_key(ec.SECP256R1())


def der(key):
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def key_id(key):
    return hashlib.sha256(der(key)).digest()


def b64(data):
    return base64.b64encode(data).decode()


def compact(document):
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


class Authority:
    """One instance: `root()` is what to trust of it, `bundle()` signs as a workflow would."""

    def __init__(self, name="test"):
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{name} authority")])
        self.ca_key, self.ct_key, self.log_key = new_key(), new_key(), new_key()
        self.purposes = [ExtendedKeyUsageOID.CODE_SIGNING]
        self.ca = self._ca()

    def root(self):
        """The trusted root, as bytes of its JSON form."""
        chain = {"certificates": [{"rawBytes": b64(_der(self.ca))}]}
        return compact(
            {
                "mediaType": ROOT,
                "tlogs": [_log(self.log_key, "https://log.test")],
                "ctlogs": [_log(self.ct_key, "https://ct.test")],
                "certificateAuthorities": [
                    {
                        "subject": {"organization": "test", "commonName": "test"},
                        "uri": "https://ca.test",
                        "certChain": chain,
                        "validFor": {"start": "2026-01-01T00:00:00Z"},
                    }
                ],
                "timestampAuthorities": [],
            }
        )

    def bundle(self, payload, extensions, *, payload_type=PAYLOAD_TYPE, key=None):
        """Sign a payload with a certificate that carries the numbered extensions."""
        key = key or new_key()
        certificate = self._leaf(key, extensions)
        pae = b"DSSEv1 %d %s %d %s" % (
            len(payload_type),
            payload_type.encode(),
            len(payload),
            payload,
        )
        signature = key.sign(pae, SHA256) if isinstance(key, ec.EllipticCurvePrivateKey) else b"x"
        return {
            "mediaType": BUNDLE,
            "verificationMaterial": {
                "certificate": {"rawBytes": b64(_der(certificate))},
                "tlogEntries": [self._entry(payload, signature, certificate)],
            },
            "dsseEnvelope": {
                "payload": b64(payload),
                "payloadType": payload_type,
                "signatures": [{"sig": b64(signature)}],
            },
        }

    def _ca(self):
        builder = _dated(self.name, self.name, self.ca_key, timedelta(days=100))
        usage = _usage(digital_signature=False, key_cert_sign=True)
        return (
            builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(self.ca_key.public_key()), critical=False
            )
            .sign(self.ca_key, hashes.SHA256())
        )

    def _leaf(self, key, extensions):
        """A certificate of ten minutes, entered in the log of certificates."""
        builder = (
            _dated(x509.Name([]), self.name, key, timedelta(minutes=5))
            .add_extension(_usage(digital_signature=True, key_cert_sign=False), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.ca_key.public_key()),
                critical=False,
            )
            .add_extension(
                x509.SubjectAlternativeName([x509.UniformResourceIdentifier("https://ci.test/w")]),
                critical=True,
            )
        )
        if self.purposes:
            builder = builder.add_extension(x509.ExtendedKeyUsage(self.purposes), critical=False)
        for number, text in extensions.items():
            value = text if isinstance(text, bytes) else asn1.encode_der(text)
            builder = _other(builder, x509.ObjectIdentifier(f"{FULCIO}.{number}"), value)
        before = builder.sign(self.ca_key, hashes.SHA256())
        stamps = self._stamps(before.tbs_certificate_bytes)
        return _other(builder, SCT_LIST, stamps).sign(self.ca_key, hashes.SHA256())

    def _stamps(self, tbs):
        """RFC 6962, 3.2 and 3.3: one timestamp of a precertificate, as the extension holds it."""
        millis = int(SIGNED_AT.timestamp() * 1000)
        entry = key_id(self.ca_key) + len(tbs).to_bytes(3, "big") + tbs
        signed = struct.pack("!BBQH", 0, 0, millis, 1) + entry + struct.pack("!H", 0)
        signature = self.ct_key.sign(signed, SHA256)
        stamp = struct.pack("!B32sQHBBH", 0, key_id(self.ct_key), millis, 0, 4, 3, len(signature))
        stamp += signature
        listed = struct.pack("!HH", len(stamp) + 2, len(stamp)) + stamp
        return asn1.encode_der(listed)

    def _entry(self, payload, signature, certificate):
        """An entry that is the second of two in its log, with promise, proof and checkpoint."""
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        spec = {
            "envelopeHash": {"algorithm": "sha256", "value": hashlib.sha256(b"any").hexdigest()},
            "payloadHash": {"algorithm": "sha256", "value": hashlib.sha256(payload).hexdigest()},
            "signatures": [{"signature": b64(signature), "verifier": b64(pem)}],
        }
        body = compact({"apiVersion": "0.0.1", "kind": "dsse", "spec": spec})
        sibling = hashlib.sha256(b"\0another entry").digest()
        root = hashlib.sha256(b"\1" + sibling + hashlib.sha256(b"\0" + body).digest()).digest()
        return {
            "logIndex": "1",
            "logId": {"keyId": b64(key_id(self.log_key))},
            "kindVersion": {"kind": "dsse", "version": "0.0.1"},
            "integratedTime": str(int(SIGNED_AT.timestamp())),
            "inclusionPromise": {"signedEntryTimestamp": self._promise(body)},
            "inclusionProof": {
                "logIndex": "1",
                "rootHash": b64(root),
                "treeSize": "2",
                "hashes": [b64(sibling)],
                "checkpoint": {"envelope": self._checkpoint(root)},
            },
            "canonicalizedBody": b64(body),
        }

    def _promise(self, body):
        said = {
            "body": b64(body),
            "integratedTime": int(SIGNED_AT.timestamp()),
            "logID": key_id(self.log_key).hex(),
            "logIndex": 1,
        }
        return b64(self.log_key.sign(compact(said), SHA256))

    def _checkpoint(self, root):
        note = f"log.test - 1\n2\n{b64(root)}\n"
        signature = self.log_key.sign(note.encode(), SHA256)
        return f"{note}\n\u2014 log.test {b64(key_id(self.log_key)[:4] + signature)}\n"


def _log(key, url):
    return {
        "baseUrl": url,
        "hashAlgorithm": "SHA2_256",
        "publicKey": {
            "rawBytes": b64(der(key)),
            "keyDetails": "PKIX_ECDSA_P256_SHA_256",
            "validFor": {"start": "2026-01-01T00:00:00Z"},
        },
        "logId": {"keyId": b64(key_id(key))},
    }


def _der(certificate):
    return certificate.public_bytes(serialization.Encoding.DER)


def _other(builder, oid, value):
    return builder.add_extension(x509.UnrecognizedExtension(oid, value), critical=False)


def _dated(subject, issuer, key, around):
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(SIGNED_AT - around)
        .not_valid_after(SIGNED_AT + around)
    )


def _usage(*, digital_signature, key_cert_sign):
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=key_cert_sign,
        encipher_only=False,
        decipher_only=False,
    )
