"""The command line, one file a command.

What a command prints goes to standard output; progress and errors go to standard error. Each command imports what it
needs when it runs, so that help and `layers` answer at once.
"""
