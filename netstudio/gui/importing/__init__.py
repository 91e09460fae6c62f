"""Data of one's own: from a file or a folder to a graph that trains on it, step by step."""
