"""Signatures of the coin box protocol: HMAC-SHA256, by hand, since MicroPython brings none."""

import binascii
import hashlib

BLOCK = 64


def to_hex(data):
    return binascii.hexlify(data).decode()


def from_hex(text):
    return binascii.unhexlify(text)


def hmac_sha256(key, *parts):
    """Parts follow one another; bytes in, 32 bytes out."""
    if len(key) > BLOCK:
        key = hashlib.sha256(key).digest()
    inner = hashlib.sha256(_padded(key, 0x36))
    for part in parts:
        inner.update(part)
    outer = hashlib.sha256(_padded(key, 0x5C))
    outer.update(inner.digest())
    return outer.digest()


def request_signature(key, path, counter, body):
    """Of a POST, as it stands in the header."""
    head = "POST\n%s\n%d\n" % (path, counter)
    return "sha256=" + to_hex(hmac_sha256(key, head.encode(), body))


def is_answer_of(key, counter, body, given):
    """Whether the server signed this answer to the request with this counter."""
    head = "answer\n%d\n" % counter
    expected = "sha256=" + to_hex(hmac_sha256(key, head.encode(), body))
    return _is_same(expected, given)


def paired_key(pairing_key, number, hardware, nonce):
    text = "coin-box %s %s %s" % (number, hardware, nonce)
    return hmac_sha256(pairing_key, text.encode())


def _padded(key, pad):
    block = bytearray(BLOCK)
    for at in range(BLOCK):
        block[at] = (key[at] if at < len(key) else 0) ^ pad
    return block


def _is_same(one, other):
    """Takes as long for a wrong one, wherever it differs."""
    if len(one) != len(other):
        return False
    differs = 0
    for at in range(len(one)):
        differs |= ord(one[at]) ^ ord(other[at])
    return differs == 0
