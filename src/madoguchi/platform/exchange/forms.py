"""Forms of the exchange pages."""

from collections.abc import Sequence

from django import forms
from django.core.files.uploadhandler import FileUploadHandler
from django.utils.translation import gettext_lazy as _

from madoguchi.kernel.kfx import MAX_FILE_BYTES
from madoguchi.platform.exchange.handlers import sent_types
from madoguchi.platform.exchange.wording import TYPE_HELP, type_name
from madoguchi.platform.ui.forms import RadioList


class ExportForm(forms.Form):
    """Which type of file to make."""

    type = forms.ChoiceField(
        label=_("書き出す種類"),
        widget=RadioList(help_texts=TYPE_HELP),
        error_messages={"required": _("書き出す種類を選んでください。"), "invalid_choice": _("書き出す種類を一覧から選んでください。")},
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own
        choice = self.fields["type"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(name, type_name(name)) for name in sent_types()]
        if len(sent_types()) == 1:
            self.initial.setdefault("type", sent_types()[0])


class ImportForm(forms.Form):
    """The file that came on a medium. An empty one goes through to the import, which refuses it and says so in the ledger."""

    file = forms.FileField(
        label=_("連携ファイル"),
        help_text=_("名前が .kfx で終わるファイルを選んでください。媒体のファイルは変わらず、消えもしません。"),
        allow_empty_file=True,
        max_length=None,
        error_messages={"required": _("連携ファイルを選んでください。"), "missing": _("連携ファイルを選んでください。")},
    )
    medium = forms.ChoiceField(
        label=_("媒体"), required=False, error_messages={"invalid_choice": _("持ち出している媒体から選び直してください。")}
    )

    def __init__(self, *args: object, media: Sequence[str] = (), **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own
        choice = self.fields["medium"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [("", _("選ばない")), *((number, number) for number in media)]


class WithdrawForm(forms.Form):
    """Why a file is withdrawn."""

    reason = forms.CharField(
        label=_("取り下げる理由"),
        help_text=_("例: 有効期限が切れた、媒体を紛失した"),
        max_length=200,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": _("取り下げる理由を入力してください。"), "max_length": _("理由は200文字以内で入力してください。")},
    )


class SizeLimit(FileUploadHandler):
    """Lets no more of an upload reach the disk than shows that it is too large for an exchange file."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Pass a chunk on, unless the limit is behind it."""
        return raw_data if start <= MAX_FILE_BYTES else None

    def file_complete(self, file_size: int) -> None:
        """Leave the making of the file to the next handler."""


class LetInForm(forms.Form):
    """Why a file that changes so much at once is right."""

    reason = forms.CharField(
        label=_("取り込んでよい理由"),
        help_text=_("例: 年度末の一斉の交付取りやめ。送り手に件数を確かめてから書いてください。"),
        max_length=200,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": _("取り込んでよい理由を入力してください。"), "max_length": _("理由は200文字以内で入力してください。")},
    )
