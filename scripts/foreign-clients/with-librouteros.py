"""What a Python program does with a router, by librouteros as it comes: PORT is the simulator's."""
import sys

import librouteros
from librouteros.query import Key


def log_in():
    return librouteros.connect("127.0.0.1", "admin", "", port=int(sys.argv[1]))


def expect(what, found, wanted):
    print(f"  {what}: {found}")
    if found != wanted:
        sys.exit(f"{what}: {wanted} expected")


api = log_in()
users = api.path("ip", "hotspot", "user")
name, comment = Key("name"), Key("comment")

added = users.add(name="ann", password="secret")
expect("add", added.startswith("*"), True)
users.update(**{".id": added, "comment": "vip"})
found = list(users.select(name, comment).where(name == "ann"))
expect("set, print with a query", found, [{"name": "ann", "comment": "vip"}])
expect("print of nothing", list(users.select(name).where(name == "nobody")), [])
expect("find", list(api.rawCmd("/ip/hotspot/user/find", "?name=ann")), [{"ret": added}])
wanted = {".id": added, "value-name": "comment"}
expect("get", list(api("/ip/hotspot/user/get", **wanted)), [{"ret": "vip"}])
try:
    users.add(name="ann")
    said = "nothing"
except librouteros.exceptions.TrapError as trap:
    said = str(trap)
expect("trap", said, "failure: already have user with this name for this server")

# Its calls return when a command is done, and listen never is: the sentences are read one by one. The answer
# to the second command says that the first has begun.
listener = log_in()
listener.protocol.writeSentence("/ip/hotspot/user/listen", "=.proplist=.id,name")
listener.protocol.writeSentence("/system/identity/print")
while listener.readSentence()[0] != "!done":
    pass
users.remove(added)
expect("listen", listener.readSentence(), ("!re", {".id": added, ".dead": True}))
expect("remove", [row["name"] for row in users.select(name)], ["default-trial"])
