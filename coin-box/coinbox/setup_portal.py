"""The page on which a box is told its Wi-Fi and its server: pure parts; `setup_wifi.py` has the sockets."""

PAGE = """<!doctype html><meta name=viewport content="width=device-width"><title>Coin box</title>
<h1>Coin box</h1><p>%s</p><form method=post>
<p><label>Wi-Fi name<br><input name=ssid maxlength=32 required value="%s"></label>
<p><label>Wi-Fi password<br><input name=password type=password maxlength=63></label>
<p><label>Server, such as 192.168.1.5:3000<br><input name=host maxlength=60 required value="%s"></label>
<p><button>Save</button></form>"""
SAVED = "<!doctype html><title>Coin box</title><h1>Saved</h1><p>The box starts anew and shows a number."


def answer(request, settings):
    """(bytes of the answer, whether settings are new), or None while part of the request is missing."""
    end = request.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = request[:end].decode()
    if not head.startswith("POST "):
        return _http(_page("", settings)), False
    body = request[end + 4 :]
    if len(body) < _length(head):
        return None
    form = parse_form(body[: _length(head)].decode())
    problem = take(form, settings)
    if problem:
        return _http(_page(problem, settings)), False
    return _http(SAVED), True


def take(form, settings):
    """Changes the settings, or says what is wrong with the form."""
    ssid = form.get("ssid", "")
    password = form.get("password", "")
    host = form.get("host", "").strip()
    if host.startswith("http://"):
        host = host[7:]
    host = host.split("/")[0]
    if not 1 <= len(ssid.encode()) <= 32:
        return "Type the name of your Wi-Fi."
    if password and not 8 <= len(password) <= 63:
        return "A Wi-Fi password has 8 to 63 letters."
    name, _, port = host.partition(":")
    if not name or " " in host or (port and not port.isdigit()):
        return "Type the address of the server, such as 192.168.1.5:3000."
    if host != settings.get("host"):
        # Another shop: it is paired anew.
        for key in ("key", "id", "number", "pairing_key"):
            settings.pop(key, None)
    settings["ssid"] = ssid
    settings["password"] = password
    settings["host"] = host
    return None


def parse_form(text):
    form = {}
    for part in text.split("&"):
        name, _, value = part.partition("=")
        form[_plain(name)] = _plain(value)
    return form


def dns_answer(query, address):
    """Every name is this box, so that phones open the page by themselves. None for what is no question."""
    if len(query) < 17 or query[2] & 0x80 or query[4:6] != b"\x00\x01":
        return None
    end = query.find(b"\x00", 12)
    if end < 0 or len(query) < end + 5:
        return None
    numbers = bytes(int(part) for part in address.split("."))
    head = query[:2] + b"\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00"
    return head + query[12 : end + 5] + b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04" + numbers


def _page(problem, settings):
    return PAGE % (problem, _escaped(settings.get("ssid", "")), _escaped(settings.get("host", "")))


def _escaped(text):
    for letter, name in (("&", "&amp;"), ("<", "&lt;"), ('"', "&quot;")):
        text = text.replace(letter, name)
    return text


def _http(page):
    body = page.encode()
    head = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n"
    return (head + "Content-Length: %d\r\n\r\n" % len(body)).encode() + body


def _length(head):
    for line in head.split("\r\n")[1:]:
        name, _, value = line.partition(":")
        if name.strip().lower() == "content-length" and value.strip().isdigit():
            return min(int(value.strip()), 1024)
    return 0


def _plain(text):
    """Undoes the form's encoding; what is no UTF-8 is dropped."""
    parts = text.replace("+", " ").split("%")
    data = parts[0].encode()
    for part in parts[1:]:
        try:
            data += bytes((int(part[:2], 16),)) + part[2:].encode()
        except ValueError:
            data += b"%" + part.encode()
    try:
        return data.decode()
    except (UnicodeError, ValueError):
        return ""
