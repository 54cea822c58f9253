"""Asking a simulated Quay's own API by hand."""

import requests

TIMEOUT_S = 30


class Asking:
    """One person at one Quay, with a token."""

    def __init__(self, simulator, token=None, path="acme/app"):
        self.simulator, self.token, self.path = simulator, token, path

    def __call__(self, method, rest, body=None):
        """Ask below the repository, or anywhere for what begins with a slash."""
        where = rest if rest.startswith("/") else f"/api/v1/repository/{self.path}/{rest}"
        return requests.request(
            method,
            f"http://{self.simulator.host}{where}",
            json=body,
            headers={"Authorization": f"Bearer {self.token}"} if self.token else {},
            timeout=TIMEOUT_S,
            allow_redirects=False,
        )

    def rows(self, query="specificTag=latest"):
        return self("GET", f"tag/?{query}").json()["tags"]

    def restore(self, digest, tag="latest"):
        return self("POST", f"tag/{tag}/restore", {"manifest_digest": str(digest)})

    def change(self, tag="latest", **body):
        return self("PUT", f"tag/{tag}", body)

    def delete(self, tag="latest"):
        return self("DELETE", f"tag/{tag}")
