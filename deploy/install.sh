#!/bin/sh
# Installs PisoNet Manager, or a newer version of it, as a service on Debian or Raspberry Pi OS:
#   sudo sh deploy/install.sh [--folder /opt/pisonet] [--user pisonet] [--units /etc/systemd/system] [--dry-run]
# Run it from the folder of the program, once it is built. It asks nothing; settings, plans, books and backups
# of an earlier installation stay as they are. With --dry-run it says what it would do.
set -eu

folder=/opt/pisonet
user=pisonet
units=/etc/systemd/system
dry=
while [ $# -gt 0 ]; do
  case $1 in
    --folder) folder=${2:?--folder needs a path}; shift 2 ;;
    --user) user=${2:?--user needs a name}; shift 2 ;;
    --units) units=${2:?--units needs a path}; shift 2 ;;
    --dry-run) dry=yes; shift ;;
    *) echo "Unknown: $1 (there are --folder, --user, --units and --dry-run)" >&2; exit 2 ;;
  esac
done
parts="dist docs scripts deploy"
here=$(cd "$(dirname "$0")/.." && pwd)

say() { echo "== $*"; }
do_it() {
  if [ -n "$dry" ]; then echo "   $*"; else "$@"; fi
}
fail() { echo "$*" >&2; exit 1; }

[ -f "$here/dist/cli/main.js" ] || fail "The program is not built yet: run npm ci in $here first"
[ -n "$dry" ] || [ "$(id -u)" = 0 ] || fail "Only root may install a service: sudo sh deploy/install.sh"
case $folder in /*) ;; *) fail "--folder must be a whole path, like /opt/pisonet" ;; esac
[ "$folder" != "$here" ] || fail "The program cannot be installed onto itself: choose another --folder"

node=$(command -v node || true)
version=$([ -z "$node" ] || "$node" -p 'process.versions.node.split(".").slice(0, 2).join(".")')
major=${version%%.*}
minor=${version#*.}
if [ -z "$version" ] || [ "$major" -lt 20 ] || { [ "$major" = 20 ] && [ "$minor" -lt 19 ]; }; then
  fail "Node.js 20.19 or newer is needed, here is ${version:-none}. Debian 13 has it: apt install nodejs npm; for older systems see https://nodejs.org/en/download"
fi

say "The user $user"
id "$user" >/dev/null 2>&1 || do_it useradd --system --home-dir "$folder" --shell /usr/sbin/nologin "$user"

running=
if command -v systemctl >/dev/null && systemctl is-active --quiet pisonet; then running=yes; fi

say "The program in $folder"
do_it mkdir -p "$folder"
for part in $parts; do
  do_it rm -rf "$folder/$part.new"
  do_it cp -R "$here/$part" "$folder/$part.new"
done
if [ -n "$running" ]; then
  say "The server pauses; customers stay online"
  do_it systemctl stop pisonet
fi
for part in $parts; do
  do_it rm -rf "$folder/$part"
  do_it mv "$folder/$part.new" "$folder/$part"
done
for file in package.json package-lock.json .npmrc .env.example profiles.demo.json pisonet LICENSE; do
  [ ! -f "$here/$file" ] || do_it cp "$here/$file" "$folder/$file"
done
# The shop's own from here on.
for file in profiles.json .env; do
  [ -e "$folder/$file" ] || [ ! -f "$here/$file" ] || do_it cp "$here/$file" "$folder/$file"
done
do_it mkdir -p "$folder/data"

say "Packages"
if [ -n "$dry" ]; then
  echo "   npm ci --omit=dev in $folder"
else
  (cd "$folder" && npm ci --omit=dev --no-audit --no-fund)
fi

say "Rights: $user reads and writes, nobody else"
do_it chown -R "$user" "$folder"
do_it chmod -R go-rwx "$folder/data"
[ ! -f "$folder/.env" ] || do_it chmod 600 "$folder/.env"

say "The service"
unit=$units/pisonet.service
edit="s|^User=.*|User=$user|; s|/opt/pisonet|$folder|g; s|/usr/bin/node|$node|"
if [ -n "$dry" ]; then
  echo "   $unit:"
  sed "$edit" "$here/deploy/pisonet.service" | grep -E '^(User|WorkingDirectory|ExecStart|ReadWritePaths)=' | sed 's/^/     /'
else
  sed "$edit" "$here/deploy/pisonet.service" >"$unit"
fi
do_it systemctl daemon-reload
do_it systemctl enable --now pisonet

say "Done. Next: cd $folder && sudo -u $user ./pisonet setup"
