"""Pictures at rest: sealed with AES-256-GCM in the zone's folder, under names that say nothing.

A file's name is a keyed digest (HMAC-SHA-256) of its content: the same file has one name, whoever has the disk cannot tell whether a
known paper is on it, and nothing of a person is in a path. What was kept opens only under the name that it was sealed for.
"""

import hashlib
import hmac
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from madoguchi.platform.secrets import read

_NONCE = 12


class PictureMissing(Exception):
    """A picture that the database names is not in the folder, or does not open; the message is for the person who looked."""


class ImageStore:
    """The folder of sealed pictures of this zone."""

    def __init__(self) -> None:
        key = read("images")
        self._cipher = AESGCM(hmac.digest(key, b"madoguchi pictures: seal", "sha256"))
        self._name_key = hmac.digest(key, b"madoguchi pictures: name", "sha256")
        self._folder = Path(settings.MADOGUCHI_FOLDER) / "images"

    def name_of(self, content: bytes) -> str:
        """Return the name of a file with this content."""
        return hmac.new(self._name_key, content, hashlib.sha256).hexdigest()

    def keep(self, name: str, content: bytes) -> None:
        """Seal `content` under `name`; a second time replaces it whole."""
        path = self._path(name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        nonce = os.urandom(_NONCE)
        draft = path.with_name(f".{path.name}.{os.urandom(6).hex()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(nonce + self._cipher.encrypt(nonce, content, name.encode("ascii")))
            handle.flush()
            os.fsync(handle.fileno())
        draft.replace(path)

    def open(self, name: str) -> bytes:
        """Return what was kept under `name`; raises PictureMissing."""
        try:
            sealed = self._path(name).read_bytes()
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], name.encode("ascii"))
        except (OSError, InvalidTag, ValueError) as fault:
            raise PictureMissing("画像を開けません。バックアップから戻せるか、管理者に確かめてください。") from fault

    def remove(self, name: str) -> None:
        """Remove what was kept under `name`; doing it again changes nothing."""
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name


def view_name(digest: str, page: int) -> str:
    """Return the name of the picture of a page of the file `digest`."""
    return f"{digest}-{page}-view"


def unmasked_name(digest: str, page: int) -> str:
    """Return the name of what a masked page looked like before, where the rule for its kind keeps that."""
    return f"{digest}-{page}-unmasked"


def thumb_name(digest: str, page: int) -> str:
    """Return the name of the small picture of a page of the file `digest`."""
    return f"{digest}-{page}-thumb"
