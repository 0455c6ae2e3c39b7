from coinbox.signing import from_hex, hmac_sha256, is_answer_of, paired_key, to_hex


def test_the_vectors_of_rfc_4231():
    cases = (
        (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        (
            b"Jefe",
            b"what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (
            b"\xaa" * 131,
            b"Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
    )
    for key, data, expected in cases:
        assert to_hex(hmac_sha256(key, data)) == expected
        assert to_hex(hmac_sha256(key, data[:5], data[5:])) == expected


def test_an_answer_is_of_one_request_and_one_key():
    key = b"k" * 32
    body = b'{"open":true}'
    good = "sha256=" + to_hex(hmac_sha256(key, b"answer\n7\n", body))
    assert is_answer_of(key, 7, body, good)
    assert not is_answer_of(key, 8, body, good)
    assert not is_answer_of(key, 7, body + b" ", good)
    assert not is_answer_of(b"j" * 32, 7, body, good)
    assert not is_answer_of(key, 7, body, "")


def test_the_key_comes_from_what_both_sides_know():
    key = paired_key(from_hex("01" * 32), "482913", "a1b2c3", "0f" * 16)
    assert len(key) == 32
    assert key == hmac_sha256(b"\x01" * 32, b"coin-box 482913 a1b2c3 " + b"0f" * 16)
