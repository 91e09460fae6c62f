"""The charts of the training runs."""
