"""The zone's secrets: files of random bytes beside the database, never in it and never in its backups."""

import functools
from pathlib import Path

from django.conf import settings

from madoguchi.platform.language import Sentence


class SecretMissing(RuntimeError):
    """A secret cannot be read; the message tells the operator which file, why, and what to do."""


def read(name: str) -> bytes:
    """Return the secret `name` of this zone, read once per process.

    Raises SecretMissing when the file is not there, cannot be read or is empty: without its key nothing is signed, sealed or compared.
    """
    return _read_once(Path(settings.MADOGUCHI_SECRETS) / name)


@functools.cache
def _read_once(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as fault:
        raise SecretMissing(
            Sentence(
                "秘密情報 {name} を読めません ({path}: {strerror})。"
                "`madoguchi init` を済ませたフォルダーか、サービスの利用者に読む権限があるかを確かめてください。処理は何も行っていません。",
                name=path.name,
                path=path,
                strerror=fault.strerror,
            )
        ) from fault
    if not content:
        raise SecretMissing(
            Sentence(
                "秘密情報 {name} が空です ({path})。バックアップから戻してください。処理は何も行っていません。", name=path.name, path=path
            )
        )
    return content
