"""The process that sets type: reads orders from standard input, writes PDF to standard output, and knows nothing else.

The compiler's memory grows with what it has set, so this runs as a process of its own that is replaced from time to time. It is given
layouts of this package and data; data is text, never markup, and there is no package path from which a layout could load more.
"""

import json
import struct
import sys
from pathlib import Path
from typing import BinaryIO

import typst

LENGTH = struct.Struct(">I")
ANSWER = struct.Struct(">?I")


def _serve(orders: BinaryIO, answers: BinaryIO) -> None:
    fonts: typst.Fonts | None = None
    folders: list[str] = []
    while head := orders.read(LENGTH.size):
        order = json.loads(orders.read(LENGTH.unpack(head)[0]))
        if fonts is None or folders != order["folders"]:
            folders = order["folders"]
            fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)
        layout = Path(order["layout"])
        try:
            # A path, not bytes: the compiler does not find a layout given as bytes.
            compiler = typst.Compiler(
                input=str(layout),
                root=str(layout.parent),
                font_paths=fonts,
                ignore_system_fonts=True,
                sys_inputs={"data": order["data"]},
                package_path="/nonexistent",
                package_cache_path="/nonexistent",
            )
            pdf, _warnings = compiler.compile_with_warnings(format="pdf")
            done, answer = True, pdf if isinstance(pdf, bytes) else b""
        except typst.TypstError as error:
            done, answer = False, error.message.encode()
        answers.write(ANSWER.pack(done, len(answer)) + answer)
        answers.flush()


if __name__ == "__main__":
    _serve(sys.stdin.buffer, sys.stdout.buffer)
