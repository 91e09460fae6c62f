"""What becomes of a table's columns: learnt from the training rows, kept in the model, repeated on what comes after."""

from netstudio.data.recipe.recipe import Recipe

__all__ = ["Recipe"]
