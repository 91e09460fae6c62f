"""The operations, one family a file: shape rule, derivative and kernels side by side."""
