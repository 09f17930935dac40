#!/usr/bin/env bash
# Installs the station in clean Debian roots as a stranger would, twice, breaks an upgrade off, uninstalls, and installs from a bundle
# without network. Prints what was seen, with times. As root, on a machine with network, mmdebstrap and about 6 GB under $WORK:
#
#   tests/install_chroot.sh bookworm trixie
#
# ROOT_TAR=/path/SUITE.tar   unpack this root (SUITE is replaced) instead of making one with mmdebstrap
# WORK=/folder               where the roots stand (default /var/tmp/treadside-chroot); KEEP=1 leaves them there
#
# A chroot has no running systemd: units are enabled and verified, not started. The packages that only the Raspberry Pi archive has are
# stand-ins, made here: python3-picamera2 (no camera; it loads numexpr, which Debian compiled against its own numpy, as the real one
# loads simplejpeg) and python3-lgpio (empty). What must not go in: names of hosts; pip and apt ask whom this machine asks.
# shellcheck disable=SC2317 # checks are called by name
set -euo pipefail

project=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
work=${WORK:-/var/tmp/treadside-chroot}
python_of() { case $1 in bookworm) echo 3.11 ;; trixie) echo 3.13 ;; *) return 1 ;; esac; }
[ $# != 0 ] || set -- bookworm trixie
[ "$(id -u)" = 0 ] || { echo "install_chroot.sh: needs root for chroot" >&2 && exit 1; }

row() { printf '  %-8s %-62s %7s  %s\n' "$suite" "$1" "$2" "$3" | tee -a "$work/table.txt"; }
failed=0
# A check is a row as well: words, then a command of this machine; its last line of output is shown.
check() {
    local words=$1 said
    shift
    if said=$("$@" 2>&1); then row "$words" "" "ok${said:+: $(tail -n 1 <<<"$said")}"; else
        failed=1
        row "$words" "" "FAILED: $(tail -n 3 <<<"$said" | tr '\n' ' ')"
    fi
}

# A command in the root, in mount and process tables of its own: nothing stays mounted or running. `net=` names other options of unshare.
net=""
inside() {
    # shellcheck disable=SC2016,SC2086 # the inner shell expands; no option is no word
    unshare --mount --pid --fork --kill-child $net -- bash -c '
        root=$1; shift
        mount -t proc proc "$root/proc"; mount --bind /dev "$root/dev"; mount -t tmpfs tmpfs "$root/run"; mount -t tmpfs tmpfs "$root/dev/shm"
        exec chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
    ' inside "$root" "$@" </dev/null
}

# Runs a command in the root, shows its lines, and makes a row of its time.
timed() {
    local words=$1 began ended status=0
    shift
    began=$(date +%s.%N)
    inside "$@" >"$work/said.txt" 2>&1 || status=$?
    ended=$(date +%s.%N)
    sed 's/^/      | /' "$work/said.txt"
    [ "$status" = 0 ] || failed=1
    row "$words" "$(echo "$ended $began" | awk '{ printf "%.1f s", $1 - $2 }')" "exit $status"
}

stand_in() {
    local name=$1 needs=$2 code=$3 tree=$work/deb
    rm -rf "$tree"
    mkdir -p "$tree/DEBIAN" "$tree/usr/lib/python3/dist-packages/${name#python3-}"
    printf 'Package: %s\nVersion: 0~standin\nArchitecture: all\nMaintainer: nobody\nDepends: %s\nDescription: stand-in for a test, not the real one\n' \
        "$name" "$needs" >"$tree/DEBIAN/control"
    printf '%s\n' "$code" >"$tree/usr/lib/python3/dist-packages/${name#python3-}/__init__.py"
    dpkg-deb --root-owner-group -b "$tree" "$root/srv/standins/$name.deb" >/dev/null
    (cd "$root/srv/standins" && dpkg-deb -f "$name.deb" && printf 'Filename: ./%s.deb\nSize: %s\nSHA256: %s\n\n' \
        "$name" "$(stat -c %s "$name.deb")" "$(sha256sum "$name.deb" | cut -d ' ' -f 1)") >>"$root/srv/standins/Packages"
}

# A clean root that asks whom this machine asks, with the stand-ins in a folder that apt reads.
make_root() {
    local file
    rm -rf "$root"
    mkdir -p "$root"
    if [ -n "${ROOT_TAR:-}" ]; then
        tar -x -C "$root" -f "${ROOT_TAR//SUITE/$suite}"
    else
        mmdebstrap -q --variant=minbase --include=ca-certificates,python3,systemd,sudo "$suite" "$root" "$(mirror)"
    fi
    for file in /etc/resolv.conf /etc/ssl/certs/ca-certificates.crt /etc/pip.conf /root/.config/pip/pip.conf /root/.pip/pip.conf; do
        [ ! -f "$file" ] || { mkdir -p "$root${file%/*}" && cat "$file" >"$root$file"; }
    done
    cp /etc/apt/apt.conf.d/99* "$root/etc/apt/apt.conf.d/" 2>/dev/null || true
    mkdir -p "$root/srv/standins"
    stand_in python3-picamera2 python3-numpy,python3-numexpr $'"""A stand-in: no camera."""\nimport numexpr\nclass Picamera2: pass'
    stand_in python3-lgpio python3 '"""A stand-in: no pins."""'
    echo 'deb [trusted=yes] file:/srv/standins ./' >"$root/etc/apt/sources.list.d/standins.list"
    inside groupadd --system gpio # as Raspberry Pi OS has it
    copy_project "$root/root/treadside"
}

mirror() { sed -n 's/^URIs: *//p; s/^deb \(\[[^]]*\] \)\?\([^ ]*\) .*/\2/p' /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null | head -n 1; }

copy_project() {
    mkdir -p "$1"
    (cd "$project" && tar -c --exclude=.git --exclude=.venv --exclude=__pycache__ --exclude='.*_cache' --exclude=.hypothesis .) | tar -x --no-same-owner -C "$1"
}

# All that the station put on the machine: path, kind, mode, owner, size, time.
picture() { (cd "$root" && find opt etc/treadside etc/systemd/system etc/polkit-1 var/lib/treadside etc/passwd etc/group -printf '%p %y %m %U:%G %s %T@ %l\n' 2>/dev/null | sort); }

same_picture() { diff "$work/before.txt" <(picture) >"$work/diff.txt" || { head -n 5 "$work/diff.txt" && return 1; }; }
owner_of() { (cd "$root" && inside stat -c '%U:%G %a' "$1"); }
is() { if [ "$2" = "$1" ]; then echo "$2"; else echo "$2, not $1" && return 1; fi; }
silent() { if said=$("$@" 2>&1) && [ -z "$said" ]; then echo silent; else echo "$said" && return 1; fi; }
contains() { grep -F -- "$1" "$work/said.txt" || { cat "$work/said.txt" && return 1; }; }
# shellcheck disable=SC2016 # the inner shell expands
all_of_root() { inside bash -c 'find -L /opt/treadside -not -user root -o -not -type l -perm /022 | head -n 3 | { ! grep .; }' && echo "nobody else may write in /opt/treadside"; }

demo() {
    timed "$1" runuser -u kiosk -- /opt/treadside/.venv/bin/kiosk demo --no-browser
    check "  its cadence" contains cadence_spm
}

# shellcheck disable=SC2016 # the inner shell expands
enabled() { check "units enabled" inside bash -c 'systemctl list-unit-files --state=enabled --no-legend "kiosk*" | cut -d " " -f 1 | xargs'; }

units_are_right() {
    enabled
    check "systemd-analyze verify is silent" silent inside bash -c 'systemd-analyze verify /etc/systemd/system/kiosk*.*'
    check "exposure of kiosk.service at most 2.0" inside bash -o pipefail -c 'systemd-analyze security --offline=true --no-pager --threshold=20 /etc/systemd/system/kiosk.service | tail -n 1'
}

station_is_right() {
    check "program is root's" all_of_root
    check "settings" is "kiosk:kiosk 644" "$(owner_of /etc/treadside/kiosk.toml)"
    check "data" is "kiosk:kiosk 700" "$(owner_of /var/lib/treadside)"
    check "groups of kiosk" inside id -nG kiosk
    check "kiosk-screen has none" is kiosk-screen "$(inside id -nG kiosk-screen)"
    check "versions" inside /opt/treadside/.venv/bin/python -c 'import sys, numpy; print("Python %d.%d.%d," % sys.version_info[:3], "numpy", numpy.__version__, "from", numpy.__file__.split("/numpy")[0])'
    check "size of the program" bash -c "du -shL '$root/opt/treadside.d' | cut -f 1"
}

# The program alone, then with other packages: that one is killed in the middle of pip, as a power cut would.
upgrades() {
    local tree began lock=$root/root/treadside/locks/station.txt
    echo "a newer version" >>"$root/root/treadside/docs/install.md"
    timed "an upgrade of the program alone" bash /root/treadside/setup.sh install
    check "  it is in use" inside tail -n 1 /opt/treadside/docs/install.md
    tree=$(readlink "$root/opt/treadside")
    cp "$lock" "$work/lock"
    echo "# other packages" >>"$lock"
    began=$(date +%s)
    : >"$work/said.txt"
    (inside bash /root/treadside/setup.sh install >"$work/said.txt" 2>&1 || true) 2>/dev/null &
    until grep -q "Installing ready-made" "$work/said.txt" || [ $(($(date +%s) - began)) -gt 300 ]; do sleep 0.2; done
    sleep 2
    pkill -KILL -P $! || true # our own unshare; its process table dies with it
    wait $! || true
    check "an upgrade is killed in the middle of pip: the old program is in use" is "$tree" "$(readlink "$root/opt/treadside")"
    check "  it left a half-made tree beside it" is 2 "$(find "$root/opt/treadside.d" -mindepth 1 -maxdepth 1 | wc -l)"
    check "  the old one works" inside runuser -u kiosk -- /opt/treadside/.venv/bin/kiosk --version
    cp "$work/lock" "$lock"
    echo "a still newer version" >>"$root/root/treadside/docs/install.md"
    timed "  the next run brings the new one" bash /root/treadside/setup.sh install
    check "  it is in use" inside tail -n 1 /opt/treadside/docs/install.md
    check "  and leaves one tree" is 1 "$(find "$root/opt/treadside.d" -mindepth 1 -maxdepth 1 | wc -l)"
}

# Something of one's own, uninstall twice: it stays, and nothing else does.
uninstalls() {
    echo "# mine" >>"$root/etc/treadside/kiosk.toml"
    touch "$root/var/lib/treadside/sessions.sqlite3"
    timed "uninstall" bash /root/treadside/setup.sh uninstall
    check "  data and settings are there, root's" is "root:root 700" "$(owner_of /var/lib/treadside)"
    check "  with what was in them" bash -c "grep '# mine' '$root/etc/treadside/kiosk.toml' && test -f '$root/var/lib/treadside/sessions.sqlite3'"
    check "  nothing else is" bash -c "cd '$root' && ! ls -d opt/treadside* etc/systemd/system/kiosk* etc/systemd/system/*/kiosk* \
        etc/polkit-1/rules.d/*treadside* 2>/dev/null && ! grep kiosk etc/passwd"
    timed "uninstall again" bash /root/treadside/setup.sh uninstall
}

try_network() {
    root=$work/$suite
    make_root
    timed "install, with a screen" bash /root/treadside/setup.sh install
    station_is_right
    units_are_right
    demo "kiosk demo as user kiosk"
    picture >"$work/before.txt"
    timed "install again" bash /root/treadside/setup.sh install
    check "  changed nothing" same_picture
    upgrades
    timed "install --recorder" bash /root/treadside/setup.sh install --recorder
    enabled
    uninstalls
}

try_offline() {
    local began
    began=$(date +%s)
    (cd "$project" && PYTHON='' ./setup.sh bundle "$work" --target "$suite" --arch x86_64) | sed 's/^/      | /'
    row "bundle for $suite x86_64" "$(($(date +%s) - began)) s" "$(du -m "$work"/treadside-*.tar | cut -f 1) MB"
    root=$work/$suite-offline
    make_root
    mv "$work"/treadside-*.tar "$root/root/treadside.tar"
    inside bash -c 'apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends python3-venv python3-picamera2 python3-lgpio' >"$work/said.txt" 2>&1
    net=--net
    # shellcheck disable=SC2016 # the inner shell expands
    check "without network: what there is, lo, is down" is "lo: down" "$(inside bash -c 'mount -t sysfs s /sys; cd /sys/class/net; for n in *; do echo "$n: $(cat $n/operstate)"; done')"
    timed "install --offline --no-screen without network" bash /root/treadside/setup.sh install --offline /root/treadside.tar --no-screen
    station_is_right
    demo "kiosk demo as user kiosk"
    picture >"$work/before.txt"
    timed "install --offline again" bash /root/treadside/setup.sh install --offline /root/treadside.tar
    check "  changed nothing" same_picture
    uninstalls
    timed "install --offline over what was kept" bash /root/treadside/setup.sh install --offline /root/treadside.tar --no-screen
    check "  settings kept" grep '# mine' "$root/etc/treadside/kiosk.toml"
    check "  data is kiosk's again" is "kiosk:kiosk 644" "$(owner_of /var/lib/treadside/sessions.sqlite3)"
    head -c 30000000 "$root/root/treadside.tar" >"$root/root/half.tar"
    inside bash /root/treadside/setup.sh install --offline /root/half.tar >"$work/said.txt" 2>&1 || true
    check "half a bundle" contains "damaged"
    inside bash -c 'cd /root && mkdir bad && tar -xf treadside.tar -C bad --strip-components=1 && echo x >>bad/kiosk/app.py'
    inside bash /root/bad/setup.sh install >"$work/said.txt" 2>&1 || true
    check "a bundle with one wrong byte" contains "kiosk/app.py"
    net=""
}

mkdir -p "$work"
: >"$work/table.txt"
for suite in "$@"; do
    python_of "$suite" >/dev/null || { echo "install_chroot.sh: $suite: bookworm or trixie" >&2 && exit 2; }
    try_network
    [ -n "${KEEP:-}" ] || rm -rf "$root"
    try_offline
    [ -n "${KEEP:-}" ] || rm -rf "$root"
done
echo
echo "What was seen (python3-picamera2 and python3-lgpio: stand-ins):"
cat "$work/table.txt"
exit "$failed"
