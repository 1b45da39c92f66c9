"""The bench of letters says what is wrong with a batch that lost or doubled a sheet."""

from unittest.mock import Mock

import pytest

from madoguchi.zones.bench.letters import wrong


def _server(*counts: int) -> Mock:
    """A database that answers the counts one after the other."""
    server = Mock()
    server.execute.return_value.fetchone.side_effect = [(count,) for count in counts]
    return server


def test_a_whole_batch_has_no_fault() -> None:
    assert wrong(_server(1, 300, 300, 300, 300), 300, {"pages": 300}) == []


@pytest.mark.parametrize(
    ("counts", "pages"),
    [((0, 300, 300, 300, 300), 300), ((1, 299, 300, 300, 300), 300), ((1, 300, 299, 300, 300), 300), ((1, 300, 300, 300, 300), 299)],
)
def test_a_lost_sheet_is_a_violation(counts: tuple[int, ...], pages: int) -> None:
    assert len(wrong(_server(*counts), 300, {"pages": pages})) == 1
