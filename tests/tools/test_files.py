"""The store of files, the same on a folder and on an object store: whole or not at all, written once, checked."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from app.bucket import Bucket, open_bucket
from app.errors import BadInput, NoRoom, NotFound, StorageUnavailable, is_retryable
from app.files import Files, Folder, Shelf
from app.services import Services
from app.settings import Settings
from tests.conftest import test_settings

Make = Callable[..., Services]
BUCKET = "paraph-files"
OURS = {"s3_bucket": BUCKET, "s3_key_id": "key", "s3_secret": "secret", "s3_prefix": "house/"}


@pytest.fixture(scope="module")
def object_store() -> Iterator[str]:
    """The address of an S3 of this process, with our bucket."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    client = boto3.client(
        "s3",
        endpoint_url=address,
        region_name="us-east-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
    )
    client.create_bucket(Bucket=BUCKET)
    client.close()
    yield address
    server.stop()


@pytest.fixture(params=["folder", "bucket"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shelf]:
    if request.param == "folder":
        yield Folder(tmp_path / "files")
        return
    bucket = bucket_at(request.getfixturevalue("object_store"), tmp_path, s3_prefix=tmp_path.name)
    yield bucket
    bucket.client.close()


def bucket_at(address: str, folder: Path, **changes: object) -> Bucket:
    return open_bucket(test_settings(folder, **{**OURS, "s3_endpoint": address, **changes}))


def test_what_is_put_is_got_by_its_digest(shelf: Shelf) -> None:
    files = Files(shelf)
    digest = files.put(b"a contract")
    assert digest == hashlib.sha256(b"a contract").hexdigest()
    assert files.get(digest) == b"a contract"
    assert list(files.digests()) == [digest]


def test_putting_it_again_changes_nothing(shelf: Shelf) -> None:
    files = Files(shelf)
    assert files.put(b"twice") == files.put(b"twice")
    assert len(list(files.digests())) == 1


@pytest.mark.parametrize("name", ["0" * 64, "", "../../etc/passwd", "g" * 64, "AB" * 32])
def test_what_is_not_there_is_not_found(shelf: Shelf, name: str) -> None:
    with pytest.raises(NotFound):
        Files(shelf).get(name)


def test_damaged_bytes_are_never_handed_out(shelf: Shelf) -> None:
    files = Files(shelf)
    digest = files.put(b"whole")
    shelf.write(digest, b"whol3")
    with pytest.raises(NotFound, match="damaged"):
        files.get(digest)


def test_a_store_that_takes_something_says_so_and_keeps_nothing_of_the_probe(shelf: Shelf) -> None:
    files = Files(shelf)
    assert files.is_writable()
    assert list(files.digests()) == []


def test_a_file_of_some_megabytes_comes_back(shelf: Shelf) -> None:
    content = bytes(range(256)) * 20_000
    files = Files(shelf)
    assert files.get(files.put(content)) == content


def test_a_folder_that_cannot_be_written_waits_and_leaves_no_half_file(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    files = Files(Folder(folder))
    digest = hashlib.sha256(b"new").hexdigest()
    (folder / digest[:2]).write_bytes(b"a file stands in the folder's place")
    with pytest.raises(StorageUnavailable) as caught:
        files.put(b"new")
    assert is_retryable(caught.value)
    assert list(files.digests()) == []


@pytest.mark.parametrize("fault", ["no server", "no bucket", "refused"])
def test_an_object_store_that_is_away_makes_flows_wait(
    object_store: str, tmp_path: Path, fault: str
) -> None:
    changes = {"no server": {"s3_endpoint": "http://127.0.0.1:9"}, "no bucket": {"s3_bucket": "x"}}
    bucket = bucket_at(object_store, tmp_path, **changes.get(fault, {}))
    if fault == "refused":
        bucket.client.meta.events.register("before-send.s3.*", refuse)
    files = Files(bucket)
    with pytest.raises(StorageUnavailable):
        files.put(b"new")
    assert not files.is_writable()
    bucket.client.close()


def refuse(**_request: object) -> object:
    import botocore.awsrequest as aws

    return aws.AWSResponse("http://x", 403, {}, Refusal())


class Refusal:
    def stream(self, **_options: object) -> Iterator[bytes]:
        yield b"<Error><Code>AccessDenied</Code></Error>"


def test_an_installation_keeps_its_files_in_the_bucket_of_its_settings(
    object_store: str, make_services: Make
) -> None:
    services = make_services(**OURS, s3_endpoint=object_store)
    digest = services.files.put(b"in the bucket")
    assert services.files.get(digest) == b"in the bucket"
    assert not (services.settings.data / "files").exists()
    shipped = list(services.files.digests())
    assert digest in shipped
    assert len(shipped) > 5


def test_a_nearly_full_disk_refuses_uploads_and_stores_what_was_begun(make_services: Make) -> None:
    from app.actions.upload import keep_upload

    services = make_services(min_free_mb=10**9)
    with pytest.raises(NoRoom) as caught:
        keep_upload(services, "quote.pdf", b"%PDF-1.7")
    assert caught.value.status == 507
    sealed = services.files.put(b"a sealed document")
    assert services.files.get(sealed) == b"a sealed document"
    with pytest.raises(BadInput):
        keep_upload(make_services(min_free_mb=0), "quote.pdf", b"%PDF-1.7")


def test_settings_name_no_bucket_by_default() -> None:
    assert Settings.model_fields["s3_bucket"].default == ""
