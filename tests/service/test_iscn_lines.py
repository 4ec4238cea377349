"""Lines of a file that somebody sent: quotes are taken off, and no line keeps the reader for ever."""

from remnant.service.iscn.lines import arguments


def test_quotes_around_a_string_are_taken_off_and_those_within_stay():
    texts = ['"46,XX[20]"', "  '46,XY' , ", "“46,XX”;", '46,XX "a"', '"a" "b"', '"46,XX']
    assert [line.content for line in arguments(texts)] == [
        "46,XX[20]", "46,XY", "46,XX", '46,XX "a"', '"a" "b"', '"46,XX',
    ]  # fmt: skip


def test_a_quote_before_a_sea_of_spaces_is_read_in_one_pass():
    """Tried space by space from both ends this would take days."""
    text = '"a"' + " " * 2_000_000 + "x"
    assert arguments([text])[0].content == text
