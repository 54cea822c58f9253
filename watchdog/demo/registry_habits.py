"""What one registry does and another does not: the simulator takes on the habits of any row.

Sources: quay/quay ffba0c7 and distribution 2.8.2 as recorded; distribution 0d6b721, Harbor c50c7dd
and zot 6d19b44 as read; Docker Hub, ghcr.io and GitLab as their documentation and users tell.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Habits:
    """One registry's habits.

    `converts`: a manifest of a type that was not accepted becomes another one; else it is a 404.
    `referrers`: the status of the referrers API, 200 where there is one. `knows_no_subject`: the
    status of an empty answer. `resolves_digest_tags`: the tag `sha256-<hex>` is the digest itself.
    `own_api`: it is a Quay. `basic`: Basic instead of Bearer. `challenges`: even who may read needs
    a token.
    """

    name: str
    gives_etag: bool = False
    converts: bool = False
    referrers: int = 200
    knows_no_subject: int = 200
    resolves_digest_tags: bool = False
    redirects_blobs: bool = False
    basic: bool = False
    own_api: bool = False
    challenges: bool = False
    token_path: str = "/v2/auth"  # noqa: S105 - a path
    token_key: str = "token"  # noqa: S105 - a name
    tags_per_page: int = 1000


QUAY = Habits("quay", converts=True, knows_no_subject=400, own_api=True, tags_per_page=100)
QUAY_IO = replace(QUAY, name="quay.io", redirects_blobs=True)
DISTRIBUTION = Habits("distribution", gives_etag=True, referrers=404, token_path="/token")  # noqa: S106
HARBOR = Habits("harbor", gives_etag=True, challenges=True, token_path="/service/token")  # noqa: S106
ZOT = Habits("zot", basic=True)
DOCKER_HUB = Habits(
    "docker-hub",
    gives_etag=True,
    referrers=404,
    redirects_blobs=True,
    challenges=True,
    token_path="/token",  # noqa: S106
    token_key="access_token",  # noqa: S106
)
GHCR = Habits(
    "ghcr",
    referrers=404,
    redirects_blobs=True,
    challenges=True,
    token_path="/token",  # noqa: S106
)
GITLAB = Habits(
    "gitlab",
    gives_etag=True,
    referrers=404,
    resolves_digest_tags=True,
    challenges=True,
    token_path="/jwt/auth",  # noqa: S106
)
AWKWARD = Habits("answers 406 for referrers", referrers=406)
HABITS = (QUAY, QUAY_IO, DISTRIBUTION, HARBOR, ZOT, DOCKER_HUB, GHCR, GITLAB, AWKWARD)
