"""A box of the model's hardware on a real network, for the tests against the server; `sim` is the test's side."""

import binascii

import sim
from coinbox.box import Box
from model_board import ModelBoard


class WiredLink:
    def __init__(self):
        self.wire = sim.connect()

    def write(self, data):
        self.wire.write(binascii.hexlify(data).decode())
        return len(data)

    def read(self, size):
        """What came, in hex; "wait" for nothing yet, "error" for a broken line, "" at the end."""
        text = self.wire.read(size)
        if text == "wait":
            return None
        if text == "error":
            raise OSError(104)
        return binascii.unhexlify(text)

    def close(self):
        self.wire.close()


class WiredBox:
    def __init__(self, seed):
        self.board = ModelBoard(WiredLink, keys=("1", "5", "10", "20"), host="127.0.0.1")
        self.board.dice.state += seed * 7919
        self.box = Box(self.board)

    def turn(self):
        """A turn of the main loop. Time passes while nothing is asked; the network is as fast as it is."""
        if not self.box.client.is_busy:
            self.board.ms += 20
        self.box.step()

    def insert(self, key, pulses=1):
        self.board.insert(key, self.box.step, pulses)

    def restart(self):
        self.board.power_on()
        self.box = Box(self.board)

    @property
    def is_open(self):
        return not self.board.inhibit.value
