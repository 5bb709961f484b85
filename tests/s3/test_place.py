"""Addresses, and buckets that will not do."""

import os
import secrets
import subprocess
import sys
import traceback
import urllib.error
import urllib.request

import pytest
from tests.s3 import radosgw, signed

from sojourn.backends.s3 import address, place
from sojourn.errors import BackendError, ConfigError
from sojourn.ports import Links
from sojourn.testing.blobs import data, keep, lying
from sojourn.testing.drafts import new_id

SECRETS = ("AKIAEXAMPLE", "hunter2")


@pytest.mark.parametrize(
    "url",
    [
        "s3://AKIAEXAMPLE:hunter2@bucket/prefix",
        "s3://bucket?secret_access_key=hunter2",
        "s3://bucket?access_key_id=AKIAEXAMPLE",
        "s3://bucket?endpoint=https://AKIAEXAMPLE:hunter2@host",
        "s3://bucket?endpoint=ftp://host",
        "s3://bucket?endpoint=",
        "s3://bucket?region=a&region=b",
        "s3://bucket?timeout=soon",
        "s3://bucket?timeout=nan",
        "s3://bucket?timeout=0",
        "s3://bucket/../keys",
        "s3://bucket/a//b",
        "s3://bucket/a%00b",
        "s3://bucket#fragment",
        "s3:///prefix",
        "s3://",
        "gs://bucket",
        "az://bucket?region=eu",
    ],
)
def test_an_address_that_is_none_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(ConfigError) as problem:
        place(url)
    shown = "".join(traceback.format_exception(problem.value))
    message = str(problem.value)
    assert not any(secret in message for secret in SECRETS), shown


def test_an_address_says_where() -> None:
    where = address.parse("s3://bucket/a/b?endpoint=https://host&region=eu-central-1&timeout=5")
    assert where == address.Address("s3", "bucket", "a/b", "https://host", "eu-central-1", None, 5.0)
    assert str(where) == "s3://bucket/a/b"
    assert where.name("keys", "1") == "a/b/keys/1"
    assert address.parse("s3://bucket/").name("keys", "1") == "keys/1"


def test_two_places_in_a_bucket_do_not_meet(s3_endpoint: str, bucket: str) -> None:
    name = secrets.token_hex(4)
    one, other = (place(f"s3://{bucket}/{name}{end}?endpoint={s3_endpoint}") for end in ("", "x"))
    ses = new_id("ses")
    keep(one[0], ses, new_id("fil"), b"tides")
    one[1].put(1, bytes(32))
    assert lying(other[0]) == []
    assert other[1].get(1) is None
    other[0].drop(ses)
    assert len(lying(one[0])) == 1


def test_a_bucket_that_keeps_versions_is_refused(s3_endpoint: str) -> None:
    name = f"versions-{secrets.token_hex(4)}"
    signed.make_bucket(s3_endpoint, name, versioned=True)
    blobs, keys = place(f"s3://{name}?endpoint={s3_endpoint}")
    with pytest.raises(ConfigError, match="keeps versions"):
        keys.get(0)
    with pytest.raises(ConfigError, match="keeps versions"):
        keep(blobs, new_id("ses"), new_id("fil"), b"tides")


def test_a_bucket_that_is_not_there_is_no_empty_one(s3_endpoint: str) -> None:
    _, keys = place(f"s3://nowhere-{secrets.token_hex(4)}?endpoint={s3_endpoint}")
    with pytest.raises(BackendError, match="no such bucket"):
        keys.get(0)


def test_wrong_credentials_are_told_and_not_shown(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    _, keys = place(url)
    with pytest.raises(BackendError, match="does not let us") as problem:
        keys.get(0)
    shown = "".join(traceback.format_exception(problem.value))
    assert "hunter2" not in shown
    assert radosgw.KEY not in shown


def test_a_link_is_good_for_its_object_and_nothing_else(url: str) -> None:
    blobs, _ = place(url)
    links: Links = blobs
    ses, fil = new_id("ses"), new_id("fil")
    keep(blobs, ses, fil, data(100_000))
    link = links.link(ses, fil, seconds=60)
    assert link is not None
    assert os.environ["AWS_SECRET_ACCESS_KEY"] not in link
    with urllib.request.urlopen(link, timeout=10) as answer:
        assert answer.read() == data(100_000)
        assert answer.headers["Content-Disposition"] == "attachment"
        assert answer.headers["Content-Type"] == "application/octet-stream"
    with pytest.raises(urllib.error.HTTPError) as problem:
        urllib.request.urlopen(link.replace(fil, new_id("fil")), timeout=10)
    with problem.value:
        assert problem.value.code == 403
    assert links.link(ses, new_id("fil"), seconds=60) is None


def test_a_child_of_a_fork_is_told_that_it_came_too_late(url: str) -> None:
    program = f"""
import os
from sojourn.backends.s3 import place
blobs, keys = place({url!r})
keys.put(1, bytes(32))
child = os.fork()
if child == 0:
    try:
        keys.get(1)
    except Exception as problem:
        print(problem, flush=True)
    os._exit(0)
os.waitpid(child, 0)
print(keys.get(1) == bytes(32))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert "before this process was forked" in done.stdout, done.stderr
    assert done.stdout.endswith("True\n")


def test_memory_does_not_grow_with_what_is_written_and_read(url: str) -> None:
    program = f"""
import resource
from sojourn.backends.s3 import place
blobs, _ = place({url!r})
ses, fil = "ses_1", "fil_1"
piece = bytes(1 << 20)
def through(megabytes):
    writer = blobs.writer(ses, fil + str(megabytes))
    for _ in range(megabytes):
        writer.write(piece)
    writer.finish()
    with blobs.open(ses, fil + str(megabytes)) as opened:
        while opened.read(1 << 20):
            pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before = through(24)
print(through(200) - before)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert int(done.stdout) < 24_000, done.stderr
