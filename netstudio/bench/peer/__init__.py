"""The other frameworks' side of the benchmark: run by path in their own interpreters, where nothing of ours is
installed. `python <this folder> torch|jax THREADS` answers one line of JSON for each that it reads.
"""
