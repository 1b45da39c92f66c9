"""The picture of the life of a card, made from the one table of rules: `python -m madoguchi.delivery.cards.picture > docs/lifecycle.md`."""

import sys
from collections.abc import Iterable, Iterator

from madoguchi.delivery.cards import rules, ways


def document() -> str:
    """Return docs/lifecycle.md: a state diagram of progress, the axes with their values, and every act with what it demands."""
    return "\n".join([*_head(), *_diagram(), *_axes(), *_acts(), *_holds(), *_phases()]) + "\n"


def _head() -> Iterator[str]:
    yield "# カードの一生"
    yield ""
    yield "この文書は `madoguchi.delivery.cards.rules` の表から `python -m madoguchi.delivery.cards.picture` で作られます。"
    yield "テストが表と比べるので、手で直さないでください。"
    yield ""


def _diagram() -> Iterator[str]:
    yield "## 進捗の図"
    yield ""
    yield "```mermaid"
    yield "stateDiagram-v2"
    for value in rules.Progress:
        yield f'    state "{value.label}" as {value.value}'
    for _code, name, target in rules.ENTRIES:
        yield f"    [*] --> {target.value}: {name}"
    for act in rules.ACTS:
        for change in act.changes:
            if change.axis == "progress":
                for source in rules.Progress:
                    if source in change.sources:
                        yield f"    {source.value} --> {change.target.value}: {act.name}"
    yield "```"
    yield ""


def _axes() -> Iterator[str]:
    yield "## 軸と値"
    yield ""
    yield "| 軸 | 列 | 値 | 注 |"
    yield "|---|---|---|---|"
    for axis in rules.AXES:
        values = "、".join(f"`{value.value}` {value.label}" for value in axis.values)
        yield f"| {axis.name} | `{axis.code}` | {values} | {axis.note} |"
    yield ""


def _acts() -> Iterator[str]:
    yield "## 操作"
    yield ""
    yield "| 操作 | 軸 | 前 → 後 | 条件 | 画面 (docs/urls.md の名前) |"
    yield "|---|---|---|---|---|"
    for code, name, target in rules.ENTRIES:
        yield f"| `{code}` {name} | 進捗 | – → {target.label} | 画面と取り込みの規則による | {_addresses(ways.ENTRIES[code])} |"
    names = {axis.code: axis.name for axis in rules.AXES}
    for act in rules.ACTS:
        axes = "<br>".join(names[change.axis] for change in act.changes)
        steps = "<br>".join(
            f"{'・'.join(value.label for value in type(change.target) if value in change.sources)} → {change.target.label}"
            f"{' (できるとき)' if change.if_possible else ''}"
            for change in act.changes
        )
        guards = "<br>".join((guard.__doc__ or "").strip() for guard in act.guards) or "–"
        yield f"| `{act.code}` {act.name} | {axes} | {steps} | {guards} | {_addresses(ways.ways_of(act.code))} |"
    yield ""


def _addresses(names: Iterable[str]) -> str:
    return "<br>".join(f"`{name}`" for name in names)


def _holds() -> Iterator[str]:
    yield "## 停止"
    yield ""
    yield "停止は理由・情報源・開始・登録者を持ち、登録者とは別の職員だけが解除できます。"
    yield ""
    yield "| 種類 | 止めるもの |"
    yield "|---|---|"
    for kind in rules.HoldKind:
        yield f"| `{kind.value}` {kind.label} | {'、'.join(effect.label for effect in rules.Effect if effect in rules.STOPS[kind])} |"
    yield ""


def _phases() -> Iterator[str]:
    yield "## 段階"
    yield ""
    yield f"仕事の待ち行列は軸から導きます: {'、'.join(phase.label for phase in rules.Phase)}。"


if __name__ == "__main__":
    sys.stdout.write(document())
