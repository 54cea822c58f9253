"""The registry simulator's endpoints: the part of the distribution API that clients use here."""

import re
import secrets
from collections.abc import Callable

from watchdog.core.observation import StoredManifest
from watchdog.core.reference import Digest
from watchdog.demo.quay.schema1 import instead
from watchdog.demo.registry_content import (
    ImmutableTagError,
    MissingPartError,
    RegistryContent,
)
from watchdog.demo.registry_habits import QUAY, Habits
from watchdog.demo.registry_http import Answer, Asked
from watchdog.demo.registry_lists import list_referrers, list_tags
from watchdog.demo.registry_tokens import refused
from watchdog.errors import MalformedError

NAME = re.compile(r"/v2/(?P<path>.+?)/(?:manifests|blobs|tags|referrers)/")
CDN_PATH = "/cdn/"
"""Where blobs are, if not at the API; who has the link needs no token."""
IMMUTABLE = "tag is immutable and cannot be overwritten"
_DIGEST_TAG = re.compile("sha256-[0-9a-f]{64}")


class RegistryApi:
    """Answers requests from content.

    `done` is told what was done to a tag, as Quay's usage log names it, and with what media type.
    """

    def __init__(
        self,
        content: RegistryContent,
        done: Callable[[str, Asked, str, str, str], None],
        habits: Habits = QUAY,
    ) -> None:
        self._content = content
        self._habits = habits
        self._done = done
        self._uploads: dict[str, bytes] = {}
        self.stale_reads = 0
        self._endpoints: tuple[tuple[re.Pattern[str], Callable[..., Answer]], ...] = (
            (re.compile(r"/v2/"), self._version),
            (re.compile(r"/v2/(.+)/tags/list"), self._tags),
            (re.compile(r"/v2/(.+)/manifests/([^/]+)"), self._manifest),
            (re.compile(r"/v2/(.+)/blobs/uploads/"), self._open_upload),
            (re.compile(r"/v2/(.+)/blobs/uploads/([^/]+)"), self._upload),
            (re.compile(r"/v2/(.+)/blobs/([^/]+)"), self._blob),
            (re.compile(r"/v2/(.+)/referrers/([^/]+)"), self._referrers),
            (re.compile(CDN_PATH + "([^/]+)"), self._cdn),
        )

    def answer(self, asked: Asked) -> Answer:
        """Find the endpoint of a request and answer it."""
        for pattern, endpoint in self._endpoints:
            found = pattern.fullmatch(asked.path)
            if found:
                try:
                    return endpoint(asked, *found.groups())
                except MalformedError as error:
                    return refused("DIGEST_INVALID", str(error), 400)
        return refused("NOT_FOUND", "no such endpoint", 404)

    def _version(self, _: Asked) -> Answer:
        return Answer(200, {"Content-Type": "application/json"}, b"{}")

    def _tags(self, asked: Asked, path: str) -> Answer:
        return list_tags(self._content, self._habits, asked, path)

    def _referrers(self, asked: Asked, path: str, digest: str) -> Answer:
        return list_referrers(self._content, self._habits, asked, path, digest)

    def _manifest(self, asked: Asked, path: str, reference: str) -> Answer:
        if asked.method == "PUT":
            return self._put_manifest(asked, path, reference)
        if asked.method == "DELETE":
            return self._delete_tag(asked, path, reference)
        manifest = self._find(path, reference)
        if manifest is not None and manifest.media_type not in _accepted(asked):
            manifest = self._instead(manifest, path, reference, _accepted(asked))
        if manifest is None:
            return self._missing(path, reference)
        self._done("pull_repo", asked, path, reference, manifest.media_type)
        etag = {"ETag": f'"{manifest.digest}"'} if self._habits.gives_etag else {}
        if etag and asked.headers.get("If-None-Match") == etag["ETag"]:
            return Answer(304, etag)
        said = {"Content-Type": manifest.media_type, "Docker-Content-Digest": str(manifest.digest)}
        return Answer(200, said | etag, manifest.body)

    def _find(self, path: str, reference: str) -> StoredManifest | None:
        if ":" in reference:
            return self._content.named(path, Digest.parse(reference))
        stale = self.stale_reads > 0
        self.stale_reads -= stale
        found = self._content.tagged(path, reference, stale=stale)
        if found is None and self._habits.resolves_digest_tags and _DIGEST_TAG.fullmatch(reference):
            return self._content.named(path, Digest.parse(reference.replace("-", ":")))
        return found

    def _instead(
        self, manifest: StoredManifest, path: str, tag: str, accepted: set[str]
    ) -> StoredManifest | None:
        if not self._habits.converts:
            return None
        content = self._content.at(path)
        return instead(manifest, accepted, content, self._content.blobs, (path, tag))

    def _missing(self, path: str, reference: str) -> Answer:
        content = self._content.repositories.get(path)
        if self._habits.own_api and content is not None and content.moves.had(reference):
            said = f"Tag {reference} was deleted or has expired. To pull, revive via time machine"
            return refused("TAG_EXPIRED", said, 404)
        return refused("MANIFEST_UNKNOWN", "manifest unknown", 404)

    def _put_manifest(self, asked: Asked, path: str, reference: str) -> Answer:
        media_type = asked.headers.get("Content-Type", "")
        manifest = StoredManifest(Digest.of(asked.body), media_type, asked.body)
        if ":" in reference and Digest.parse(reference) != manifest.digest:
            return refused("DIGEST_INVALID", "provided digest did not match", 400)
        try:
            self._content.store(path, reference, manifest)
        except ImmutableTagError:
            detail = {"message": f"tag '{reference}' is immutable"}
            return refused("TAG_IMMUTABLE", IMMUTABLE, 409, detail)
        except MissingPartError as error:
            return refused("MANIFEST_INVALID", f"{error} is not known here", 400)
        except (ValueError, KeyError, TypeError):
            return refused("MANIFEST_INVALID", "manifest invalid", 400)
        if ":" not in reference:
            self._done("push_repo", asked, path, reference, media_type)
        location = f"/v2/{path}/manifests/{manifest.digest}"
        headers = {"Docker-Content-Digest": str(manifest.digest), "Location": location}
        return Answer(201, headers, b"OK")

    def _delete_tag(self, asked: Asked, path: str, tag: str) -> Answer:
        content = self._content.repositories.get(path)
        if content is None or not content.delete(tag):
            return refused("MANIFEST_UNKNOWN", "manifest unknown", 404)
        self._done("delete_tag", asked, path, tag, "")
        return Answer(202)

    def _blob(self, _: Asked, path: str, digest: str) -> Answer:
        body = self._content.blobs.get(Digest.parse(digest))
        if body is None or path not in self._content.repositories:
            return refused("BLOB_UNKNOWN", "blob unknown to registry", 404)
        said = {"Docker-Content-Digest": digest}
        if self._habits.redirects_blobs:
            return Answer(302, said | {"Location": f"{CDN_PATH}{digest}?signature=of-this-link"})
        said |= {"Content-Type": "application/octet-stream", "Cache-Control": "max-age=31536000"}
        return Answer(200, said, body)

    def _cdn(self, _: Asked, digest: str) -> Answer:
        return Answer(200, {}, self._content.blobs[Digest.parse(digest)])

    def _open_upload(self, asked: Asked, path: str) -> Answer:
        self._content.at(path)
        if "digest" in asked.query:
            return self._finish(path, asked.query["digest"], asked.body)
        upload = secrets.token_hex(8)
        self._uploads[upload] = b""
        return _uploading(path, upload, 0)

    def _upload(self, asked: Asked, path: str, upload: str) -> Answer:
        if upload not in self._uploads:
            return refused("BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry", 404)
        self._uploads[upload] += asked.body
        if asked.method == "PUT":
            return self._finish(path, asked.query.get("digest", ""), self._uploads.pop(upload))
        return _uploading(path, upload, len(self._uploads[upload]))

    def _finish(self, path: str, said: str, body: bytes) -> Answer:
        digest = Digest.parse(said)
        if not digest.matches(body):
            return refused("DIGEST_INVALID", "provided digest did not match", 400)
        self._content.blobs[digest] = body
        location = f"/v2/{path}/blobs/{digest}"
        return Answer(201, {"Location": location, "Docker-Content-Digest": said})


def _accepted(asked: Asked) -> set[str]:
    offered = ",".join(asked.headers.get_all("Accept") or [])
    return {part.partition(";")[0].strip() for part in offered.split(",")}


def _uploading(path: str, upload: str, size: int) -> Answer:
    headers = {
        "Location": f"/v2/{path}/blobs/uploads/{upload}",
        "Docker-Upload-UUID": upload,
        "Range": f"0-{max(size - 1, 0)}",
    }
    return Answer(202, headers)
