"""画面の一覧: every page of staff of this zone with its code, the way there, and a link where the reader may open it (S34)."""

from collections.abc import Sequence
from dataclasses import dataclass

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from madoguchi.platform.accounts.access import may_use, signed_in
from madoguchi.platform.accounts.views import status_of
from madoguchi.platform.ui import screens
from madoguchi.platform.ui.shell import MenuSection, Words, current_item, menu_of


@dataclass(frozen=True, slots=True)
class Row:
    """One page as the reader has it."""

    screen: screens.Screen
    room: Words
    way: tuple[Words, ...]
    url: str
    is_open: bool


class ScreenCodeForm(forms.Form):
    """The code that somebody reads out."""

    code = forms.CharField(
        label=_("画面の番号"),
        max_length=10,
        help_text=_("例：K3。画面のいちばん下に出ています。"),
        error_messages={"required": _("画面の番号を入力してください。"), "max_length": _("画面の番号は、英字1字と数字です。例：K3")},
        widget=forms.TextInput({"class": "width-4 figures", "autocomplete": "off"}),
    )

    def clean_code(self) -> str:
        """Return the code as it is written; refuse what is no page's code."""
        found = screens.by_code(self.cleaned_data["code"])
        if found is None:
            raise forms.ValidationError(_("この番号の画面はありません。英字1字と数字を、もう一度聞いて入力してください。"))
        return found.code


def address_for(request: HttpRequest, screen: screens.Screen) -> str:
    """Return where a page opens for who asks; where it needs something chosen first, or is not theirs, its place in the list."""
    door = screens.doors().get(screen.address)
    if door is not None and screen.opens_at(door) and may_use(request, door.view):
        return reverse(screen.address)
    return f"{reverse('accounts:screens')}?{urlencode({'code': screen.code})}"


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def screens_page(request: HttpRequest) -> HttpResponse:
    """The list, and above it the page whose code was asked for."""
    form = ScreenCodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return HttpResponseRedirect(f"{reverse('accounts:screens')}?{urlencode({'code': form.cleaned_data['code']})}")
    asked = screens.by_code(request.GET.get("code", ""))
    menu = menu_of(request)
    found = [
        (room, [_row(request, menu, room, one, door) for one in room.screens if (door := screens.doors().get(one.address))])
        for room in screens.rooms()
    ]
    page = {
        "form": form,
        "asked": asked,
        "answer": next((row for _room, rows in found for row in rows if row.screen == asked), None),
        "rooms": [(room, rows) for room, rows in found if rows],
    }
    return render(request, "accounts/screens.html", page, status=status_of(form))


def _row(request: HttpRequest, menu: Sequence[MenuSection], room: screens.Room, screen: screens.Screen, door: screens.Door) -> Row:
    is_open = may_use(request, door.view)
    return Row(
        screen,
        room.name,
        _way(menu, screen, door) if is_open else (),
        reverse(screen.address) if is_open and screen.opens_at(door) else "",
        is_open,
    )


def _way(menu: Sequence[MenuSection], screen: screens.Screen, door: screens.Door) -> tuple[Words, ...]:
    """Return the entries of the menu that lead there; a home page leads to nothing but itself."""
    entry = current_item(menu, door.path)
    if entry is None or (entry.url == "/" and door.path != "/"):
        return ()
    section = next(section for section in menu if entry in section.items)
    return (section.title, entry.label, *([] if entry.url == door.path else [screen.name]))
