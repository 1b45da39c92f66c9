"""Every address of the core zone that gives a file away is known here with the process that it records (SF-04, S28).

The list of such addresses is read from the views' own source, so that a new one is missed here at once. That an answer was recorded
indeed is seen in every test of this zone that asks for a file: `conftest.py` looks at each answer of the test client.
"""

import ast
import inspect
from collections.abc import Callable, Iterator, Sequence
from functools import cache

import pytest
from django.http import HttpResponse
from django.urls import URLPattern, URLResolver

from madoguchi.delivery.conftest import NOT_OUTPUTS, ON_PAPER, OUTPUTS, process_faults
from madoguchi.platform.audit.processes import Process, ProcessClass
from madoguchi.zones.delivery.urls import urlpatterns

RECORDED_AS = {ProcessClass.EXPORT, ProcessClass.PRINT}
SIGNS_OF_A_FILE = {"FileResponse", "StreamingHttpResponse", "Content-Disposition", "content_type"}


def _addresses(patterns: Sequence[URLPattern | URLResolver], namespace: str = "") -> Iterator[tuple[str, Callable[..., object]]]:
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from _addresses(one.url_patterns, f"{namespace}{one.namespace}:" if one.namespace else namespace)
        else:
            yield f"{namespace}{one.name}", one.callback


@cache
def _functions(module: object) -> dict[str, ast.FunctionDef]:
    tree = ast.parse(inspect.getsource(module))  # type: ignore[arg-type]  # a module
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def _gives_a_file(view: Callable[..., object]) -> bool:
    """Tell whether a view, or a function of its module that it calls, makes an answer that is no page."""
    functions, seen, waiting = _functions(inspect.getmodule(view)), set[str](), [inspect.unwrap(view).__name__]
    while waiting:
        name = waiting.pop()
        if name in seen or name not in functions:
            continue
        seen.add(name)
        for node in ast.walk(functions[name]):
            if isinstance(node, ast.Name):
                waiting.append(node.id)
            words = [getattr(node, part, None) for part in ("id", "arg", "value")]
            if any(isinstance(word, str) and word in SIGNS_OF_A_FILE for word in words):
                return True
    return False


def test_every_address_that_gives_a_file_away_is_known_with_its_process() -> None:
    giving = {name for name, view in _addresses(urlpatterns) if _gives_a_file(view)}
    assert giving == OUTPUTS.keys() | NOT_OUTPUTS


@pytest.mark.parametrize("process", [*OUTPUTS.values(), *ON_PAPER.values()], ids=lambda one: one.code)
def test_a_file_that_leaves_is_an_output_in_the_log(process: Process) -> None:
    assert process.kind in RECORDED_AS


def test_an_answer_without_its_event_is_seen() -> None:
    answer = HttpResponse(b"", content_type="text/csv", headers={"Content-Disposition": "attachment"})
    assert process_faults("characters:export", answer, set()) == "characters:export gave a file and recorded no cards.characters.export"
    assert process_faults("characters:export", answer, {"cards.characters.export"}) == ""
    assert process_faults("brand:new", answer, set()) == "brand:new gives a file and is unknown"
    assert process_faults("cards:list", HttpResponse("page"), set()) == ""
