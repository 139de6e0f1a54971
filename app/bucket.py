"""An S3-compatible object store as a shelf for files. boto3 is asked for only where a bucket is set up.

Only what every such store offers is used: put, get, head, list and delete; no lock and no condition. Two processes
that put the same name put the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.errors import NotFound, StorageUnavailable
from app.settings import BadSettings, Settings

WITHOUT_BOTO3 = (
    "PARAPH_S3_BUCKET is set, but boto3 is not installed. Install Paraph with its part 's3': "
    "pip install boto3"
)
PROBE = "probe"
ABSENT = frozenset({"404", "NoSuchKey", "NotFound"})


@dataclass(frozen=True, slots=True)
class Bucket:
    """A shelf in `bucket`, under `prefix` ("" or "paraph/")."""

    client: Any
    bucket: str
    prefix: str = ""

    def has(self, name: str) -> bool:
        try:
            with _told():
                self.client.head_object(Bucket=self.bucket, Key=self._key(name))
        except NotFound:
            return False
        return True

    def read(self, name: str) -> bytes:
        with _told():
            found = self.client.get_object(Bucket=self.bucket, Key=self._key(name))
            with found["Body"] as body:
                return bytes(body.read())

    def write(self, name: str, content: bytes) -> None:
        with _told():
            self.client.put_object(Bucket=self.bucket, Key=self._key(name), Body=content)

    def names(self) -> Iterator[str]:
        pages = self.client.get_paginator("list_objects_v2")
        with _told():
            for page in pages.paginate(Bucket=self.bucket, Prefix=self.prefix):
                for one in page.get("Contents", ()):
                    name = one["Key"].rpartition("/")[2]
                    if name != PROBE:
                        yield name

    def renew(self, name: str, content: bytes) -> None:
        self.write(name, content)

    def written_at(self, name: str) -> datetime | None:
        try:
            with _told():
                found = self.client.head_object(Bucket=self.bucket, Key=self._key(name))
        except NotFound:
            return None
        at: datetime = found["LastModified"]
        return at

    def remove(self, name: str) -> None:
        with _told():
            self.client.delete_object(Bucket=self.bucket, Key=self._key(name))

    def is_writable(self) -> bool:
        try:
            self.write(PROBE, b"paraph")
        except (StorageUnavailable, NotFound):
            return False
        return True

    def free_bytes(self) -> int | None:
        return None

    def _key(self, name: str) -> str:
        return f"{self.prefix}{name}" if name == PROBE else f"{self.prefix}{name[:2]}/{name}"


def open_bucket(settings: Settings) -> Bucket:
    """Return the bucket of `settings`; raises BadSettings when boto3 is missing. Nothing is asked yet."""
    try:
        import boto3
        from botocore.config import Config
    except ImportError as error:
        raise BadSettings(WITHOUT_BOTO3) from error
    client = boto3.client(
        "s3",
        endpoint_url=settings.s3_endpoint or None,
        region_name=settings.s3_region,
        aws_access_key_id=settings.s3_key_id or None,
        aws_secret_access_key=settings.s3_secret or None,
        config=Config(
            connect_timeout=5,
            read_timeout=30,
            retries={"max_attempts": 3},
            # Stores of other makers do not know the newer checksums; our own digest is checked at each read.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={"addressing_style": "path"} if settings.s3_endpoint else None,
        ),
    )
    prefix = settings.s3_prefix.strip("/")
    return Bucket(client, settings.s3_bucket, f"{prefix}/" if prefix else "")


@contextmanager
def _told() -> Iterator[None]:
    """Tell in our own words what the store said."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code", "") in ABSENT:
            raise NotFound("A stored file is missing.") from error
        raise StorageUnavailable from error
    except BotoCoreError as error:
        raise StorageUnavailable from error
