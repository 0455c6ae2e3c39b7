#!/bin/sh
# Installs PisoNet Manager, or a newer version of it, as a service on Debian or Raspberry Pi OS:
#   sudo sh deploy/install.sh [--folder /opt/pisonet] [--user pisonet] [--units /etc/systemd/system] [--dry-run]
# Run it from the folder of the program, once it is built. It asks nothing; settings, plans, books and backups
# of an earlier installation stay as they are. With --dry-run it says what it would do.
#
# What can fail comes first: a newer version is put together in a folder of its own and tried on a copy of the
# books, while the one before it runs. Only then the link versions/current is changed. Where the newer one does not
# get ready, the one before it is started again, with the books as it left them.
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
parts="dist docs scripts deploy package.json package-lock.json .npmrc .env.example profiles.demo.json pisonet LICENSE"
here=$(cd "$(dirname "$0")/.." && pwd)
unit=$units/pisonet.service
# How long a newer version may take to get ready; a big database is brought up to date meanwhile.
ready_seconds=${PISONET_READY_SECONDS:-300}

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

name=$(date -u +%Y%m%d-%H%M%S)-$$
new=$folder/versions/$name
# The version that is there: of a time before there were versions, its files are in the folder itself.
old=
[ ! -f "$folder/dist/src/main.js" ] || old=$folder
[ ! -e "$folder/versions/current" ] || old=$(readlink -f "$folder/versions/current")
safe=$folder/data/before-upgrade
unit_before=$folder/versions/pisonet.service.before

# A command of one version, in a folder, as the user of the service and with nothing of root's.
#   pisonet VERSION FOLDER DATABASE_URL COMMAND...    ('' for the shop's own database)
pisonet() (
  program=$1/dist/cli/main.js
  cd "$2"
  database=$3
  shift 3
  exec runuser -u "$user" -- env -i "PATH=$PATH" ${database:+"DATABASE_URL=$database"} "$node" "$program" "$@"
)

# In the folders that the user of the service can write, root follows none of its links: what is done there, it does.
as_user() { runuser -u "$user" -- env -i "PATH=$PATH" "$@"; }

# One field of an answer in JSON.
field() { "$node" -p "(JSON.parse(require('fs').readFileSync(0, 'utf8'))$1) ?? ''"; }

is_ready() { [ "$(pisonet "$1" "$folder" "" server status --json 2>/dev/null | field .ready)" = true ]; }

# In one step: there is a program at every moment, also after a power cut.
point_to() {
  ln -sfn "$(basename "$1")" "$folder/versions/next"
  mv -T "$folder/versions/next" "$folder/versions/current"
}

# What is undone when something fails.
stage=beginning
trial=
undo() {
  trap - EXIT INT TERM HUP
  set +e
  [ -z "$trial" ] || as_user rm -rf "$trial"
  case $stage in
    beside)
      rm -rf "$new"
      [ -z "$old" ] || echo "Nothing was changed: the version that was here goes on." >&2
      ;;
    switched)
      systemctl stop pisonet
      [ ! -f "$unit_before" ] || mv "$unit_before" "$unit"
      if [ "$old" = "$folder" ]; then rm -f "$folder/versions/current"; else point_to "$old"; fi
      if ! pisonet "$old" "$folder" "" stats >/dev/null 2>&1; then put_books_back; fi
      systemctl daemon-reload
      [ -z "$running" ] || systemctl start pisonet
      echo "The version before it is back. The newer one is kept in $new, and its log says what was wrong:" >&2
      echo "  journalctl -u pisonet" >&2
      ;;
  esac
}
trap 'code=$?; [ "$code" = 0 ] || undo; exit "$code"' EXIT
trap 'exit 1' INT TERM HUP

# The newer version was never ready, so nothing was sold by it; its books are kept all the same.
put_books_back() {
  if ! as_user test -f "$safe/books"; then
    echo "The books are of the newer version by now: restore your copy of before it, with pg_restore." >&2
    return
  fi
  for end in "" -wal -shm .shop; do
    [ ! -e "$books$end" ] || as_user mv "$books$end" "$safe/newer$end"
  done
  as_user cp -p "$safe/books" "$books"
  ! as_user test -f "$safe/books.shop" || as_user cp -p "$safe/books.shop" "$books.shop"
}

say "The user $user"
id "$user" >/dev/null 2>&1 || do_it useradd --system --user-group --home-dir "$folder" --shell /usr/sbin/nologin "$user"
group=$(id -gn "$user" 2>/dev/null || echo "$user")

running=
if command -v systemctl >/dev/null && systemctl is-active --quiet pisonet; then running=yes; fi

say "The program in $new"
stage=beside
do_it mkdir -p "$new" "$folder/data"
for part in $parts; do
  [ ! -e "$here/$part" ] || do_it cp -R "$here/$part" "$new/$part"
done

say "Packages"
if [ -n "$dry" ]; then
  echo "   npm ci --omit=dev in $new"
else
  (cd "$new" && npm ci --omit=dev --no-audit --no-fund)
fi

# The shop's own.
for file in profiles.json .env; do
  # A new file in place of whatever is there by then, rather than through it.
  [ -e "$folder/$file" ] || [ ! -f "$here/$file" ] || do_it install -m 600 "$here/$file" "$folder/$file"
done
say "Rights: the program is root's; $user has the data, the settings and the plans, and nobody else the data"
do_it chown root:root "$folder/versions"
do_it chown -R root:root "$new"
do_it chmod -R go-w,a+rX "$new"
do_it chown "root:$group" "$folder"
# It may add files there, such as a new .env, and not touch those of others.
do_it chmod 1775 "$folder"
do_it chown -R "$user:$group" "$folder/data"
do_it chmod -R go-rwx "$folder/data"
for file in profiles.json .env; do
  [ ! -f "$folder/$file" ] || do_it chown -h "$user:$group" "$folder/$file"
done
[ ! -f "$folder/.env" ] || [ -L "$folder/.env" ] || do_it as_user chmod 600 "$folder/.env"

books=
was_ready=
if [ -n "$old" ] && [ -z "$dry" ]; then
  say "A try beside it, while the shop goes on"
  pisonet "$new" "$folder" "" --version
  if said=$(pisonet "$old" "$folder" "" stats --json); then
    was_ready=$running
    books=$(echo "$said" | field .database.file)
    case $books in
      *://*)
        echo "   The database is on PostgreSQL, where nothing is put back: make a copy by pg_dump before an upgrade"
        books= ;;
      /*) ;;
      *) books=$folder/$books ;;
    esac
  fi
  if [ -f "$books" ]; then
    trial=$(as_user mktemp -d "$folder/data/trial-XXXXXX")
    pisonet "$old" "$folder" "" backup "$trial/books.db"
    # In a folder without settings: no router is asked.
    pisonet "$new" "$trial" "sqlite:$trial/books.db" stats >/dev/null
    as_user rm -rf "$trial"
    trial=
  fi
  say "The server pauses; customers stay online"
  [ ! -f "$unit" ] || cp "$unit" "$unit_before"
  stage=switched
  systemctl stop pisonet
  as_user rm -rf "$safe"
  if [ -f "$books" ]; then
    as_user mkdir -m 700 "$safe"
    pisonet "$old" "$folder" "" backup "$safe/books"
    [ ! -f "$books.shop" ] || as_user cp -p "$books.shop" "$safe/books.shop"
  fi
else
  stage=first
fi

say "The service"
edit="s|^User=.*|User=$user|; s|/opt/pisonet|$folder|g; s|/usr/bin/node|$node|; s| dist/src/| versions/current/dist/src/|"
if [ -n "$dry" ]; then
  echo "   $unit:"
  sed "$edit" "$here/deploy/pisonet.service" | grep -E '^(User|WorkingDirectory|ExecStart|ReadWritePaths)=' | sed 's/^/     /'
else
  point_to "$new"
  sed "$edit" "$here/deploy/pisonet.service" >"$unit.new"
  mv "$unit.new" "$unit"
fi
do_it systemctl daemon-reload
do_it systemctl enable --now pisonet

if [ -n "$was_ready" ]; then
  say "Waiting until it is ready"
  # By the time since the machine was started: the clock may be set meanwhile.
  seconds() { cut -d. -f1 /proc/uptime; }
  end=$(($(seconds) + ready_seconds))
  until is_ready "$new"; do
    [ "$(seconds)" -lt "$end" ] || fail "The newer version was not ready after $ready_seconds s."
    sleep 1
  done
fi
stage=done
[ -n "$dry" ] || for file in pisonet .env.example; do ln -sfn "versions/current/$file" "$folder/$file"; done
if [ "$old" = "$folder" ] && [ -z "$dry" ]; then
  for part in dist docs scripts deploy node_modules package.json package-lock.json .npmrc profiles.demo.json LICENSE; do
    rm -rf "${folder:?}/$part"
  done
fi
# The one before it stays.
for one in "$folder"/versions/*; do
  [ -n "$dry" ] || [ -L "$one" ] || [ "$one" = "$new" ] || [ "$one" = "$old" ] || rm -rf "$one"
done

say "Done. Next: cd $folder && sudo -u $user ./pisonet setup"
