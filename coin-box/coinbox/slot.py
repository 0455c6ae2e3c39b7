"""The coin slot: closed unless the server said, not long ago, that it is to be open."""

LONGEST_OPEN_MS = 60000


class Slot:
    """`inhibit` and `relay` are called with True and False: refuse coins; power for the acceptor."""

    def __init__(self, inhibit, relay=None):
        self._inhibit = inhibit
        self._relay = relay
        self._closes_at = 0
        self.is_open = False
        self._set(False)

    def obey(self, is_open, closes_in_s, now):
        """What the server ordered just now. Times are milliseconds that only grow."""
        open_ms = min(closes_in_s * 1000, LONGEST_OPEN_MS)
        self._closes_at = now + open_ms
        self._set(is_open and open_ms > 0)

    def tick(self, now):
        """Closes it when its time is over."""
        if self.is_open and now >= self._closes_at:
            self._set(False)

    def close(self):
        self._set(False)

    def _set(self, is_open):
        self.is_open = is_open
        self._inhibit(not is_open)
        if self._relay:
            self._relay(is_open)
