"""The box: coins into flash, flash to the server, orders to the slot and the display."""

from coinbox.client import Client
from coinbox.coin_log import BOOTS, CoinLog
from coinbox.slot import Slot

# A coin of several pulses is told of when its train is over.
TRAIN_MS = 150
# From here on the next sector is erased as soon as the slot is closed and the lines rest.
FEW_ENTRIES = 200


class Box:
    """`board` has what the hardware is:

    `now()` milliseconds that only grow, `lines` as (key, PulseLine), `take(line)` with interrupts off,
    `is_quiet(line, ms)`, `inhibit(on)`, `relay(on)`, `show(line, line)`, `is_online()`, `flash`, `settings`,
    `save()`, `connect()`, `random(n)`, `hardware`.
    """

    def __init__(self, board):
        self.board = board
        # Before anything else: coins are refused.
        self.slot = Slot(board.inhibit, board.relay)
        self.log = CoinLog(board.flash)
        self.log.add(BOOTS, 1)
        boots = self.log.value(BOOTS)
        self.client = Client(
            board.settings, board.save, board.connect, board.random, board.hardware, boots
        )
        self.client.orders = self._obey
        self.client.failed = self.slot.close
        self._lines = ()
        self._shown = None
        self._told = self._pulses()
        self._is_told = True

    def step(self):
        """One turn of the main loop; a few milliseconds."""
        now = self.board.now()
        self._count()
        self.slot.tick(now)
        if self.board.is_online():
            self.client.step(now, self._report(now))
        else:
            self.slot.close()
            self.client.disconnect()
        self._keep_boots()
        self._tidy()
        self._show()

    def _count(self):
        """Into flash first; what is reported is read from there. Coins count while the slot is closed as well."""
        is_quiet = True
        for channel in range(len(self.board.lines)):
            line = self.board.lines[channel][1]
            new = self.board.take(line)
            if new:
                self.log.add(channel, new)
                self._is_told = False
            is_quiet = is_quiet and self.board.is_quiet(line, TRAIN_MS)
        if is_quiet and not self._is_told:
            self._told = self._pulses()
            self._is_told = True

    def _pulses(self):
        lines = self.board.lines
        return {lines[at][0]: self.log.value(at) for at in range(len(lines))}

    def _report(self, now):
        return {
            "pulses": self._told,
            "inhibited": not self.slot.is_open,
            "uptime_s": now // 1000,
        }

    def _obey(self, said, now):
        is_open = said["open"] is True
        self._lines = [str(line) for line in said["display"][:2]]
        self.slot.obey(is_open, int(said["closes_in_s"]), now)

    def _keep_boots(self):
        """The server heard higher numbers than this flash knows of: the next boot starts above them."""
        if self.client.lost_count is not None:
            self.log.put(BOOTS, max(self.log.value(BOOTS), self.client.lost_count))
            self.client.lost_count = None

    def _tidy(self):
        if self.slot.is_open or self.log.free_entries > FEW_ENTRIES:
            return
        if all(self.board.is_quiet(line, 1000) for _, line in self.board.lines):
            self.log.tidy()

    def _show(self):
        lines = tuple(self._words())
        if lines != self._shown:
            self._shown = lines
            self.board.show(*lines)

    def _words(self):
        client = self.client
        if not self.board.is_online():
            return ("No network", "Please wait")
        if client.problem:
            return (client.problem, "Please wait")
        if not client.is_paired:
            return ("Number of box:", client.number or "")
        lines = list(self._lines) + ["", ""]
        if not self.slot.is_open and lines[0] == "Insert coin":
            return ("Please wait", "")
        return lines[:2]
