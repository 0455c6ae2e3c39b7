"""The set-up: the box is a Wi-Fi of its own, and whoever joins gets its page."""

import select
import socket

from coinbox.setup_portal import answer, dns_answer

ADDRESS = "192.168.4.1"
LONGEST_REQUEST = 2048


def serve(settings):
    """Returns when somebody saved."""
    names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    names.bind(socket.getaddrinfo("0.0.0.0", 53)[0][-1])
    pages = socket.socket()
    pages.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    pages.bind(socket.getaddrinfo("0.0.0.0", 80)[0][-1])
    pages.listen(2)
    poll = select.poll()
    poll.register(names, select.POLLIN)
    poll.register(pages, select.POLLIN)
    while True:
        for ready in poll.poll(1000):
            try:
                if ready[0] is names:
                    _tell_name(names)
                elif _serve_page(pages.accept()[0], settings):
                    return
            except (OSError, ValueError):
                # A phone went away, or sent nonsense.
                pass


def _tell_name(names):
    query, sender = names.recvfrom(256)
    said = dns_answer(query, ADDRESS)
    if said:
        names.sendto(said, sender)


def _serve_page(phone, settings):
    phone.settimeout(2)
    request = b""
    try:
        while len(request) < LONGEST_REQUEST:
            part = phone.recv(256)
            if not part:
                return False
            request += part
            said = answer(request, settings)
            if said:
                phone.write(said[0])
                return said[1]
    finally:
        phone.close()
    return False
