"""A real S3 server for tests: moto's, on a free port of loopback, speaking HTTP with whoever has its environment."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

SECRET = "not-a-secret-but-not-to-be-shown"


@dataclass(frozen=True)
class Store:
    """A running server and how to reach it."""

    endpoint: str
    _numbers: "count[int]" = field(default_factory=count)

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to speak with it."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
        }

    def new_lake(self) -> str:
        """The URL of a lake in a bucket of its own."""
        import boto3

        bucket = f"lake-{next(self._numbers)}"
        client = boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key=SECRET,
        )
        client.create_bucket(Bucket=bucket)
        return f"s3://{bucket}/shop"


@contextmanager
def serving() -> Iterator[Store]:
    """The server, until the end of the block."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield Store(f"http://{host}:{port}")
    finally:
        server.stop()
