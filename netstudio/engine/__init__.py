"""The engine: operations, differentiation, fusion, memory plan, tape, kernels."""
