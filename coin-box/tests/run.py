"""Runs the tests of the firmware: `micropython coin-box/tests/run.py`, or one module: `... run.py test_slot`."""

import sys

MODULES = (
    "test_signing",
    "test_coin_log",
    "test_pulses",
    "test_slot",
    "test_client",
    "test_box",
    "test_display",
    "test_setup_portal",
)


def run(name):
    """The tests of one module that fail, each with its error."""
    module = __import__(name)
    failed = []
    for test in sorted(dir(module)):
        if not test.startswith("test_"):
            continue
        try:
            getattr(module, test)()
        except Exception as error:
            sys.print_exception(error)
            failed.append("%s.%s: %r" % (name, test, error))
    return failed


if __name__ == "__main__":
    here = __file__.rsplit("/", 1)[0] if "/" in __file__ else "."
    sys.path[:0] = [here, here + "/.."]
    wrong = []
    for one in sys.argv[1:] or MODULES:
        wrong += run(one)
    print("\n".join(wrong) or "All is well")
    sys.exit(1 if wrong else 0)
