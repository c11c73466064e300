from __future__ import annotations

import doctest

import ftfy


def test_readme_examples(readme: str) -> None:
    """The examples of the README give what it says."""
    blocks = "\n".join(block for block in readme.split("```python\n")[1:] if block.startswith(">>>"))
    examples = doctest.DocTestParser().get_doctest(blocks.split("```")[0], {}, "README.md", "README.md", 0)
    assert examples.examples
    assert doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(examples).failed == 0


def test_damaged_paragraph_of_the_first_screen(readme: str) -> None:
    """The paragraph at the top is repaired as the README shows."""
    from tasks.clean import clean_text

    damaged, repaired = (block.strip("\n") for block in readme.split("```")[1:4:2])
    assert clean_text(damaged).text == repaired
    assert ftfy.fix_text(damaged).count("'ÄĒ") == 2
