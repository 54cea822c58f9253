"""The registry simulator's lists: tags, page by page, and what refers to a manifest."""

import json
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from urllib.parse import urlencode

from watchdog.core.observation import StoredManifest
from watchdog.core.oci import OCI_INDEX
from watchdog.core.reference import Digest
from watchdog.demo.registry_content import RegistryContent, RepositoryContent
from watchdog.demo.registry_habits import Habits
from watchdog.demo.registry_http import Answer, Asked
from watchdog.demo.registry_tokens import refused


def list_tags(content: RegistryContent, habits: Habits, asked: Asked, path: str) -> Answer:
    """Answer one page of tags, sorted, with a link to the next one."""
    repository = content.repositories.get(path)
    if repository is None:
        return refused("NAME_UNKNOWN", "repository name not known to registry", 404)
    rows = min(int(asked.query.get("n", habits.tags_per_page)), habits.tags_per_page)
    names = [name for name in sorted(repository.tags) if name > asked.query.get("last", "")]
    page = names[:rows]
    headers = {"Content-Type": "application/json"}
    if len(names) > rows:
        query = urlencode({"n": rows, "last": page[-1]})
        headers["Link"] = f'</v2/{path}/tags/list?{query}>; rel="next"'
    tags = json.dumps({"name": path, "tags": page}, separators=(",", ":")).encode() + b"\n"
    return Answer(200, headers, tags)


def list_referrers(
    content: RegistryContent, habits: Habits, asked: Asked, path: str, digest: str
) -> Answer:
    """Answer the referrers API as far as this registry has one."""
    repository, subject = content.repositories.get(path), Digest.parse(digest)
    if habits.referrers != HTTPStatus.OK:
        return refused("NOT_FOUND", "no such endpoint", habits.referrers)
    if repository is None or subject not in repository.readable():
        if habits.knows_no_subject != HTTPStatus.OK:
            return refused("MANIFEST_INVALID", "manifest invalid", habits.knows_no_subject, "")
        return Answer(200, {"Content-Type": OCI_INDEX}, index_of(()).body)
    wanted = asked.query.get("artifactType")
    entries = [
        entry
        for entry in referrers_of(repository, subject)
        if wanted is None or entry["artifactType"] == wanted
    ]
    headers = {"Content-Type": OCI_INDEX, "OCI-Filters-Applied": "artifactType"}
    return Answer(200, headers, index_of(entries).body)


def fallback_tag(subject: Digest) -> str:
    """Name the tag that stands in for the referrers API."""
    return f"{subject.algorithm}-{subject.hex}"


def referrers_of(repository: RepositoryContent, subject: Digest) -> Iterator[dict[str, object]]:
    """Describe every manifest whose subject this is."""
    for manifest in repository.manifests.values():
        document = json.loads(manifest.body)
        if document.get("subject", {}).get("digest") == str(subject):
            yield {
                "mediaType": manifest.media_type,
                "digest": str(manifest.digest),
                "size": len(manifest.body),
                "artifactType": document.get("artifactType") or document["config"]["mediaType"],
                "annotations": document.get("annotations", {}),
            }


def index_of(entries: Iterable[dict[str, object]]) -> StoredManifest:
    """Make an index of descriptors."""
    document = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": list(entries)}
    body = json.dumps(document, indent=3).encode()
    return StoredManifest(Digest.of(body), OCI_INDEX, body)
