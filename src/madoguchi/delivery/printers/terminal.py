"""Which printer this terminal prints on: its browser keeps the choice, as it keeps how loud the terminal is."""

from django.http import HttpRequest

from madoguchi.delivery.printers.models import Printer

PRINTER_COOKIE = "madoguchi_printer"
SLEEVES, ADDRESSES = "sleeves", "addresses"


def printer_of(request: HttpRequest) -> Printer | None:
    """Return the printer of this terminal; None while none was chosen, or the chosen one is not used any more. One statement at most."""
    said = request.COOKIES.get(PRINTER_COOKIE, "")
    if not (said.isascii() and said.isdigit() and len(said) <= 9):
        return None
    return Printer.objects.filter(pk=int(said), is_used=True).first()


def label_start(request: HttpRequest, kind: str) -> int:
    """Return at which place the sheet of labels in this terminal's printer goes on."""
    printer = printer_of(request)
    return int(printer.label_starts.get(kind, 1)) if printer is not None else 1
