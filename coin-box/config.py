"""How this box is wired: numbers of GPIOs. See README.md."""

import sys

if sys.platform == "esp32":
    # One line for each output of the acceptor: (key in the shop's settings, GPIO).
    COINS = (("1", 27),)
    INHIBIT = 26
    # Power of the acceptor; None where no relay is.
    RELAY = 25
    # I2C of the display, data and clock; None where no display is.
    DISPLAY = (21, 22)
else:
    COINS = (("1", 14),)
    INHIBIT = 12
    RELAY = 13
    DISPLAY = (4, 5)

# High refuses coins. Turn it round where the acceptor takes coins while the line is high.
INHIBIT_REFUSES = 1
# The acceptor pulls its line to ground for a pulse.
PULSE_IS_LOW = True
SHORTEST_PULSE_MS = 20
LONGEST_PULSE_MS = 250
# Held for five seconds it opens the set-up. GPIO 0 is FLASH or BOOT on most boards.
BUTTON = 0
