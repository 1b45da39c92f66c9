"""Checks that `madoguchi doctor` and the page of the condition share. Without Django: the doctor comes before any zone is known."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from madoguchi.platform.documents.fonts import font_warnings
from madoguchi.platform.exchange.direct.holdings import OWN, standing_in
from madoguchi.platform.language import Sentence

State = Literal["ok", "warning", "error"]
_LEAST_FREE_BYTES = 2 * 1024**3
_DURABLE = ("fsync", "synchronous_commit", "full_page_writes")


@dataclass(frozen=True)
class Check:
    """One finding."""

    name: str
    state: State
    message: str


def disk(folder: Path) -> Check:
    """Return whether the disk of `folder` has room for a while."""
    free = shutil.disk_usage(folder if folder.exists() else folder.parent).free
    if free < _LEAST_FREE_BYTES:
        return Check(
            Sentence("空き容量"),
            "warning",
            Sentence("空きが {free} MB しかありません。不要なファイルを片付けてください。", free=free // 1024**2),
        )
    return Check(Sentence("空き容量"), "ok", Sentence("{free} GB 空いています。", free=free // 1024**3))


def fonts(own_folder: Path) -> Iterator[Check]:
    """Yield what is wrong with the fonts of papers, or that nothing is."""
    warnings = font_warnings(own_folder)
    for warning in warnings:
        yield Check(Sentence("字体"), "warning", warning)
    if not warnings:
        yield Check(Sentence("字体"), "ok", Sentence("氏名用と本文用の字体があります。"))


def certificate(name: str, secrets: Path) -> Check | None:
    """Return how the certificate of the direct transport stands, where there is one: `name` is what the finding is called."""
    if not (secrets / "direct" / OWN).exists():
        return None
    held = standing_in(secrets / "direct")
    if held is None:
        return Check(name, "error", Sentence("読めません。申請からやり直してください。"))
    if held.is_over:
        return Check(name, "error", Sentence("期限が切れています。新しくするまで、媒体で運んでください。"))
    if held.ends_soon:
        return Check(name, "warning", Sentence("あと {days} 日で切れます。新しい証明書を申請してください。", days=held.days_left))
    return Check(name, "ok", Sentence("{until} まで使えます。", until=f"{held.until:%Y-%m-%d}"))


def durability(name: str, value_of: Callable[[str], str]) -> Check:
    """Return whether an acknowledged booking could be lost with the power; `value_of` asks the server for a setting by its name."""
    for setting in _DURABLE:
        value = value_of(setting)
        if value != "on" and not (setting == "synchronous_commit" and value in {"remote_apply", "remote_write", "local"}):
            return Check(name, "error", Sentence("{setting} が on ではありません。停電で受け付けた予約が失われます。", setting=setting))
    return Check(name, "ok", Sentence("つながり、確実に書き込む設定です。"))
