"""A TCP connection that never blocks."""

import select
import socket

IN_PROGRESS = (115, 119)


class Link:
    """`address` as `resolve` gives it. Raises OSError, as `write` and `read` do when the line is broken."""

    def __init__(self, address):
        self._socket = socket.socket()
        self._socket.setblocking(False)
        try:
            self._socket.connect(address)
        except OSError as error:
            if error.args[0] not in IN_PROGRESS:
                self._socket.close()
                raise
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLOUT)

    def write(self, data):
        for _, event in self._poll.poll(0):
            if event & (select.POLLERR | select.POLLHUP):
                raise OSError(104)
            return self._socket.write(data)
        return None

    def read(self, size):
        return self._socket.read(size)

    def close(self):
        self._socket.close()


def resolve(host):
    """An address of `name` or `name:port`. A name that is no number waits for the network: numbers are better."""
    name, _, port = host.partition(":")
    return socket.getaddrinfo(name, int(port or 80))[0][-1]
