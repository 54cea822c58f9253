"""What the settings and the policy say reaches the parts that need it."""

import base64
import json
import ssl
from datetime import date

import pytest
import trustme

from watchdog.core.policy import parse_policy
from watchdog.core.reference import Digest, Tag
from watchdog.demo.registry import RegistrySimulator
from watchdog.demo.registry_http import Answer, Server
from watchdog.errors import ConfigurationError, DeniedError, RemoteError
from watchdog.settings import Settings
from watchdog.store.connection import connect
from watchdog.wiring import quay_expiries, quay_tokens, tools_for

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
BODY = b"{}"


@pytest.fixture
def digest_of(tmp_path):
    """Ask for a tag's digest with the tools that the settings and the registry's entry make."""

    def ask(reference, entry, **environ):
        tag = Tag.parse(reference)
        settings = Settings.from_environ({"WATCHDOG_DATA": str(tmp_path / "data"), **environ})
        policy = parse_policy(
            {
                "registries": {tag.repository.registry: entry},
                "watch": [{"image": str(tag.repository), "source": "https://x.org/a/b"}],
            }
        )
        with tools_for(settings, policy, connect("redis://127.0.0.1:1/0")) as tools:
            return tools.registry.digest(tag)

    return ask


@pytest.fixture
def tls_registry(tmp_path):
    """A registry with a certificate that no system trusts; its host and the authority's file."""
    authority = trustme.CA()
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    headers = {"Content-Type": MANIFEST, "Docker-Content-Digest": str(Digest.of(BODY))}
    server = Server(("127.0.0.1", 0), lambda _: Answer(200, headers, BODY))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.start()
    yield f"127.0.0.1:{server.server_port}", str(ca_file)
    server.stop()


def test_a_registry_is_believed_by_the_authority_that_the_policy_names(digest_of, tls_registry):
    host, ca_file = tls_registry
    assert digest_of(f"{host}/a/b", {"ca_file": ca_file}) == Digest.of(BODY)


def test_without_it_the_error_says_what_to_set(digest_of, tls_registry):
    with pytest.raises(RemoteError, match="set ca_file"):
        digest_of(f"{tls_registry[0]}/a/b", {})


@pytest.mark.parametrize("name", ["REGISTRY_AUTH_FILE", "REGISTRY_AUTH_FILE_FILE"])
def test_the_credentials_file_may_be_named_in_a_file(digest_of, tmp_path, name):
    with RegistrySimulator() as registry:
        registry.require_token("acme+ci", "secret")
        auth, path = tmp_path / "auth.json", tmp_path / "path"
        login = base64.b64encode(b"acme+ci:secret").decode()
        auth.write_text(json.dumps({"auths": {registry.host: {"auth": login}}}))
        path.write_text(f"{auth}\n")
        said = {name: str(auth if name == "REGISTRY_AUTH_FILE" else path)}
        reference, entry = f"{registry.host}/a/b", {"plain_http": True}
        with pytest.raises(RemoteError) as found:
            digest_of(reference, entry, **said)
        assert not isinstance(found.value, DeniedError)
        assert "404" in str(found.value)
        with pytest.raises(DeniedError):
            digest_of(reference, entry, HOME="/nowhere")


def tokens(text, *hosts):
    """Say which Quay gets which token, under a policy that watches these."""
    settings = Settings.from_environ({"HOME": "/home/me", "WATCHDOG_QUAY_TOKEN": text})
    return quay_tokens(settings, watching(*hosts))


def expiries(text, *hosts):
    """Say when which Quay's token ends."""
    settings = Settings.from_environ({"HOME": "/home/me", "WATCHDOG_QUAY_TOKEN_EXPIRES": text})
    return quay_expiries(settings, watching(*hosts))


def watching(*hosts):
    watch = [{"image": f"{host}/a/b", "source": "https://x.org/a/b"} for host in hosts]
    registries = {host: {"kind": "quay"} for host in hosts if host != "ghcr.io"}
    return parse_policy({"registries": registries, "watch": watch})


def test_a_token_that_names_no_host_is_for_the_one_quay_of_the_policy():
    assert tokens("token-of-one", "q.corp", "ghcr.io") == {"q.corp": "token-of-one"}


@pytest.mark.parametrize("hosts", [("quay.io", "q.corp"), ("ghcr.io",)])
def test_a_token_is_never_shown_to_a_host_that_it_may_not_be_for(hosts):
    with pytest.raises(ConfigurationError, match="HOST=TOKEN") as caught:
        tokens("token-of-one", *hosts)
    assert "token-of-one" not in str(caught.value)


def test_several_quays_have_each_their_own_token():
    expected = {"quay.io": "token-of-one", "q.corp": "token-of-two"}
    assert tokens("quay.io=token-of-one,q.corp=token-of-two", "quay.io", "q.corp") == expected


def test_the_end_of_a_token_is_of_the_quay_that_the_token_is_for():
    assert expiries("2026-12-07", "q.corp") == {"q.corp": date(2026, 12, 7)}
    both = expiries("quay.io=2026-12-07,q.corp=2027-01-01", "quay.io", "q.corp")
    assert both == {"quay.io": date(2026, 12, 7), "q.corp": date(2027, 1, 1)}
    assert expiries("", "q.corp", "quay.io") == {}
    with pytest.raises(ConfigurationError, match=r"WATCHDOG_QUAY_TOKEN_EXPIRES.*HOST=DATE"):
        expiries("2026-12-07", "quay.io", "q.corp")
