"""Lifetime counters in flash, as a log: a coin adds eight bytes, and a sector is erased after hundreds of them.

A sector starts with a header: its sequence number and all counters as they were then. Entries follow, each with one
counter's new value and a check. What a power cut left half written has a wrong check and counts for nothing, so the
counters are the old ones or the new ones. Sectors are used in a ring; the one that is erased is the oldest, and the
current one is left alone until the next one has a whole header.

`flash` has `sector_bytes`, `sectors`, `read(offset, buffer)`, `write(offset, data)` and `erase(sector)`. Like the chip,
a write only clears bits. Offsets and lengths are multiples of four bytes.
"""

import hashlib
import struct

MAGIC = 0x50434231
CHANNELS = 16
# The last channel counts boots, the others pulses.
BOOTS = CHANNELS - 1
LARGEST = (1 << 28) - 1
HEADER = 8 + 4 * CHANNELS + 4
ENTRY = 8
BLANK = b"\xff" * ENTRY


class FlashWornOut(Exception):
    """What was written does not read back, in a whole sector."""


class CoinLog:
    def __init__(self, flash):
        if flash.sectors < 3:
            raise ValueError("The log needs at least three sectors")
        self.flash = flash
        self.values = [0] * CHANNELS
        self._entry = bytearray(ENTRY)
        self._header = bytearray(HEADER)
        self._next_is_blank = False
        self._sequence = 0
        self._sector = flash.sectors - 1
        self._at = flash.sector_bytes
        self._find()

    def value(self, channel):
        return self.values[channel]

    def put(self, channel, value):
        """The new value is in flash, and reads back, when this returns. It may be cut off at any byte."""
        value = min(value, LARGEST)
        word = channel << 28 | value
        tries = 0
        while not self._append(word):
            tries += 1
            if tries > self.flash.sector_bytes // ENTRY:
                raise FlashWornOut("The flash keeps nothing any more")
        self.values[channel] = value

    def add(self, channel, count):
        self.put(channel, self.values[channel] + count)

    def tidy(self):
        """Erases the next sector ahead of need. It takes some 50 ms, so it is called while no coin can fall."""
        if self._next_is_blank:
            return False
        self.flash.erase(self._next())
        self._next_is_blank = True
        return True

    @property
    def free_entries(self):
        """How many fit before the next sector is needed."""
        return (self.flash.sector_bytes - self._at) // ENTRY

    def _next(self):
        return (self._sector + 1) % self.flash.sectors

    def _find(self):
        """The current sector is the one with the highest number among whole headers."""
        found = False
        for sector in range(self.flash.sectors):
            sequence = self._read_header(sector)
            if sequence is not None and (not found or sequence > self._sequence):
                found = True
                self._sequence = sequence
                self._sector = sector
        if found:
            self._replay()

    def _read_header(self, sector):
        header = self._header
        self.flash.read(sector * self.flash.sector_bytes, header)
        magic, sequence = struct.unpack_from(">II", header, 0)
        if magic != MAGIC or header[HEADER - 4 :] != _check(header[: HEADER - 4]):
            return None
        return sequence

    def _replay(self):
        self._read_header(self._sector)
        self.values = list(struct.unpack_from(">%dI" % CHANNELS, self._header, 8))
        base = self._sector * self.flash.sector_bytes
        entry = self._entry
        end = HEADER
        for at in range(HEADER, self.flash.sector_bytes - ENTRY + 1, ENTRY):
            self.flash.read(base + at, entry)
            if entry == BLANK:
                continue
            end = at + ENTRY
            if entry[4:] == self._entry_check(at, entry[:4]):
                word = struct.unpack_from(">I", entry, 0)[0]
                self.values[word >> 28] = word & LARGEST
        self._at = end

    def _append(self, word):
        """False when the place was not as good as it looked; the next try takes the next one."""
        if self._at + ENTRY > self.flash.sector_bytes:
            self._turn_over()
        at = self._at
        self._at += ENTRY
        data = struct.pack(">I", word)
        data += self._entry_check(at, data)
        offset = self._sector * self.flash.sector_bytes + at
        self.flash.write(offset, data)
        self.flash.read(offset, self._entry)
        return self._entry == data

    def _entry_check(self, at, data):
        return _check(struct.pack(">II", self._sequence, at) + data)

    def _turn_over(self):
        """Goes on in the next sector whose header can be written; the current one stays as it is meanwhile."""
        sector = self._sector
        sequence = self._sequence + 1
        header = struct.pack(">II%dI" % CHANNELS, MAGIC, sequence, *self.values)
        header += _check(header)
        for _ in range(self.flash.sectors - 1):
            sector = (sector + 1) % self.flash.sectors
            if not self._next_is_blank:
                self.flash.erase(sector)
            self._next_is_blank = False
            self.flash.write(sector * self.flash.sector_bytes, header)
            if self._read_header(sector) == sequence:
                self._sector, self._sequence, self._at = sector, sequence, HEADER
                return
        raise FlashWornOut("No sector of the flash can be used any more")


def _check(data):
    return hashlib.sha256(data).digest()[:4]
