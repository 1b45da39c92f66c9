import pytest

from madoguchi.zones.bench.measurement import Figure, Report, percentile


def test_a_figure_is_the_median_of_its_rounds_and_a_ratio_to_its_reference() -> None:
    figure = Figure("P-00", "仕事", "件/秒", [90.0, 300.0, 120.0], [200.0, 240.0, 100.0])
    assert (figure.value, figure.reference, figure.ratio) == (120.0, 200.0, 0.6)
    assert figure.as_json()["rounds"] == [90.0, 300.0, 120.0]


def test_a_figure_without_reference_has_no_ratio() -> None:
    assert Figure("P-00", "応答", "ms", [3.0]).ratio is None


def test_the_report_names_its_first_figure_and_the_smallest_ratio() -> None:
    figures = [Figure("A", "一", "件", [8.0], [10.0]), Figure("B", "二", "件", [3.0], [10.0]), Figure("C", "三", "ms", [5.0])]
    done = Report(figures, ["something: 1"]).outcome()
    assert (done.data["measured"], done.data["reference"], done.data["ratio"]) == (8.0, 10.0, 0.3)
    assert done.data["violations"] == ["something: 1"]
    assert set(done.data) == {"measured", "reference", "ratio", "figures", "violations", "machine"}
    assert done.lines[-1] == "違反: something: 1"


def test_without_violations_the_report_says_so() -> None:
    assert Report([Figure("A", "一", "件", [8.0])]).outcome().lines[-1] == "違反なし"


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([], 0.99, 0.0), ([7.0], 0.99, 7.0), (range(1, 101), 0.99, 99.0), (range(1, 101), 0.5, 50.0), ([3.0, 1.0, 2.0], 1.0, 3.0)],
)
def test_percentile_by_nearest_rank(values: list[float], share: float, expected: float) -> None:
    assert percentile(values, share) == expected
