"""The board: pins, Wi-Fi, flash and display of an ESP8266 or ESP32, and the main loop."""

import binascii
import os
import time

import config
import machine
import network
from coinbox import settings as kept
from coinbox.box import Box
from coinbox.display import NoDisplay, find_display
from coinbox.flash import board_flash
from coinbox.link import Link, resolve
from coinbox.pulses import PulseLine
from machine import Pin

TURN_MS = 5
HOLD_MS = 5000


class Uptime:
    """Milliseconds that only grow, from ticks that turn over."""

    def __init__(self):
        self._ms = 0
        self._ticks = time.ticks_ms()

    def now(self):
        ticks = time.ticks_ms()
        self._ms += time.ticks_diff(ticks, self._ticks)
        self._ticks = ticks
        return self._ms


class Input:
    """A line of the acceptor, with its interrupt."""

    def __init__(self, gpio):
        self.pulses = PulseLine(time.ticks_diff, config.SHORTEST_PULSE_MS, config.LONGEST_PULSE_MS)
        self._low = config.PULSE_IS_LOW
        pin = Pin(gpio, Pin.IN, Pin.PULL_UP)
        edges = Pin.IRQ_RISING | Pin.IRQ_FALLING
        try:
            pin.irq(self._edge, edges, hard=True)
        except TypeError:
            pin.irq(self._edge, edges)

    def _edge(self, pin):
        self.pulses.edge((pin.value() == 0) == self._low, time.ticks_ms())


class EspBoard:
    def __init__(self):
        self._inhibit = Pin(config.INHIBIT, Pin.OUT, value=config.INHIBIT_REFUSES)
        self._relay = None
        if config.RELAY is not None:
            self._relay = Pin(config.RELAY, Pin.OUT, value=0)
        self.now = Uptime().now
        self.lines = [(key, Input(gpio).pulses) for key, gpio in config.COINS]
        self.flash = board_flash()
        self.settings = kept.load()
        self.hardware = binascii.hexlify(machine.unique_id()).decode()
        self.random = os.urandom
        self.show = _display().show
        self._wifi = network.WLAN(network.STA_IF)
        self._address = None

    def join(self):
        self._wifi.active(True)
        self._wifi.connect(self.settings["ssid"], self.settings["password"])

    def is_online(self):
        return self._wifi.isconnected()

    def connect(self):
        try:
            self._address = self._address or resolve(self.settings["host"])
            return Link(self._address)
        except OSError:
            self._address = None
            raise

    def save(self):
        kept.save(self.settings)

    def inhibit(self, is_on):
        self._inhibit.value(config.INHIBIT_REFUSES if is_on else 1 - config.INHIBIT_REFUSES)

    def relay(self, is_on):
        if self._relay:
            self._relay.value(1 if is_on else 0)

    def take(self, line):
        state = machine.disable_irq()
        try:
            return line.take(time.ticks_ms())
        finally:
            machine.enable_irq(state)

    def is_quiet(self, line, quiet_ms):
        return line.is_quiet(time.ticks_ms(), quiet_ms)


def run():
    """For ever. What goes wrong starts the board anew, with the slot closed."""
    board = EspBoard()
    try:
        if "ssid" not in board.settings or board.settings.pop("set_up", False):
            _set_up(board)
        else:
            _work(board)
    except Exception as error:
        import sys

        board.inhibit(True)
        board.relay(False)
        sys.print_exception(error)
        board.show("Out of order", str(error)[:16])
        time.sleep(10)
    machine.reset()


def _work(board):
    board.join()
    box = Box(board)
    button = Pin(config.BUTTON, Pin.IN, Pin.PULL_UP)
    pressed_at = None
    watchdog = _watchdog()
    while True:
        box.step()
        watchdog.feed()
        if button.value():
            pressed_at = None
        elif pressed_at is None:
            pressed_at = board.now()
        elif board.now() - pressed_at > HOLD_MS:
            board.settings["set_up"] = True
            board.save()
            return
        time.sleep_ms(TURN_MS)


def _watchdog():
    """An ESP8266 has one of a few seconds alone."""
    try:
        return machine.WDT(timeout=30000)
    except TypeError:
        return machine.WDT()


def _set_up(board):
    """The slot stays closed meanwhile."""
    # Here, so that its memory is free where it is not needed.
    from coinbox.setup_wifi import serve

    # Once only: after a power cut the box works with what it has.
    board.save()
    name = "CoinBox-" + board.hardware[-4:]
    point = network.WLAN(network.AP_IF)
    point.active(True)
    try:
        point.config(essid=name, authmode=0)
    except (ValueError, OSError):
        point.config(essid=name)
    board.show("Join Wi-Fi", name)
    serve(board.settings)
    board.save()
    board.show("Saved", "")
    time.sleep(2)
    point.active(False)


def _display():
    if config.DISPLAY is None:
        return NoDisplay()
    data, clock = config.DISPLAY
    make = getattr(machine, "SoftI2C", None) or machine.I2C
    return find_display(make(sda=Pin(data), scl=Pin(clock), freq=100000))
