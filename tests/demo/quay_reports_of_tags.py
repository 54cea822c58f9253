"""The reported lines about tags, labels and manifests; see `quay_reports`."""

import ast
import json
import re
from concurrent.futures import ThreadPoolExecutor

from tests.demo.quay_images import DIGESTS, SOURCE
from tests.demo.quay_reports import APP, reports, same
from watchdog.core.oci import ACCEPT

COS, DEAD, IDX = "acme/cos", "acme/dead27734", "acme/idx27734"
RACE, ROB = "acme/race27734", "acme/rob27998"
OWN_LABEL = "b668e248-8d29-4602-9f3b-df8e5541d4a6"
A = f"sha256:{DIGESTS['a']}"
B = f"sha256:{DIGESTS['b']}"
ANN = f"sha256:{DIGESTS['ann']}"
WORKERS = 8
_NAMES = {digest: name for name, digest in DIGESTS.items()}


def recorded(replay, row):
    """Say a row's digest and name as they were recorded."""
    known = {here: was for was, here in replay.like.here.items()}
    swap = lambda text: re.sub("[0-9a-f]{64}", lambda found: known.get(found[0], "?"), text)  # noqa: E731
    return swap(row["manifest_digest"]), swap(row["name"])


def state(row):
    return "end" if "end_ts" in row else "alive"


def restore(replay, path, tag="latest", digest=A):
    body = json.dumps({"manifest_digest": digest})
    return replay.api("POST", f"/api/v1/repository/{path}/tag/{tag}/restore", "write", body)


def labels_of(replay, path, digest, token="read"):
    return replay.api("GET", f"/api/v1/repository/{path}/manifest/{digest}/labels", token)


@reports("before: ")
def _before(replay, line):
    rows = [(recorded(replay, row)[1][:14], state(row)) for row in replay.rows(COS, "")]
    assert rows == ast.literal_eval(line.partition(": ")[2])


@reports("after a new push", "after restoring")
def _signatures(replay, line):
    if line.startswith("after restoring"):
        assert restore(replay, COS).status_code == 200
    rows = []
    for row in replay.rows(COS, ""):
        digest, name = recorded(replay, row)
        rows.append((name[:24], digest[7:13], state(row)))
    assert rows == ast.literal_eval(line.partition(": ")[2])


@reports("history: ")
def _history(replay, line):
    said = ast.literal_eval(line.partition(": ")[2])
    rows = replay.rows({"s": DEAD, "b": RACE, "9": ROB}[said[0][0][0]])
    digests = [recorded(replay, row)[0] for row in rows]
    shapes = {
        DEAD: lambda row, digest: (digest[:15], row.get("end_ts")),
        RACE: lambda row, digest: (_NAMES[digest[7:]], row["start_ts"], row.get("end_ts")),
        ROB: lambda row, digest: (digest[7:13], row["reversion"], state(row)),
    }
    shape = shapes[{"s": DEAD, "b": RACE, "9": ROB}[said[0][0][0]]]
    assert list(map(shape, rows, digests)) == said


@reports("v2 GET manifest by dead digest", "v2 GET manifest by digest")
def _by_digest(replay, line):
    same(replay, line, replay.v2("GET", f"manifests/{A}", DEAD))


@reports("v2 GET its config blob")
def _blob(replay, line):
    manifest = json.loads(replay.images["a"].manifest.body)
    same(replay, line, replay.v2("GET", f"blobs/{manifest['config']['digest']}", DEAD))


@reports("labels after deleting")
def _labels_of_dead(replay, line):
    same(replay, line, labels_of(replay, DEAD, A))


@reports("Accept=")
def _accept(replay, line):
    accept, said = line.removeprefix("Accept=").split(" -> ")
    full = ACCEPT if "," in accept else accept
    headers = {"Accept": None if accept == "None" else full}
    answer = replay.api("GET", f"/v2/{IDX}/manifests/latest", headers=headers)
    kind, digest = (answer.headers[name] for name in ("Content-Type", "Docker-Content-Digest"))
    replay.like.check(said, f"{answer.status_code} {kind} {digest}")


@reports("index digest: ")
def _index(replay, line):
    (row,) = replay.rows(IDX)
    replay.like.check(line.split()[2], row["manifest_digest"])
    assert line.count("sha256:") == 1 + row["child_manifest_count"]


@reports("labels of child manifest")
def _labels_of_child(replay, line):
    child = replay.images["multi"].children[0].digest
    same(replay, line, labels_of(replay, IDX, child))


@reports("PUT a 201", "PUT b 201")
def _put(replay, line):
    assert f"PUT {line[4]} {replay.put(line[4], 'latest', RACE).status_code}" == line


@reports("Counter")
def _at_once(replay, line):
    """Restore and push from several threads, twenty times each."""
    assert "('restore', 200): 20" in line
    if replay.title.startswith("Y. "):
        return  # the same, on a database that this has not
    host = replay.simulator.host
    with ThreadPoolExecutor(WORKERS) as pool:
        pushes = [pool.submit(replay.put, "b", "latest", RACE) for _ in range(20)]
        restores = [pool.submit(restore, replay, RACE) for _ in range(20)]
        assert {push.result().status_code for push in pushes} == {201}, host
        assert {one.result().status_code for one in restores} == {200}


@reports("alive rows for latest")
def _alive(replay, line):
    rows = replay.rows(RACE, "specificTag=latest&onlyActiveTags=true")
    assert len(rows) == int(line[-1])


@reports('{"kind": "push_repo"')
def _by_person(replay, line):
    replay.at("09:57:20")
    tag = replay.simulator.tag(RACE, "byuser")
    replay.simulator.push(replay.images["a"], tag, by="admin")
    entry = replay.api("GET", f"/api/v1/repository/{RACE}/logs", "admin").json()["logs"][0]
    replay.like.check(line, json.dumps(entry))


@reports("tag row: ")
def _row(replay, line):
    (row,) = replay.rows(RACE, "specificTag=byuser")
    replay.like.check(line.partition(": ")[2], json.dumps(row))


@reports("page size: ")
def _page(replay, line):
    page = replay.api("GET", f"/api/v1/repository/{RACE}/logs", "admin").json()
    assert (len(page["logs"]), bool(page["next_page"])) == (20, "next_page: " in line)


@reports("limit=1000")
def _limit(replay, line):
    answer = replay.api("GET", f"/api/v1/repository/{RACE}/tag/?limit=1000")
    listed = answer.json()
    said = f"{answer.status_code} {len(listed['tags'])} {listed['has_additional']}"
    assert said == line.partition("-> ")[2]


@reports("PUT saved bytes")
def _put_back(replay, line):
    replay.hooks()
    answer = replay.put("a", "latest", ROB)
    digest = answer.headers["Docker-Content-Digest"]
    replay.like.check(line.partition("-> ")[2], f"{answer.status_code} {digest}")


@reports("config label source")
def _annotated(replay, line):
    annotations = json.loads(replay.images["ann"].manifest.body)["annotations"]
    assert line.endswith(json.dumps(annotations))


@reports("labels API: ")
def _labels(replay, line):
    labels = labels_of(replay, ROB, ANN).json()["labels"]
    said = [[label["key"], label["value"]] for label in labels]
    assert said == json.loads(line.partition(": ")[2])
    (own,) = (label["id"] for label in labels if label["key"] == SOURCE)
    replay.like.bind(OWN_LABEL, own)


@reports("labels now: ")
def _labels_now(replay, line):
    labels = labels_of(replay, ROB, ANN).json()["labels"]
    said = [[label["key"], label["value"], label["source_type"]] for label in labels]
    assert said == json.loads(line.partition(": ")[2])


@reports("organization tag_expiration_s")
def _window(replay, line):
    said = replay.api("GET", f"/api/v1/repository/{ROB}?includeTags=false").json()
    assert said["tag_expiration_s"] == int(line.split()[-1])
    # What follows was done after the repository could be written to again.
    replay.quay.create(ROB)


_CRASHING = {"event": "nonsense", "method": "webhook", "config": {}, "eventConfig": {}}
_TAGS = "/api/v1/repository/acme/{}/tag/"
ODDS = {
    "v2 GET of a deleted tag": {"target": f"/v2/{APP}/manifests/x2", "headers": {"Accept": ACCEPT}},
    "referrers of an unknown digest": {"target": f"/v2/{APP}/referrers/sha256:{'e' * 64}"},
    "v2 GET public repo with a junk bearer": {
        "target": f"/v2/{APP}/manifests/latest",
        "token": "junk",
    },
    "tag list, unknown tag": {"target": f"{_TAGS.format('app')}?specificTag=nope"},
    "tag list, unknown repo, anonymous": {"target": _TAGS.format("nope")},
    "tag list, unknown repo, token": {"target": _TAGS.format("nope"), "token": "read"},
    "unknown event": {
        "method": "POST",
        "target": f"/api/v1/repository/{APP}/notification/",
        "token": "admin",
        "body": json.dumps(_CRASHING),
    },
    "org notifications with the feature off": {
        "target": "/api/v1/organization/acme/notifications/",
        "token": "orgadmin",
    },
    "API GET public repo with a robot": {"target": _TAGS.format("app"), "token": "robot-password"},
    "API GET private repo with robot": {
        "target": _TAGS.format("private"),
        "headers": {"Authorization": "Basic YWNtZStjaTpyb2JvdC1wYXNzd29yZA=="},
    },
}


@reports(*ODDS)
def _odd(replay, line):
    how = next(how for start, how in ODDS.items() if line.startswith(start))
    answer = replay.api(how.get("method", "GET"), **{k: v for k, v in how.items() if k != "method"})
    if line.startswith("API GET public"):
        assert answer.status_code == 200
    else:
        same(replay, line, answer)


@reports(
    "<html>", "  <head>", "    <title>", "  </head>", "  <body>", "    <h1>", "  </body>", "</html>"
)
def _crash(replay, line):
    answer = replay.api(
        "POST", f"/api/v1/repository/{APP}/notification/", "admin", json.dumps(_CRASHING)
    )
    assert line in answer.text.splitlines()
