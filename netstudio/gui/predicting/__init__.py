"""What a model says of files that people choose."""
