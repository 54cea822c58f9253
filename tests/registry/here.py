"""A registry to ask by plain HTTP, beside our own client of it."""

from http import HTTPStatus
from typing import NamedTuple

import requests

from watchdog.core.oci import ACCEPT
from watchdog.core.reference import Tag
from watchdog.demo.images import BuiltIndex
from watchdog.demo.registry import RegistrySimulator
from watchdog.registry.client import RegistryClient
from watchdog.registry.kinds import kind_of


class Here(NamedTuple):
    """A simulator with one registry's habits and an image `app`; our client, and one logged in."""

    simulator: RegistrySimulator
    client: RegistryClient
    member: RegistryClient
    tag: Tag
    index: BuiltIndex

    @property
    def path(self):
        return kind_of(self.tag.repository).api(self.tag.repository).path

    def get(self, what, *, accept=ACCEPT, auth=None):
        """Ask as anybody would; no redirect is followed."""
        with requests.Session() as session:
            session.trust_env = False
            return session.get(
                f"http://{self.simulator.host}/v2/{self.path}/{what}",
                headers={"Accept": accept} | ({"Authorization": auth} if auth else {}),
                timeout=10,
                allow_redirects=False,
            )

    def token(self, realm):
        """Ask for a token as nobody in particular; returns the answer's document."""
        query = {"scope": f"repository:{self.path}:pull"}
        with requests.Session() as session:
            session.trust_env = False
            return session.get(realm, params=query, timeout=10).json()

    def read(self, what, *, accept=ACCEPT):
        """Ask with a token, where one is wanted."""
        answer = self.get(what, accept=accept)
        if answer.status_code == HTTPStatus.UNAUTHORIZED:
            (token,) = self.token(realm_of(answer)).values()
            answer = self.get(what, accept=accept, auth=f"Bearer {token}")
        return answer


def realm_of(refused):
    """Read where a Bearer challenge says that tokens are had."""
    return refused.headers["WWW-Authenticate"].split('"')[1]
