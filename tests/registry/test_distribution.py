"""The distribution specification, request by request."""

import hashlib
import json

import pytest

from gitops_lab.registry import RegistryStore, Seed, publish
from tests.registry.conftest import Door

OCI = "application/vnd.oci.image.manifest.v1+json"
CONFIG = b'{"architecture":"amd64","os":"linux"}'


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def push_blob(door: Door, content: bytes, name: str = "team/app") -> str:
    status, headers, _ = door.call("POST", f"/v2/{name}/blobs/uploads/")
    assert status == 202
    place = f"{headers['location']}?digest={digest(content)}"
    status, headers, _ = door.call("PUT", place, content)
    assert status == 201
    assert headers["docker-content-digest"] == digest(content)
    return digest(content)


def manifest(config: bytes = CONFIG, **more: object) -> bytes:
    content = {
        "schemaVersion": 2,
        "mediaType": OCI,
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": digest(config),
            "size": len(config),
        },
        "layers": [],
    }
    return json.dumps({**content, **more}).encode()


def push(door: Door, tag: str = "1.0", **more: object) -> str:
    push_blob(door, CONFIG)
    content = manifest(**more)
    status, headers, body = door.call(
        "PUT", f"/v2/team/app/manifests/{tag}", content, Content_Type=OCI
    )
    assert status == 201, body
    return headers["docker-content-digest"]


def test_without_the_token_nothing_is_told(door: Door) -> None:
    door.token = "wrong"
    status, headers, body = door.call("GET", "/v2/")
    assert status == 401
    assert headers["www-authenticate"].startswith("Basic")
    assert json.loads(body)["errors"][0]["code"] == "UNAUTHORIZED"


def test_what_was_pushed_is_pulled_by_tag_and_digest(door: Door) -> None:
    pushed = push(door)
    for reference in ("1.0", pushed):
        status, headers, body = door.call("GET", f"/v2/team/app/manifests/{reference}")
        assert (status, headers["content-type"], body) == (200, OCI, manifest())
        assert headers["docker-content-digest"] == pushed
    status, headers, body = door.call("HEAD", "/v2/team/app/manifests/1.0")
    assert (status, headers["content-length"], body) == (200, str(len(manifest())), b"")
    assert door.call("GET", f"/v2/team/app/blobs/{digest(CONFIG)}")[2] == CONFIG
    status, headers, body = door.call(
        "GET", f"/v2/team/app/blobs/{digest(CONFIG)}", Range="bytes=1-4"
    )
    assert (status, body) == (206, CONFIG[1:5])


def test_a_blob_comes_in_pieces_in_their_order(door: Door) -> None:
    _, headers, _ = door.call("POST", "/v2/team/app/blobs/uploads/")
    place = headers["location"]
    status, headers, _ = door.call("PATCH", place, b"one", Content_Range="0-2")
    assert (status, headers["range"]) == (202, "0-2")
    assert door.call("PATCH", place, b"gap", Content_Range="9-11")[0] == 416
    status, headers, _ = door.call("GET", place)
    assert (status, headers["range"]) == (204, "0-2")
    done = f"{place}?digest={digest(b'onetwo')}"
    assert door.call("PUT", done, b"two", Content_Range="3-5")[0] == 201
    assert door.call("PUT", done, b"")[0] == 404


def test_a_blob_in_one_request_and_from_another_repository(door: Door) -> None:
    place = f"/v2/team/app/blobs/uploads/?digest={digest(b'x')}"
    assert door.call("POST", place, b"x")[0] == 201
    mount = f"/v2/other/app/blobs/uploads/?mount={digest(b'x')}&from=team/app"
    assert door.call("POST", mount)[0] == 201
    assert door.call("GET", f"/v2/other/app/blobs/{digest(b'x')}")[2] == b"x"
    missing = f"/v2/other/app/blobs/uploads/?mount={digest(b'y')}&from=team/app"
    assert door.call("POST", missing)[0] == 202


def test_tags_come_in_pages(door: Door) -> None:
    for tag in ("1.0", "1.1", "2.0"):
        push(door, tag)
    assert door.json("/v2/team/app/tags/list") == {
        "name": "team/app",
        "tags": ["1.0", "1.1", "2.0"],
    }
    _, headers, body = door.call("GET", "/v2/team/app/tags/list?n=2")
    assert json.loads(body)["tags"] == ["1.0", "1.1"]
    assert headers["link"] == '</v2/team/app/tags/list?n=2&last=1.1>; rel="next"'
    assert door.json("/v2/team/app/tags/list?n=2&last=1.1")["tags"] == ["2.0"]
    assert door.json("/v2/_catalog") == {"repositories": ["team/app"]}


def test_a_deleted_tag_leaves_the_manifest(door: Door) -> None:
    pushed = push(door)
    assert door.call("DELETE", "/v2/team/app/manifests/1.0")[0] == 202
    assert door.call("GET", "/v2/team/app/manifests/1.0")[0] == 404
    assert door.call("GET", f"/v2/team/app/manifests/{pushed}")[0] == 200
    assert door.call("DELETE", f"/v2/team/app/manifests/{pushed}")[0] == 202
    assert door.call("GET", f"/v2/team/app/manifests/{pushed}")[0] == 404
    assert door.call("DELETE", f"/v2/team/app/blobs/{digest(CONFIG)}")[0] == 202
    assert door.call("HEAD", f"/v2/team/app/blobs/{digest(CONFIG)}")[0] == 404


def test_who_refers_to_a_manifest_is_listed(door: Door) -> None:
    subject = push(door)
    described = {"mediaType": OCI, "digest": subject, "size": len(manifest())}
    push(door, "sig", subject=described, artifactType="application/example.signature")
    found = door.json(f"/v2/team/app/referrers/{subject}")
    assert [one["artifactType"] for one in found["manifests"]] == ["application/example.signature"]
    other = door.json(f"/v2/team/app/referrers/{subject}?artifactType=other")
    assert other["manifests"] == []


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/v2/team/none/tags/list", b"", 404, "NAME_UNKNOWN"),
        ("GET", "/v2/team/app/manifests/9.9", b"", 404, "MANIFEST_UNKNOWN"),
        ("GET", f"/v2/team/app/blobs/{digest(b'no')}", b"", 404, "BLOB_UNKNOWN"),
        ("GET", "/v2/team/app/blobs/sha256:short", b"", 400, "DIGEST_INVALID"),
        ("GET", "/v2/TEAM/app/tags/list", b"", 400, "NAME_INVALID"),
        ("PUT", "/v2/team/app/manifests/1.0", b"{}", 400, "MANIFEST_INVALID"),
        ("PUT", "/v2/team/app/manifests/1.0", b"no json", 400, "MANIFEST_INVALID"),
        ("PUT", "/v2/team/app/manifests/1.0", manifest(b"absent"), 404, "MANIFEST_BLOB_UNKNOWN"),
        ("PUT", f"/v2/team/app/manifests/{digest(b'')}", manifest(), 400, "DIGEST_INVALID"),
        ("GET", "/v2/team/app/blobs/uploads/none", b"", 404, "BLOB_UPLOAD_UNKNOWN"),
        ("GET", "/v2/team/../../etc/blobs/x", b"", 400, "NAME_INVALID"),
        ("POST", "/v2/team/app/tags/list", b"", 405, "UNSUPPORTED"),
    ],
)
def test_a_refusal_has_a_code(
    door: Door, method: str, path: str, body: bytes, status: int, code: str
) -> None:
    push(door, "0.9")
    answer, _, content = door.call(method, path, body, Content_Type=OCI)
    assert (answer, json.loads(content)["errors"][0]["code"]) == (status, code)


def test_what_is_too_large_or_not_its_digest_is_dropped(door: Door, store: RegistryStore) -> None:
    _, headers, _ = door.call("POST", "/v2/team/app/blobs/uploads/")
    big = b"x" * (store.blob_bytes + 1)
    status, _, body = door.call("PATCH", headers["location"], big)
    assert (status, json.loads(body)["errors"][0]["code"]) == (413, "SIZE_INVALID")
    _, headers, _ = door.call("POST", "/v2/team/app/blobs/uploads/")
    status, _, body = door.call("PUT", f"{headers['location']}?digest={digest(b'a')}", b"b")
    assert (status, json.loads(body)["errors"][0]["code"]) == (400, "DIGEST_INVALID")


def test_seeds_have_the_same_digest_each_time(store: RegistryStore) -> None:
    seed = Seed("gitops-lab/web:1.0", ("web",), {"COLOUR": "blue"}, (8080,))
    publish(store, [seed])
    first = store.manifest("gitops-lab/web", "1.0").digest
    told = []
    store.subscribe(told.append)
    publish(store, [seed])
    assert told == []
    assert store.manifest("gitops-lab/web", "1.0").digest == first
    config = json.loads(store.manifest("gitops-lab/web", "1.0").content)["config"]
    assert json.loads(store.blob("gitops-lab/web", config["digest"]))["config"]["Env"] == [
        "COLOUR=blue"
    ]
