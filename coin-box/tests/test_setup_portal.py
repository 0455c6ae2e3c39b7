from coinbox.setup_portal import answer, dns_answer, parse_form


def post(body, settings):
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
    return answer(head + body, settings)


def test_the_page_is_there_for_whoever_asks_and_shows_what_is_set():
    page, is_new = answer(b"GET /generate_204 HTTP/1.1\r\n\r\n", {"ssid": 'A "B"', "host": "h:1"})
    assert not is_new and b'value="A &quot;B&quot;"' in page and b'value="h:1"' in page
    assert answer(b"GET / HTTP/1.1\r\n", {}) is None


def test_wifi_and_server_are_taken():
    settings = {"host": "old:1", "key": "aa", "id": 3}
    body = b"ssid=Shop+Wi-Fi%20%C3%B1&password=very%2Bsecret&host=http%3A%2F%2F192.168.1.5%3A3000%2F"
    page, is_new = post(body, settings)
    assert is_new and b"Saved" in page
    expected = {"ssid": "Shop Wi-Fi \u00f1", "password": "very+secret", "host": "192.168.1.5:3000"}
    assert settings == expected


def test_another_password_for_the_same_server_keeps_the_pairing():
    settings = {"host": "192.168.1.5:3000", "key": "aa", "id": 3}
    assert post(b"ssid=a&password=&host=192.168.1.5:3000", settings)[1]
    assert settings["key"] == "aa"


def test_what_cannot_be_is_told_and_changes_nothing():
    for body in (b"", b"ssid=a&host=", b"ssid=a&password=short&host=h", b"ssid=&host=h", b"ssid=a&host=h:x"):
        settings = {}
        page, is_new = post(body, settings)
        assert not is_new and settings == {}, body
    assert parse_form("a=%zz&b=%ff") == {"a": "%zz", "b": ""}


def test_a_request_that_is_not_whole_waits():
    assert answer(b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nssid", {}) is None


def test_every_name_is_the_box():
    query = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04shop\x02ph\x00\x00\x01\x00\x01"
    said = dns_answer(query, "192.168.4.1")
    assert said[:2] == b"\x12\x34" and said[-4:] == b"\xc0\xa8\x04\x01" and query[12:] in said
    for broken in (b"", query[:16], said, query[:-6]):
        assert dns_answer(broken, "192.168.4.1") is None
