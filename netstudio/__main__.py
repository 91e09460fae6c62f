"""`python -m netstudio`, and the command `netstudio`."""


def main() -> None:
    """Run the command line; the exit status is that of `netstudio.cli.guard`."""
    from netstudio.cli.app import app

    app()


if __name__ == "__main__":
    main()
