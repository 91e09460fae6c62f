"""The engine's benchmark: nine training workloads, timed alone or against other frameworks in the same run."""
