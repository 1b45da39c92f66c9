"""言葉と訳: what staff typed and citizens read, and the page on which one text is written in the other languages (BK-14)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from madoguchi.booking.desk import own_texts
from madoguchi.booking.desk.rights import SET_MUNICIPALITY
from madoguchi.booking.municipality.own_words import add_language_fields, language_values, save_words, words_for
from madoguchi.platform.accounts.access import actor_of, requires


class WordsForm(forms.Form):
    """One text in every language that the municipality offers."""

    def __init__(self, *args: Any, **values: Any) -> None:  # noqa: ANN401 Django's signature
        super().__init__(*args, **values)
        add_language_fields(self, _("訳"))
        self.words: dict[str, str] = {}

    def clean(self) -> dict[str, Any]:
        """Read the words, and hold readings to their form."""
        super().clean()
        self.words = language_values(self)
        return self.cleaned_data


@requires(SET_MUNICIPALITY)
@require_safe
def own_words(request: HttpRequest) -> HttpResponse:
    """Every text with the languages that lack it; with `?missing` only those that lack one."""
    texts = own_texts.own_texts()
    lacking = [text for text in texts if text.missing]
    only = "missing" in request.GET
    context = {"texts": lacking if only else texts, "all": len(texts), "lacking": len(lacking), "only": only}
    return render(request, "desk/own_words.html", context)


@requires(SET_MUNICIPALITY)
@require_http_methods(["GET", "HEAD", "POST"])
def own_word(request: HttpRequest, code: str) -> HttpResponse:
    """One text: write what it is in each language."""
    found = own_texts.find(code)
    if found is None:
        raise Http404
    text, where = found
    known = {f"in_{language}": words for (_text, language), words in words_for([text]).items()}
    form = WordsForm(request.POST if request.method == "POST" else None, initial=known)
    if request.method == "POST" and form.is_valid():
        try:
            changed = save_words(actor_of(request), text, form.words)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            said = _("訳を保存しました。公開ページには数秒で出ます。") if changed else _("変わったところはありません。")
            messages.success(request, said)
            return HttpResponseRedirect(reverse("desk:own-words"))
    context = {"form": form, "text": text, "where": where}
    return render(request, "desk/own_word.html", context, status=422 if request.method == "POST" else 200)
