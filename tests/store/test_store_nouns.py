"""Stored sentences and strides that are not what they should be."""

import pytest

from kiosk.domain import Moment
from kiosk.store.nouns import phrase_from, stride_from, told_from


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        '{"findings": [3]}',
        '{"findings": [{"text": 1}]}',
        '{"refusal": {"pattern": "{a}", "values": {"b": 1}}}',
        '{"drill": {"x": 1}}',
        "{",
    ],
)
def test_damaged_summary_is_a_value_error(text: str) -> None:
    """Whatever is wrong with a stored summary, readers get one kind of error."""
    with pytest.raises(ValueError, match=r"\w"):
        told_from(text)


@pytest.mark.parametrize("text", ["{}", "[]", '{"view":"left","duration_s":1,"strides":1,"contact":[],"toe_off":{},"xy":[]}'])
def test_damaged_stride_is_a_value_error(text: str) -> None:
    """The same of a stride."""
    with pytest.raises(ValueError, match=r"\w"):
        stride_from(text)


def test_fields_of_another_version_are_left_out() -> None:
    """A summary written by a program with more fields is read without them, one with fewer has the usual values."""
    told = told_from('{"weather": 3, "findings": [{"text": "Good.", "metric": "cadence_spm", "good": true, "colour": "red"}]}')
    assert (told.findings[0].text, told.findings[0].moment, told.drift) == ("Good.", Moment.WHOLE, ())
    assert phrase_from('"plain"') == "plain"
