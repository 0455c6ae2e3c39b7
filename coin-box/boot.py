# Coins are refused before anything else runs.
import config
from machine import Pin

Pin(config.INHIBIT, Pin.OUT, value=config.INHIBIT_REFUSES)
