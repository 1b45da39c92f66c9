"""Codes that machines read: QR as vectors, and Code 128 bars (ISO/IEC 15417) as widths."""

import re

import segno

_CODE_B_START = 104
_STOP = "2331112"
_MASK = 2
_QUIET_ZONE = 4
_DARK = re.compile(b"\x01+")
_CODE_128 = [
    "212222",
    "222122",
    "222221",
    "121223",
    "121322",
    "131222",
    "122213",
    "122312",
    "132212",
    "221213",
    "221312",
    "231212",
    "112232",
    "122132",
    "122231",
    "113222",
    "123122",
    "123221",
    "223211",
    "221132",
    "221231",
    "213212",
    "223112",
    "312131",
    "311222",
    "321122",
    "321221",
    "312212",
    "322112",
    "322211",
    "212123",
    "212321",
    "232121",
    "111323",
    "131123",
    "131321",
    "112313",
    "132113",
    "132311",
    "211313",
    "231113",
    "231311",
    "112133",
    "112331",
    "132131",
    "113123",
    "113321",
    "133121",
    "313121",
    "211331",
    "231131",
    "213113",
    "213311",
    "213131",
    "311123",
    "311321",
    "331121",
    "312113",
    "312311",
    "332111",
    "314111",
    "221411",
    "431111",
    "111224",
    "111422",
    "121124",
    "121421",
    "141122",
    "141221",
    "112214",
    "112412",
    "122114",
    "122411",
    "142112",
    "142211",
    "241211",
    "221114",
    "413111",
    "241112",
    "134111",
    "111242",
    "121142",
    "121241",
    "114212",
    "124112",
    "124211",
    "411212",
    "421112",
    "421211",
    "212141",
    "214121",
    "412121",
    "111143",
    "111341",
    "131141",
    "114113",
    "114311",
    "411113",
    "411311",
    "113141",
    "114131",
    "311141",
    "411131",
    "211412",
    "211214",
    "211232",
]


def code_128(text: str) -> list[int]:
    """Return the widths of bars and gaps in turn, in modules, bar first, of `text` in Code 128 set B (ISO/IEC 15417).

    Raises ValueError when a character is not printable ASCII. The quiet zone (10 modules each side) is the layout's affair.
    """
    if not text or not all(" " <= char <= "~" for char in text):
        raise ValueError("Code 128 set B holds printable ASCII only")
    values = [_CODE_B_START, *(ord(char) - 32 for char in text)]
    check = (values[0] + sum(place * value for place, value in enumerate(values[1:], start=1))) % 103
    return [int(width) for symbol in (*(_CODE_128[value] for value in (*values, check)), _STOP) for width in symbol]


def qr_svg(text: str) -> str:
    """Return a QR code of `text` (ISO/IEC 18004, error level M, quiet zone of four modules) as one SVG drawing.

    One mask pattern is taken for all: readers accept each of the eight, trying them all takes five times as long, and every printed
    code is read back.
    """
    code = segno.make(text, error="m", micro=False, mask=_MASK)
    width = len(code.matrix) + 2 * _QUIET_ZONE
    strokes = "".join(
        f"M{run.start() + _QUIET_ZONE} {y + _QUIET_ZONE}h{run.end() - run.start()}v1h-{run.end() - run.start()}z"
        for y, row in enumerate(code.matrix)
        for run in _DARK.finditer(bytes(row))
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {width}" shape-rendering="crispEdges"><path d="{strokes}"/></svg>'
