"""What a document may say of columns of text."""

from __future__ import annotations

from netstudio.graph.declared import Declared
from netstudio.graph.params import Bool, Choice, Int


class TextSettings(Declared):
    """A text becomes `length` token ids: 0 where it has ended, 1 for what no training row had, then the vocabulary."""

    name = "text"

    tokens = Choice(("words", "characters"), "words", doc="What a token is: a word or mark, or a single character.")
    length = Int(64, minimum=1, maximum=1 << 16, doc="How many tokens of a text are taken; shorter ones are padded.")
    vocabulary = Int(
        5000,
        minimum=3,
        maximum=1_000_000,
        doc="How many ids there are at most, those of padding and of the unknown among them; the others are the most "
        "frequent tokens of the training rows.",
    )
    lowercase = Bool(True, doc="Take capitals for small letters.")
