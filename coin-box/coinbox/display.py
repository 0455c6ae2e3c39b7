"""A text display of 16 by 2 letters, HD44780 behind a PCF8574 on I2C, as most boxes have; or none."""

import time

COLUMNS = 16
RS, ENABLE, LIGHT = 1, 4, 8
# Four-bit mode, two lines, no cursor, cleared.
SET_UP = (0x33, 0x32, 0x28, 0x0C, 0x06, 0x01)
ROWS = (0x80, 0xC0)


class NoDisplay:
    def show(self, *lines):
        pass


class TextDisplay:
    def __init__(self, i2c, address=0x27, sleep_ms=None):
        self.i2c = i2c
        self.address = address
        self.sleep_ms = sleep_ms or time.sleep_ms
        for command in SET_UP:
            self._send(command, 0)
            self.sleep_ms(5)

    def show(self, *lines):
        """The first two; what a display has no letters for becomes a question mark. A display that fell off is no error."""
        try:
            for row in range(2):
                self._send(ROWS[row], 0)
                text = lines[row] if row < len(lines) else ""
                for at in range(COLUMNS):
                    code = ord(text[at]) if at < len(text) else 32
                    self._send(code if 32 <= code < 126 else 63, RS)
        except OSError:
            pass

    def _send(self, value, mode):
        for nibble in (value & 0xF0, value << 4 & 0xF0):
            data = nibble | mode | LIGHT
            self.i2c.writeto(self.address, bytes((data | ENABLE, data)))


def find_display(i2c):
    """The usual addresses are 0x27 and 0x3F."""
    try:
        for address in i2c.scan():
            if address in (0x27, 0x3F):
                return TextDisplay(i2c, address)
    except OSError:
        pass
    return NoDisplay()
