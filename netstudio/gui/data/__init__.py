"""The samples of a data set, to look at: a table, plots, pictures."""
