"""What the judge reads of tokens."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from tasks.measure.loaded_language.context.words import DENSITIES, count_columns, counted, read_token, read_tokens

SIGNS = st.text(st.sampled_from("aZé'’\".,!?(—-*9$ßİΣ😀"), min_size=1, max_size=8)


@given(st.lists(SIGNS, min_size=1, max_size=20))
@example(["“We!”", "Smith's", "U.S.,", "—", "'Twas", "9%", "NATO"])
def test_columns_are_as_single_tokens(tokens: list[str]) -> None:
    """Tokens read as a column are those read one by one."""
    read = read_tokens(tokens)
    assert read.rows() == [tuple(read_token(token)) for token in tokens]
    assert count_columns(tokens, read).T.tolist() == [list(counted(token)) for token in tokens]


def test_each_density_is_counted() -> None:
    """Each density has a token that counts for it alone."""
    tokens = ["we", "said", "never", "was", "because", "wow!", "eh?", "1999", "Rome"]
    assert [[name for name, one in zip(DENSITIES, counted(token), strict=True) if one] for token in tokens] == [
        [name] for name in DENSITIES
    ]
