"""The one exception a person is meant to read."""


class SesameError(Exception):
    """Something the operator can mend; the message says what, where and how.

    The command line prints it without a traceback and exits with `exit_code`:
    1 for a failed step, 2 for unusable arguments or input.
    """

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code
