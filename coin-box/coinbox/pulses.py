"""Pulses of one line of the coin acceptor.

A pulse counts when the line was active for `shortest_ms` to `longest_ms`. Contacts bounce: a gap shorter than
`bounce_ms` is part of the pulse. Times are `ticks_ms` of the board, with `ticks_diff`.
"""


# Ticks turn over after some days; what was long ago is forgotten before.
FORGET_MS = 60000


class PulseLine:
    def __init__(self, ticks_diff, shortest_ms=20, longest_ms=250, bounce_ms=10):
        self.ticks_diff = ticks_diff
        self.shortest_ms = shortest_ms
        self.longest_ms = longest_ms
        self.bounce_ms = bounce_ms
        # Only the handler of edges changes these three.
        self.counted = 0
        self._is_active = False
        self._is_seen = False
        self._started = 0
        # When the line rested; a pulse that ended then may go on after a bounce.
        self._ended = 0
        self._is_ending = False
        self._taken = 0

    def edge(self, is_active, now):
        """For the interrupt of both edges: takes no memory."""
        if is_active == self._is_active:
            return
        self._is_active = is_active
        if not is_active:
            self._ended = now
            self._is_ending = True
            return
        if self._is_ending:
            self._is_ending = False
            if self.ticks_diff(now, self._ended) < self.bounce_ms:
                return
            self._finish()
        self._started = now

    def take(self, now):
        """Pulses since the last call, with interrupts off."""
        if self._is_ending and self.ticks_diff(now, self._ended) >= self.bounce_ms:
            self._is_ending = False
            self._finish()
        if self._is_seen and self.ticks_diff(now, self._ended) > FORGET_MS:
            self._is_seen = False
        new = self.counted - self._taken
        self._taken = self.counted
        return new

    def is_quiet(self, now, quiet_ms):
        """Whether a train of pulses, which are one coin, is over."""
        if self._is_active:
            return self.ticks_diff(now, self._started) > self.longest_ms
        return not self._is_seen or self.ticks_diff(now, self._ended) >= quiet_ms

    def _finish(self):
        self._is_seen = True
        width = self.ticks_diff(self._ended, self._started)
        if self.shortest_ms <= width <= self.longest_ms:
            self.counted += 1
