"""What plays the board in the tests: flash that loses its power, a clock that stands still, pins."""


from coinbox.pulses import PulseLine


class PowerCut(Exception):
    pass


class ModelFlash:
    """A NOR chip: a write clears bits, only an erase sets them. `power_for` bytes later the power is cut."""

    def __init__(self, sectors=4, sector_bytes=256, dice=None):
        self.sectors = sectors
        self.sector_bytes = sector_bytes
        self.data = bytearray(b"\xff" * (sectors * sector_bytes))
        self.dice = dice
        self.power_for = None
        # What took power so far, so that a test can cut it at each of these.
        self.spent = 0
        self.erases = [0] * sectors
        self.worn = ()

    def read(self, offset, buffer):
        assert offset % 4 == 0 and len(buffer) % 4 == 0
        buffer[:] = self.data[offset : offset + len(buffer)]

    def write(self, offset, data):
        assert offset % 4 == 0 and len(data) % 4 == 0
        for at in range(len(data)):
            if self._is_cut():
                # The byte that was being written has some of its bits.
                self.data[offset + at] &= data[at] | self._random()
                raise PowerCut()
            self.data[offset + at] &= data[at] | (0x10 if offset + at in self.worn else 0)

    def erase(self, sector):
        self.erases[sector] += 1
        start = sector * self.sector_bytes
        for at in range(start, start + self.sector_bytes, 32):
            if self._is_cut():
                # Bits rise in no order.
                for other in range(at, start + self.sector_bytes):
                    self.data[other] |= self._random()
                raise PowerCut()
            self.data[at : at + 32] = b"\xff" * 32

    def _is_cut(self):
        self.spent += 1
        if self.power_for is None:
            return False
        self.power_for -= 1
        return self.power_for < 0

    def _random(self):
        return self.dice.below(256) if self.dice else 0xFF


class Dice:
    """The same numbers every time; MicroPython's own differ from port to port."""

    def __init__(self, seed):
        self.state = seed * 2654435761 % 4294967296 or 1

    def below(self, limit):
        x = self.state
        x ^= x << 13 & 0xFFFFFFFF
        x ^= x >> 17
        x ^= x << 5 & 0xFFFFFFFF
        self.state = x
        return (x >> 8) % limit


class ModelPin:
    """Remembers what it was set to."""

    def __init__(self):
        self.all = []

    def __call__(self, value):
        self.all.append(value)

    @property
    def value(self):
        return self.all[-1]


class ModelBoard:
    """A box's hardware: what it remembers over a power cut is `flash` and `settings`."""

    def __init__(self, connect, keys=("1", "5"), host="shop.test"):
        self.connect = connect
        self.flash = ModelFlash(sectors=4, sector_bytes=1024)
        self.settings = {"host": host}
        self.saved = {"host": host}
        self.hardware = "a1b2c3d4"
        self.keys = keys
        self.ms = 0
        self.online = True
        self.dice = Dice(7)
        self.power_on()

    def power_on(self):
        """After a power cut: pins and memory are new."""
        self.flash.power_for = None
        self.settings = dict(self.saved)
        self.inhibit = ModelPin()
        self.relay = ModelPin()
        self.lines = [(key, PulseLine(lambda one, other: one - other)) for key in self.keys]
        self.shown = ("", "")

    def now(self):
        return self.ms

    def take(self, line):
        return line.take(self.ms)

    def is_quiet(self, line, quiet_ms):
        return line.is_quiet(self.ms, quiet_ms)

    def show(self, *lines):
        self.shown = lines

    def is_online(self):
        return self.online

    def save(self):
        self.saved = dict(self.settings)

    def random(self, size):
        return bytes([self.dice.below(256) for _ in range(size)])

    def insert(self, key, step, pulses=1):
        """A coin, by so many pulses of 50 ms; `step` is the main loop. Then the line rests."""
        line = self.lines[self.keys.index(key)][1]
        for _ in range(pulses):
            for is_active in (True, False):
                line.edge(is_active, self.ms)
                self.ms += 50
                step()
        for _ in range(4):
            self.ms += 100
            step()
