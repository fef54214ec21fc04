"""The words that people read: one catalogue per language, parsed here and read from files elsewhere."""

from app.core.words.catalogue import Catalogue, Data, Phrase, Words, read_words

__all__ = ["Catalogue", "Data", "Phrase", "Words", "read_words"]
