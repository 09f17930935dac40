#!/usr/bin/env bash
# For a look: makes .venv beside this file, then starts the demo or the tests. Safe to run twice: an unchanged folder starts without
# pip and without network; an interrupted or moved .venv is made again.
# For a station: install puts Treadside beside a treadmill for good, uninstall takes it away again, bundle packs both for a place
# without network. docs/install.md tells what they do to the machine.
# What must not go in: anything `kiosk` can do for itself.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@" # started as `sh setup.sh`
set -euo pipefail

export PATH="${PATH:-/usr/local/bin:/usr/bin:/bin}"
unset PYTHONHOME PYTHONPATH PIP_USER PIP_TARGET PIP_PREFIX # each of them would send packages past .venv
here=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
venv=$here/.venv
log=$venv/install.log
wheels=""   # a folder of wheels; empty: the package index
source=$here # the project that is installed
apt_camera=/usr/lib/python3/dist-packages/picamera2

say() { printf '%s\n' "$*"; }

die() {
    printf 'setup.sh: %s\n' "$*" >&2
    exit 1
}

usage() {
    cat >&2 <<'END'
usage: ./setup.sh demo [arguments of `kiosk demo`]   make .venv if needed, then play the bundled clip
       ./setup.sh test [arguments of pytest]         make .venv if needed, then check format, lint and types and run the tests
       sudo ./setup.sh install [--station|--recorder] [--screen|--no-screen] [--offline BUNDLE]
                                                     make or bring up to date the station on this machine
       sudo ./setup.sh uninstall                     take it away; measurements and settings stay
       ./setup.sh bundle [OUT] [--target bookworm|trixie|all] [--arch aarch64|x86_64|all]
                                                     one file for `install --offline` on a machine without network
PYTHON=/path/to/python3.12 before it names the Python to use (3.11 to 3.13).
END
    exit 2
}

# --- install: this part is hashed into the stamp, so a change here installs again

# What .venv was made for. Line 1: Python, folder and apt's camera (another one needs a new .venv); line 2: the files (pip can catch up).
KEY='
import hashlib, os, sys
here, camera, tag = sys.argv[1:]
names = ("setup.sh", "pyproject.toml", "locks/station.txt", "locks/build.txt", "locks/test.txt")
files = [open(os.path.join(here, name), "rb").read() for name in names]
files[0] = files[0].split(b"\n# --- install")[1]
print(" ".join(sys.version.split()), sys.base_prefix, here, "with apt camera" if os.path.isdir(camera) else "")
print(hashlib.sha256(b"\0".join([*files, tag.encode()])).hexdigest())
'
# The newest tag counts too: the version is made of it when pip installs.
tag=$(git -C "$here" describe --tags --abbrev=0 --match 'v[0-9]*' 2>/dev/null) || tag=""
key_of() { "$1" -I -S -c "$KEY" "$here" "$apt_camera" "$tag" 2>/dev/null; }

# True when .venv fits this folder and has what the verb ($1) needs.
ready() {
    local key
    [ -x "$venv/bin/kiosk" ] && [ -f "$venv/stamp-$1" ] || return 1
    key=$(key_of "$venv/bin/python") && [ "$key" = "$(cat "$venv/stamp-$1")" ] || return 1
    [ -z "${PYTHON:-}" ] || [ "$(key_of "$PYTHON")" = "$key" ]
}

# True when .venv is whole and only the files or the verb changed: pip can install on top of it.
can_catch_up() {
    local key
    [ -f "$venv/stamp-demo" ] && key=$(key_of "$venv/bin/python") || return 1
    [ "${key%%$'\n'*}" = "$(head -n 1 "$venv/stamp-demo")" ] || return 1
    [ -z "${PYTHON:-}" ] || [ "$(key_of "$PYTHON")" = "$key" ]
}

version_of() { "$1" -I -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null </dev/null; }

fits() { case $1 in 3.11 | 3.12 | 3.13) return 0 ;; *) return 1 ;; esac }

# Sets `python`. A pyenv shim of a version that is not active exists on PATH but does not run: it is skipped like a missing one.
find_python() {
    local name version seen="" names="python3 python3.13 python3.12 python3.11"
    if [ -n "${PYTHON:-}" ]; then
        version=$(version_of "$PYTHON") || die "PYTHON=$PYTHON does not run; name a Python 3.11, 3.12 or 3.13."
        fits "$version" || die "PYTHON=$PYTHON is Python $version; Treadside needs 3.11, 3.12 or 3.13."
        python=$PYTHON
        return
    fi
    [ ! -d "$apt_camera" ] || names="/usr/bin/python3 $names" # only apt's Python sees apt's picamera2
    for name in $names; do
        while IFS= read -r python; do
            case $python in "$venv"/*) continue ;; esac # .venv is activated, and about to be made again
            version=$(version_of "$python") || continue
            ! fits "$version" || return 0
            seen="$seen $version"
        done <<<"$(type -aP "$name")"
    done
    die "no Python 3.11, 3.12 or 3.13 on PATH (found:${seen:- none}). Install one (sudo apt install python3 python3-venv)" \
        "or name it: PYTHON=/path/to/python3 ./setup.sh ..."
}

# Sets `version`, `platform` and `site`, or says why this Python cannot carry a .venv.
probe_python() {
    local bits venv_parts
    read -r version platform bits venv_parts site <<<"$("$python" -I -c '
import importlib.util, os, sys, sysconfig
camera = importlib.util.find_spec("picamera2")
print("%d.%d" % sys.version_info[:2], sysconfig.get_platform(), 64 if sys.maxsize > 2**32 else 32,
      "complete" if importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv") else "missing",
      "system" if camera and os.path.dirname(camera.origin or "") == sys.argv[1] else "isolated")' "$apt_camera")"
    [ "$bits" = 64 ] || die "$python is a 32-bit Python ($platform), for which there are no ready-made wheels:" \
        "use 64-bit Raspberry Pi OS (Bookworm or newer)."
    [ "$venv_parts" = complete ] || die "$python cannot make a .venv, its venv package is missing: sudo apt install python$version-venv"
}

# True when apt's numpy is in the range that pyproject.toml allows.
APT_NUMPY='
import sys, tomllib
from importlib.metadata import version
from pip._vendor.packaging.requirements import Requirement
needs = [Requirement(line) for line in tomllib.load(open(sys.argv[1], "rb"))["project"]["dependencies"]]
ours = [need for need in needs if need.name == "numpy" and need.marker.evaluate()]
sys.exit(not all(need.specifier.contains(version("numpy")) for need in ours))
'
# Each package and wheel that may be installed stands in locks/. One is left out: apt's picamera2 was compiled against apt's numpy, and
# a newer one in .venv breaks it ("numpy.dtype size changed"), so with apt's packages in sight apt's numpy stays when it is in range.
write_lists() {
    local name
    for name in station build test; do
        if [ "$site" = system ] && "$venv/bin/python" -c "$APT_NUMPY" "$here/pyproject.toml" >>"$log" 2>&1; then
            sed '/^numpy==/,/[^\\]$/d' "$here/locks/$name.txt" >"$venv/$name.txt"
        else
            cat "$here/locks/$name.txt" >"$venv/$name.txt"
        fi
    done
}

free_mb() { df -Pk "$1" 2>/dev/null | awk 'NR == 2 { print int($4 / 1024) }'; }

# Ready-made wheels only: a Pi that starts to compile OpenCV is busy for hours. The lists are complete, so pip looks for nothing else.
pip_install() {
    (cd "$here" && "$venv/bin/python" -m pip install --no-input --disable-pip-version-check --progress-bar off --retries 3 \
        --only-binary=:all: --no-deps ${wheels:+--no-index --find-links "$wheels"} "$@") >>"$log" 2>&1 </dev/null || explain_failure
}

# One sentence for what pip or venv wrote into the log.
explain_failure() {
    local missing last room
    room=$(free_mb "$here")
    if [ "${room:-9999}" -lt 20 ] || grep -qE 'No space left|Errno 28|quota exceeded' "$log" 2>/dev/null; then
        die "no space left: $here has ${room:-?} MB free and .venv needs about 700 MB (temporary files go to ${TMPDIR:-/tmp})." \
            "Make room and run it again."
    fi
    missing=$(sed -n 's/^ERROR: No matching distribution found for \([^ ;(]*\).*/\1/p' "$log" | tail -n 1)
    last=$(grep -E '^(ERROR|Error)' "$log" | tail -n 1) || last=$(tail -n 1 "$log")
    if grep -qE 'connection broken|NewConnectionError|Max retries exceeded|[Tt]imed out|name resolution|Network is unreachable' "$log"; then
        die "no connection to the package index, and .venv is not complete." \
            "Check the network (and the clock: date) and run it again. Log: $log"
    elif grep -q 'DO NOT MATCH THE HASHES' "$log"; then
        die "a downloaded package is not the one that Treadside was tried with (its sha256 differs), so it was not installed." \
            "Run it again; when it stays so, tell whoever gave you this folder. Log: $log"
    elif [ -n "$missing" ] && [ -n "$wheels" ]; then
        die "the bundle has no wheel of $missing for $platform with Python $version: make it again. Log: $log"
    elif [ -n "$missing" ]; then
        die "no ready-made wheel for $missing on $platform with Python $version: Treadside does not compile;" \
            "use 64-bit Raspberry Pi OS or Linux with Python 3.11 to 3.13. Log: $log"
    fi
    die "could not install: ${last:-no reason given}. Log: $log"
}

make_venv() {
    local option="" room
    room=$(free_mb "$here")
    [ "${room:-9999}" -ge 700 ] || die "no space: $here has $room MB free, .venv needs about 700 MB."
    rm -rf "$venv"
    mkdir -p "$venv" 2>/dev/null || die "cannot write in $here: run it as the owner of this folder."
    [ "$site" = isolated ] || option=--system-site-packages
    # shellcheck disable=SC2086 # no option is no word
    "$python" -m venv $option "$venv" >"$log" 2>&1 || explain_failure
}

# What .venv holds: the lists of locks/ that are named, and the project.
fill_venv() {
    local name
    local -a lists=()
    write_lists
    for name in "$@"; do lists+=(--requirement "$venv/$name.txt"); done
    say "Installing ready-made wheels, a few minutes on a slow line"
    pip_install --require-hashes "${lists[@]}"
    name_version
    pip_install --no-build-isolation --editable .
}

# A station's tree and a bundle have no git to ask for the version: setuptools-scm is told that of the project they were made from.
name_version() {
    [ "$here" != "$source" ] || [ -f "$here/BUNDLE" ] || return 0
    SETUPTOOLS_SCM_PRETEND_VERSION=$(project_version)
    export SETUPTOOLS_SCM_PRETEND_VERSION
}

project_version() {
    if [ ! -e "$source/.git" ] && [ -f "$source/kiosk/_version.py" ]; then
        sed -n 's/^__version__ = "\(.*\)"/\1/p' "$source/kiosk/_version.py"
    else
        (cd "$source" && "$venv/bin/python" -m setuptools_scm 2>>"$log") || die "the version of this project is not known. Log: $log"
    fi
}

# Two setup.sh at once: the second waits for the first. The lock is on the folder itself, so there is no lock file to leave behind.
lock() {
    exec 9<"$here"
    command -v flock >/dev/null || return 0
    flock -n 9 && return
    say "Another setup.sh is at work in this folder: waiting for it"
    flock -w 1800 9 || die "the other setup.sh did not end within 30 minutes."
}

# Brings .venv to what the verb ($1) needs.
install() {
    local wanted=demo
    lock
    ! ready "$1" || return 0 # the other setup.sh has done it
    if can_catch_up; then
        python=$venv/bin/python
        probe_python
        say "Bringing .venv up to date (Python $version)"
        [ ! -f "$venv/stamp-test" ] || wanted="test" # tools that were there stay in step
        : >"$log"
    else
        find_python
        probe_python
        [ ! -e "$venv" ] || say "Making .venv again: it is unfinished, or its folder, its Python or apt's camera changed"
        say "Making .venv with $python (Python $version, $([ "$site" = system ] && echo "with apt's picamera2" || echo "isolated"))"
        make_venv
    fi
    [ "$1" = demo ] || wanted="test"
    rm -f "$venv/stamp-demo" "$venv/stamp-test"
    if [ "$wanted" = demo ]; then fill_venv station build; else fill_venv station build test; fi
    if [ "$site" = system ] && ! "$venv/bin/python" -c 'import numpy; from picamera2 import Picamera2' >>"$log" 2>&1; then
        say "Note: apt's picamera2 does not load, so the camera will not; the demo does not need it. Log: $log"
    fi
    key_of "$venv/bin/python" >"$venv/stamp.new"
    [ "$wanted" = demo ] || cp "$venv/stamp.new" "$venv/stamp-test"
    mv "$venv/stamp.new" "$venv/stamp-demo"
    say "Ready"
}

# --- install ends

# Chromium for the browser tests, by apt where we may; otherwise they are skipped with this reason.
get_chromium() {
    local extra="" apt_log=$venv/chromium.log
    if { command -v chromium || command -v chromium-browser; } >/dev/null && command -v chromedriver >/dev/null; then return; fi
    if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
        say "Browser tests will be skipped: no chromium with chromedriver here (as root: apt install chromium chromium-driver)"
        return
    fi
    say "Installing chromium and chromium-driver with apt"
    export DEBIAN_FRONTEND=noninteractive
    apt-get -q update >"$apt_log" 2>&1 </dev/null || true # a stale list may still do; the next step tells
    if apt-cache show chromium-sandbox >/dev/null 2>&1; then extra=chromium-sandbox; fi
    # shellcheck disable=SC2086 # no extra package is no word
    apt-get -q install -y --no-install-recommends -o DPkg::Lock::Timeout=120 chromium chromium-driver $extra >>"$apt_log" 2>&1 </dev/null ||
        say "Browser tests will be skipped: apt could not install chromium ($(grep '^E:' "$apt_log" | tail -n 1)). Log: $apt_log"
}

# All four run even when one fails. pytest is the last, and nothing is printed after it: CI reads its closing line. All tests: two at a
# time where that is honest (tests/side_by_side.py); some tests, named by arguments: one after the other.
run_tests() {
    local failed="" status=0 python=$venv/bin/python
    get_chromium
    cd "$here"
    export PATH="$venv/bin:$PATH"
    say "ruff format --check" && { "$python" -m ruff format --check . || failed="$failed, ruff format"; }
    say "ruff check" && { "$python" -m ruff check . || failed="$failed, ruff check"; }
    say "mypy" && { "$python" -m mypy || failed="$failed, mypy"; }
    [ -z "$failed" ] || say "failed: ${failed#, } (the tests follow)"
    say "pytest"
    [ $# != 0 ] || set -- -n 2
    "$python" -m pytest "$@" || status=$?
    [ "$status" != 0 ] || [ -z "$failed" ] || status=1
    exit "$status"
}

# --- station: where it is, what belongs to it

root=${STATION_ROOT:-}      # the tests install into a folder
program=$root/opt/treadside # a link to the tree in use: one rename changes stations
trees=$root/opt/treadside.d
settings=$root/etc/treadside/kiosk.toml
data=$root/var/lib/treadside
units=$root/etc/systemd/system
rules=$root/etc/polkit-1/rules.d
station_log=$root/var/log/treadside-install.log
apt_log=$root/var/log/treadside-apt.log
parts=(kiosk systemd docs locks setup.sh pyproject.toml LICENSE README.md CHANGELOG.md)
starts=(kiosk.service kiosk-screen.service kiosk-recorder.service kiosk-daily.timer) # what a station may start by itself
made_by="Treadside station"                                                         # marks a user that is ours to remove
program_mb=900                                                                      # what was seen and a quarter more: docs/install.md
screen_mb=900

tree=""    # the new tree while it is made
scratch="" # a folder to remove at the end
changed="" # not empty: something that runs is out of date

note() { say "Note: $*"; }

# Whatever ends the script: what is half made goes, what ran before stays.
tidy() {
    local status=$?
    [ -z "$scratch" ] || rm -rf "$scratch"
    [ -z "$tree" ] || rm -rf "$tree"
    if [ "$status" -gt 128 ]; then say "Interrupted. What was installed before goes on working; run it again to finish."; fi
}

guard() {
    umask 022
    trap tidy EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

need_root() { [ "$(id -u)" = 0 ] || die "$verb changes the machine and needs root: sudo ./setup.sh $verb"; }

# One installation at a time. The lock is on a folder that stays; apt and pip do not inherit it.
lock_station() {
    mkdir -p "$trees" "${station_log%/*}"
    exec 9<"$trees"
    flock -n 9 || die "another setup.sh is at work on this station; wait until it has ended."
}

systemd_runs() { [ -d "$root/run/systemd/system" ]; }

# --- station: checks

check_machine() {
    local tool arch version
    need_root
    for tool in systemctl apt-get apt-cache dpkg dpkg-query; do
        command -v "$tool" >/dev/null || die "no $tool here: a station needs Raspberry Pi OS or Debian (Bookworm or Trixie) with" \
            "systemd and apt; ./setup.sh demo runs on any Linux."
    done
    arch=$(dpkg --print-architecture)
    case $arch in
    arm64 | amd64) ;;
    *) die "this system is built for $arch, and 64 bit (arm64 or amd64) is needed: write the 64-bit Raspberry Pi OS," \
        "Bookworm or Trixie, to the card." ;;
    esac
    if grep -q '^overlayroot / ' "$root/proc/mounts" 2>/dev/null; then
        die "this system is read only (overlay): what is installed now would be gone after the next start." \
            "Switch that off first: sudo raspi-config nonint do_overlayfs 1 && sudo reboot"
    fi
    PYTHON=${PYTHON:-/usr/bin/python3} # only apt's Python sees apt's picamera2
    [ -x "$PYTHON" ] || return 0       # apt brings it
    version=$(version_of "$PYTHON") || die "$PYTHON does not run: sudo apt install --reinstall python3"
    fits "$version" || die "this system has Python $version, 3.11 to 3.13 is needed: use Raspberry Pi OS Bookworm or Trixie."
}

# $1 megabytes under /opt.
check_space() {
    local room
    room=$(free_mb "$trees")
    [ "${room:-99999}" -ge "$1" ] ||
        die "no space: ${trees%/*} has $room MB free and $1 MB are needed to make the station. Make room and run it again."
}

# --- station: apt

have_package() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
in_archive() { case $(LC_ALL=C apt-cache policy "$1" 2>/dev/null) in *"Candidate: ("* | "") return 1 ;; esac }

apt_get() { DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" >>"$apt_log" 2>&1 </dev/null 9<&-; }
apt_install() { apt_get install -y --no-install-recommends "$@"; }

# Lists of today are good enough: a second run asks no network.
update_lists() {
    local folder=$root/var/lib/apt/lists
    if [ -n "$(find "$folder" -maxdepth 1 -name '*_Packages*' -print -quit 2>/dev/null)" ] &&
        [ -n "$(find "$folder" -maxdepth 0 -mtime -1)" ]; then return; fi
    apt_get update ||
        note "apt could not fetch its lists ($(grep -E '^[EW]:' "$apt_log" | tail -n 1)); going on with the old ones"
}

# What each missing package is for.
purpose_of() {
    case $1 in
    python3-picamera2) echo "the camera of the Raspberry Pi" ;;
    python3-lgpio) echo "buttons, lamp and buzzer" ;;
    libportaudio2) echo "loudness of the landings" ;;
    espeak-ng) echo "spoken cues" ;;
    polkitd) echo "switching off by a long press" ;;
    udisks2) echo "exports onto a USB stick" ;;
    *) echo "the screen" ;;
    esac
}

# Sets `missing`: the packages of the arguments that are not installed.
find_missing() {
    local name
    missing=()
    for name in "$@"; do have_package "$name" || missing+=("$name"); done
}

# Bookworm of the Raspberry Pi has chromium-browser too, Trixie only chromium.
browser_package() {
    if have_package chromium || { ! have_package chromium-browser && in_archive chromium; }; then
        echo chromium
    else
        echo chromium-browser
    fi
}

install_packages() {
    local name missing essential=(python3 python3-venv) wanted=(python3-picamera2 python3-lgpio libportaudio2 espeak-ng polkitd udisks2)
    [ "$kind" = station ] || wanted=(python3-picamera2 python3-lgpio polkitd)
    say "Packages of the system (apt)"
    : >"$apt_log"
    find_missing "${essential[@]}" "${wanted[@]}"
    if [ -z "$wheels" ] && [ "${#missing[@]}" != 0 ]; then update_lists; fi
    [ "$screen" = no ] || wanted+=(cage chromium-sandbox "$(browser_package)")
    find_missing "${essential[@]}"
    if [ "${#missing[@]}" != 0 ]; then
        [ -z "$wheels" ] || die "these packages are missing and nothing is fetched offline: ${missing[*]}." \
            "Install them beforehand: sudo apt install ${missing[*]}"
        apt_install "${missing[@]}" || { apt_get update && apt_install "${missing[@]}"; } ||
            die "apt could not install ${missing[*]} ($(grep '^E:' "$apt_log" | tail -n 1)). Log: $apt_log"
    fi
    find_missing "${wanted[@]}"
    if [ -n "$wheels" ] && [ "${#missing[@]}" != 0 ]; then
        note "these packages are missing and nothing is fetched offline: ${missing[*]}." \
            "What needs them will not work until: sudo apt install --no-install-recommends ${missing[*]}"
    elif [ "${#missing[@]}" != 0 ]; then
        install_wanted
    fi
}

# Without them the first console would be taken for a black screen.
screen_ready() { have_package cage && { have_package chromium || have_package chromium-browser; }; }

# All at once; when one of them spoils it, one by one, so that the others are there.
install_wanted() {
    local name there=()
    for name in "${missing[@]}"; do
        if in_archive "$name"; then there+=("$name"); else note "apt has no $name here: $(purpose_of "$name") will not work"; fi
    done
    [ "${#there[@]}" != 0 ] || return 0
    say "  ${there[*]}"
    if ! apt_install "${there[@]}"; then
        for name in "${there[@]}"; do
            apt_install "$name" || note "apt could not install $name: $(purpose_of "$name") will not work. Log: $apt_log"
        done
    fi
    changed="packages"
}

# --- station: user and folders

# kiosk, and whom else a unit names; the devices are kiosk's alone.
make_users() {
    local name home group names
    names=$({ echo kiosk && sed -n 's/^User=\(kiosk[a-z-]*\)$/\1/p' "$source"/systemd/*.service; } | sort -u)
    say "Users" "${names//$'\n'/, }" "and the groups of kiosk"
    for name in $names; do
        ! getent passwd "$name" >/dev/null || continue
        home=/nonexistent
        [ "$name" != kiosk ] || home=/var/lib/treadside
        useradd --system --user-group --home-dir "$home" --no-create-home --shell /usr/sbin/nologin --comment "$made_by" "$name" ||
            die "the user $name could not be made."
        changed="user"
    done
    case $(getent passwd kiosk) in
    */nologin | */false) ;;
    *) note "the user kiosk was there and can log in: whoever does that can read what is measured" ;;
    esac
    for group in video render gpio input audio bluetooth; do
        getent group "$group" >/dev/null || continue
        case " $(id -nG kiosk) " in *" $group "*) continue ;; esac
        usermod --append --groups "$group" kiosk
        changed="groups"
    done
}

# kiosk's own folder with this mode; whoever owned it before (an earlier station's user has another number).
own_folder() {
    mkdir -p "$1"
    [ "$(stat -c %U "$1")" = kiosk ] || chown -hR kiosk:kiosk "$1"
    [ "$(stat -c %a "$1")" = "${2#0}" ] || chmod "$2" "$1"
}

# `kiosk calibrate` writes kiosk.toml anew beside itself, so its folder is kiosk's as well.
make_folders() {
    say "Settings ${settings#"$root"} and data ${data#"$root"}"
    own_folder "$data" 0700
    own_folder "${settings%/*}" 0755
    if [ -e "$settings" ] || [ -L "$settings" ]; then return; fi # it is the station's, not ours
    scratch=$(mktemp -d "$trees/settings-XXXXXX")               # root writes nothing in a folder of kiosk's, it only moves files there
    cp "$source/docs/kiosk.toml" "$scratch/kiosk.toml"
    chmod 0644 "$scratch/kiosk.toml"
    chown kiosk:kiosk "$scratch/kiosk.toml"
    mv -T "$scratch/kiosk.toml" "$settings" # onto the name itself, wherever a link of kiosk's would lead
    rm -rf "$scratch"
    scratch=""
}

# --- station: the program

# Copies the station's part of a project ($1) into a folder ($2); $3 lists the files.
copy_program() {
    (cd "$1" && "$3" | tar -c --exclude=__pycache__ --exclude='*.egg-info' --null --files-from=-) | (cd "$2" && tar -x --no-same-owner) ||
        die "could not copy $1 to $2: is this project whole, and is there space?"
    chmod -R u=rwX,go=rX "$2"
}

# What lies in this folder, each name with a NUL at its end.
all_files() { printf '%s\0' "${parts[@]}"; }

# In a git checkout only what git knows: a bundle is given to others, what merely lies there is not.
known_files() { if [ -e .git ]; then git ls-files -z -- "${parts[@]}"; else all_files; fi; }

# One checksum for the station's part of a project.
sum_of() {
    (cd "$1" 2>/dev/null && find "${parts[@]}" -type f -not -path '*/__pycache__/*' -not -path kiosk/_version.py -print0 |
        LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)
}

# The classic break is a numpy that apt's compiled packages do not know: camera, numpy and network are loaded in one process, as in use.
TOGETHER='
import importlib.util
import numpy
if importlib.util.find_spec("picamera2"):
    from picamera2 import Picamera2
    camera = "picamera2"
else:
    camera = "no picamera2"
import cv2
from kiosk.config import PoseConfig
from kiosk.pose.movenet import Network, self_test
network = Network(PoseConfig())
self_test(network)
print("numpy", numpy.__version__, "from", "apt" if "dist-packages" in numpy.__file__ else ".venv", "with", camera, "and", network.runtime)
'
# Prints what was loaded; as user kiosk, who must be able to read it all.
load_together() { (cd / && runuser -u kiosk -- "$1/.venv/bin/python" -I -c "$TOGETHER" 2>&1 </dev/null 9<&-); }

# True when the tree in use is this project, whole, for this Python.
program_is_current() {
    local in_use key
    in_use=$(readlink -f "$program") && [ -L "$program" ] && [ -f "$in_use/.venv/stamp-demo" ] || return 1
    [ "$(sum_of "$source")" = "$(sum_of "$in_use")" ] || return 1
    key=$(here=$in_use && key_of "$in_use/.venv/bin/python") && [ "$key" = "$(cat "$in_use/.venv/stamp-demo")" ] || return 1
    load_together "$in_use" >>"$log"
}

# The tree is made beside the one in use, which goes on working whatever happens here.
make_tree() {
    check_space "$program_mb"
    tree=$(mktemp -d "$trees/$(date +%Y%m%d)-XXXXXX")
    chmod 0755 "$tree"
    copy_program "$source" "$tree" all_files
    here=$tree
    venv=$tree/.venv
    python=$PYTHON
    probe_python
    site=system # apt's lgpio, and apt's picamera2 when it comes later
    say "Program in ${tree#"$root"} with Python $version"
    if ! reuse_venv; then
        make_venv
        fill_venv station build
        finish_venv || die "camera, numpy and network do not load together: ${loaded##*$'\n'}." \
            "Try sudo apt full-upgrade, then run it again. Nothing in use was touched. Log: $log"
    fi
    say "Camera, numpy and network loaded together, and the network's self-test:"
    say "  ${loaded##*$'\n'}"
    key_of "$venv/bin/python" >"$venv/stamp-demo"
}

# Only the program changed: the packages of the tree in use serve the new one as well, by hard links. It takes seconds and no network.
reuse_venv() {
    local old stamp key
    old=$(readlink -f "$program") && [ -L "$program" ] && stamp=$(cat "$old/.venv/stamp-demo" 2>/dev/null) || return 1
    key=$(key_of "$python") && [ "${stamp/"$old"/}" = "${key/"$tree"/}" ] || return 1
    say "Packages of ${old#"$root"} are taken over"
    cp -al "$old/.venv" "$venv" >>"$log" 2>&1 || return 1
    rm "$venv/stamp-demo"
    # scripts name their folder; sed writes them anew, so the old tree keeps its own
    grep -rlIZF "$old" "$venv/bin" "$venv/pyvenv.cfg" 2>>"$log" | xargs -0r sed -i "s|$old|$tree|g" || return 1
    (name_version && pip_install --no-build-isolation --editable .) 2>>"$log" || return 1
    finish_venv
}

# Sets `loaded`: what user kiosk gets when all is loaded together.
finish_venv() {
    "$venv/bin/python" -m compileall -q "$tree/kiosk" >>"$log" 2>&1 || true # kiosk may not write here; without, a start is slower, no more
    chmod -R go=rX "$tree"
    loaded=$(load_together "$tree") && return
    printf '%s\n' "$loaded" >>"$log"
    return 1
}

# A new program may change the form of the database for good; the program that was there before can go back to this copy.
copy_database() {
    say "Copy of the database"
    (cd / && runuser -u kiosk -- env XDG_DATA_HOME=/var/lib "$before/.venv/bin/kiosk" upkeep --config "$settings") \
        >>"$log" 2>&1 </dev/null 9<&- || note "the database was not copied before the upgrade ($(tail -n 1 "$log"))"
}

# One rename: before it the old station, after it the new one, also when the power fails.
swap_tree() {
    sync -f "$tree" 2>/dev/null || sync
    if [ -e "$program" ] && [ ! -L "$program" ]; then
        note "${program#"$root"} was there and is not ours: it is now ${program#"$root"}.before"
        rm -rf "$program.before.old"
        [ ! -e "$program.before" ] || mv "$program.before" "$program.before.old"
        mv "$program" "$program.before"
    fi
    touch "$tree/unfinished" # what runs is still the old one
    ln -sfn "treadside.d/${tree##*/}" "$trees/next"
    mv -T "$trees/next" "$program"
    tree=""
    changed="program"
}

remove_old_trees() {
    local old in_use
    in_use=$(readlink -f "$program" || true)
    for old in "$trees"/*; do
        if [ -e "$old" ] || [ -L "$old" ]; then [ "$old" = "$in_use" ] || rm -rf "$old"; fi
    done
}

# --- station: units

# Where a file of systemd/ belongs; nothing for one that systemd does not read.
place_of() {
    case $1 in
    *.service | *.timer | *.socket | *.path | *.target) echo "$units/${1##*/}" ;;
    *.rules) echo "$rules/${1##*/}" ;;
    esac
}

# Puts file $1 at $2 when it is not there already, byte for byte.
put() {
    if cmp -s "$1" "$2" && [ "$(stat -c '%a %U' "$2")" = "644 root" ]; then return 1; fi
    mkdir -p "${2%/*}"
    cp "$1" "$2.new"
    chmod 0644 "$2.new"
    chown root:root "$2.new"
    mv "$2.new" "$2"
}

# Removes a file that was put; a unit is stopped and forgotten first.
drop() {
    local now=""
    ! systemd_runs || now=--now
    case $1 in "$units"/*) systemctl disable -q ${now:+"$now"} "${1##*/}" >>"$log" 2>&1 || true ;; esac
    rm -f "$1"
}

# Units that an earlier version had and this one has not.
drop_old_units() {
    local file place
    for file in "$1"/systemd/*; do
        place=$(place_of "$file")
        if [ -n "$place" ] && [ -e "$place" ] && [ ! -e "$source/systemd/${file##*/}" ]; then
            drop "$place"
            changed="units"
        fi
    done
}

place_units() {
    local file place
    for file in "$program"/systemd/*; do
        place=$(place_of "$file")
        if [ -n "$place" ] && put "$file" "$place"; then changed="units"; fi
    done
}

# True for a unit that this kind of station starts.
starts_here() {
    case $1 in
    kiosk.service) [ "$kind" = station ] ;;
    kiosk-screen.service) [ "$kind" = station ] && [ "$screen" = yes ] && screen_ready ;;
    kiosk-recorder.service) [ "$kind" = recorder ] ;;
    esac
}

turn_off() {
    local now=""
    ! systemd_runs || now=--now
    systemctl disable -q ${now:+"$now"} "$1" >>"$log" 2>&1 || note "$1 could not be disabled. Log: $log"
}

enable_units() {
    local unit
    enabled=()
    for unit in "${starts[@]}"; do
        [ -e "$units/$unit" ] || continue
        if ! starts_here "$unit"; then
            ! systemctl is-enabled -q "$unit" 2>/dev/null || turn_off "$unit"
            continue
        fi
        enabled+=("$unit")
        systemctl is-enabled -q "$unit" 2>/dev/null || {
            systemctl enable -q "$unit" >>"$log" 2>&1 || die "systemctl could not enable $unit: $(tail -n 1 "$log")"
            changed="units"
        }
    done
    say "Starts with the machine: ${enabled[*]}"
}

# On a Desktop image the desktop holds the screen: it gives way to the station's, and comes back when that goes.
give_screen() {
    if [ "$screen" = yes ] && ! screen_ready; then
        note "cage or chromium is missing, so the station's screen stays off; when they are there: sudo ./setup.sh install"
        return_screen
    elif [ "$screen" = yes ] && [ -e "$units/display-manager.service" ] && [ "$(systemctl get-default)" = graphical.target ]; then
        systemctl set-default -q multi-user.target >>"$log" 2>&1
        desktop=graphical.target
        note "this machine starts into a desktop; from the next start on it shows the station instead (back: docs/install.md)"
    elif [ "$screen" = no ]; then
        return_screen
    fi
}

return_screen() {
    [ "$desktop" = graphical.target ] || return 0
    systemctl set-default -q "$desktop" >>"$log" 2>&1
    desktop=""
    note "from the next start on this machine shows its desktop again"
}

start_units() {
    local unit
    for unit in "${enabled[@]}"; do
        if [ "$unit" = kiosk-screen.service ] && systemctl is-active -q display-manager.service; then continue; fi # after the next start
        if [ -z "$changed" ] && systemctl is-active -q "$unit"; then continue; fi
        systemctl restart "$unit" >>"$log" 2>&1 9<&- || note "$unit did not start; see why: journalctl -u $unit -n 30"
    done
}

# --- station: install and uninstall

# Sets kind and screen from the options; what is not said stays as it was installed.
read_options() {
    kind="" screen="" bundle="" desktop=""
    while [ $# != 0 ]; do
        case $1 in
        --station | --recorder) kind=${1#--} ;;
        --screen) screen=yes ;;
        --no-screen) screen=no ;;
        --offline)
            [ $# -ge 2 ] || die "--offline needs the bundle: sudo ./setup.sh install --offline treadside.tar"
            bundle=$2
            shift
            ;;
        *) usage ;;
        esac
        shift
    done
    local before_kind="" before_screen=""
    if [ -f "$program/installed" ]; then read -r before_kind before_screen desktop <"$program/installed" || true; fi
    kind=${kind:-${before_kind:-station}}
    if [ -z "$screen" ] && [ "$kind" = "$before_kind" ]; then screen=$before_screen; fi
    [ "$kind" = station ] || screen=no
    screen=${screen:-yes}
}

install_station() {
    local enabled=() before loaded=""
    read_options "$@"
    check_machine
    guard
    if [ -n "$bundle" ]; then
        use_bundle "$@"
        return
    fi
    [ ! -f "$here/BUNDLE" ] || check_bundle
    lock_station
    log=$station_log
    : >"$log"
    say "Treadside as a $kind$([ "$kind" = recorder ] || { [ "$screen" = yes ] && echo " with a screen" || echo " without a screen"; })"
    remove_old_trees # what an interrupted installation left
    [ ! -e "$program/unfinished" ] || changed="program"
    [ -f "$program/installed" ] || check_space "$([ "$screen" = yes ] && echo $((program_mb + screen_mb)) || echo "$program_mb")"
    install_packages
    make_users
    make_folders
    before=$(readlink -f "$program" || true)
    if program_is_current; then
        say "Program in ${before#"$root"} is this version: nothing to change"
    else
        make_tree
        [ ! -x "$before/.venv/bin/kiosk" ] || copy_database
        [ -z "$before" ] || drop_old_units "$before"
        swap_tree
    fi
    place_units
    ! systemd_runs || [ -z "$changed" ] || systemctl daemon-reload
    enable_units
    give_screen
    [ "$(cat "$program/installed" 2>/dev/null)" = "$kind $screen $desktop" ] || echo "$kind $screen $desktop" >"$program/installed"
    ! systemd_runs || start_units
    rm -f "$program/unfinished"
    remove_old_trees
    say "Ready. Settings: ${settings#"$root"}. Is all well? sudo -u kiosk ${program#"$root"}/.venv/bin/kiosk doctor" \
        "--config ${settings#"$root"}"
    systemd_runs || note "systemd does not run here; the station starts when the machine does"
}

# The screen's user had a session, which takes a moment to end.
remove_user() {
    local try
    ! systemd_runs || loginctl terminate-user "$1" >/dev/null 2>&1 || true
    for try in 1 2 3 4 5; do
        if userdel "$1" >/dev/null 2>&1; then
            say "User $1 removed"
            return
        fi
        sleep "$try"
    done
    note "the user $1 could not be removed: does it still run something?"
}

uninstall_station() {
    local file place name desktop=""
    [ $# = 0 ] || usage
    need_root
    lock_station
    log=/dev/null
    say "Units stopped and removed"
    for file in "$program"/systemd/* "$here"/systemd/*; do
        place=$(place_of "$file")
        if [ -n "$place" ] && [ -e "$place" ]; then drop "$place"; fi
    done
    ! systemd_runs || systemctl daemon-reload
    [ ! -f "$program/installed" ] || read -r _ _ desktop <"$program/installed" || true
    return_screen
    say "Program removed"
    [ ! -L "$program" ] || rm -f "$program"
    rm -rf "$trees" "$station_log" "$apt_log"
    # another user may get kiosk's number one day: what stays belongs to root until the next install
    for file in "$data" "${settings%/*}"; do [ ! -d "$file" ] || chown -hR root:root "$file"; done
    for name in $(getent passwd | awk -F : -v ours="$made_by" '$5 == ours { print $1 }'); do
        remove_user "$name"
    done
    ! getent passwd kiosk >/dev/null || note "the user kiosk was not made by install and stays"
    for file in "$data" "$settings"; do [ ! -e "$file" ] || say "Kept: ${file#"$root"}"; done
    say "Kept: the packages of apt"
}

# --- station: bundle

# One list line for each machine that a bundle serves: name, Python, glibc of its libraries.
targets() {
    case $1 in
    bookworm) echo "bookworm 3.11 36" ;; # Debian 12
    trixie) echo "trixie 3.13 41" ;;     # Debian 13
    all) targets bookworm && targets trixie ;;
    *) die "--target $1: bookworm, trixie or all" ;;
    esac
}

machines() {
    case $1 in
    aarch64 | x86_64) echo "$1" ;;
    all) printf '%s\n' aarch64 x86_64 ;;
    *) die "--arch $1: aarch64 (Raspberry Pi), x86_64 or all" ;;
    esac
}

# The lines of locks/ for another Python than this one: pip would read their conditions for its own.
LIST='
import pathlib, re, sys
from pip._vendor.packaging.requirements import Requirement
here, python, machine = sys.argv[1:]
target = {"python_version": python, "python_full_version": python + ".2", "platform_machine": machine}
for name in ("station", "build"):
    for line in pathlib.Path(here, "locks", name + ".txt").read_text().replace("\\\n", " ").splitlines():
        if line.strip() and not line.startswith("#"):
            pin, *hashes = re.split(r"\s+--hash=", line.strip())
            need = Requirement(pin)
            if need.marker is None or need.marker.evaluate(target):
                print(f"{need.name}{need.specifier}", *(f"--hash={digest}" for digest in hashes))
'

# Fetches the wheels for Python $1 with glibc 2.$2 on machine $3 into folder $4.
fetch_wheels() {
    local minor list=$scratch/list.txt platforms=()
    for minor in $(seq "$2" -1 5); do platforms+=(--platform "manylinux_2_${minor}_$3"); done
    platforms+=(--platform "manylinux2014_$3")
    "$venv/bin/python" -I -c "$LIST" "$here" "$1" "$3" >"$list" 2>>"$log" || explain_failure
    "$venv/bin/python" -m pip download --no-input --disable-pip-version-check --progress-bar off --retries 3 --no-deps \
        --only-binary=:all: --implementation cp --python-version "$1" "${platforms[@]}" --dest "$4" --require-hashes --requirement "$list" \
        >>"$log" 2>&1 </dev/null || explain_failure
}

make_bundle() {
    local out="" suite=all machine=all folder name project target libc
    while [ $# != 0 ]; do
        case $1 in
        --target | --arch)
            [ $# -ge 2 ] || usage
            if [ "$1" = --target ]; then suite=$2; else machine=$2; fi
            shift
            ;;
        -*) usage ;;
        *)
            [ -z "$out" ] || usage
            out=$1
            ;;
        esac
        shift
    done
    targets "$suite" >/dev/null
    machines "$machine" >/dev/null
    out=${out:-$PWD}
    folder=$(if [ -d "$out" ]; then echo "$out"; else dirname -- "$out"; fi)
    [ -d "$folder" ] || die "$folder: no such folder for the bundle"
    guard
    scratch=$(mktemp -d "$folder/.bundle-XXXXXX" 2>/dev/null) || die "cannot write in $folder: name another file for the bundle"
    scratch=$(cd "$scratch" && pwd -P)
    log=$(mktemp -t treadside-bundle-XXXXXX.log)
    venv=$scratch/venv
    find_python
    probe_python
    "$python" -m venv "$venv" >"$log" 2>&1 || explain_failure
    pip_install --require-hashes --requirement "$here/locks/build.txt"
    version=$(project_version)
    name=treadside-$version
    [ ! -d "$out" ] || out=${out%/}/$name.tar
    project=$scratch/$name
    mkdir -p "$project/wheels"
    copy_program "$here" "$project" known_files
    printf '"""The version; written when the bundle was made."""\n\n__version__ = "%s"\n' "$version" >"$project/kiosk/_version.py"
    while read -r target version libc; do
        for platform in $(machines "$machine"); do
            say "Wheels for $target on $platform (Python $version)"
            fetch_wheels "$version" "$libc" "$platform" "$scratch/$target-$platform"
            mv -f "$scratch/$target-$platform"/*.whl "$project/wheels/"
            printf '%s %s %s\n' "$target" "$version" "$platform" >>"$project/BUNDLE"
        done
    done <<<"$(targets "$suite")"
    say "Checksums, and one file"
    # _version.py is written anew by whoever tries the demo in an unpacked bundle
    (cd "$project" && find . -type f -not -name SHA256SUMS -not -path ./kiosk/_version.py -print0 | LC_ALL=C sort -z | xargs -0 sha256sum) >"$scratch/sums"
    mv "$scratch/sums" "$project/SHA256SUMS"
    tar -c --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -C "$scratch" -f "$scratch/out.tar" "$name" || die "no space for $out"
    mv "$scratch/out.tar" "$out"
    rm -f "$log"
    say "$out ($(($(stat -c %s "$out") / 1000000)) MB): copy it to the station, then sudo ./setup.sh install --offline ${out##*/}"
}

# Unpacks the bundle and lets its own setup.sh install it.
use_bundle() {
    local inside found=() option options=() skip=""
    [ -e "$bundle" ] || die "$bundle: no such bundle; ./setup.sh bundle makes one on a machine with network."
    for option in "$@"; do
        if [ -n "$skip" ] || [ "$option" = --offline ]; then skip=$([ -n "$skip" ] || echo yes); else options+=("$option"); fi
    done
    if [ -d "$bundle" ]; then
        inside=$bundle
    else
        say "Unpacking ${bundle##*/}"
        mkdir -p "$root/var/tmp"
        scratch=$(mktemp -d "$root/var/tmp/treadside-XXXXXX")
        tar -x --no-same-owner -C "$scratch" -f "$bundle" 2>/dev/null ||
            die "$bundle cannot be unpacked: it is damaged, or no bundle of ./setup.sh bundle, or there is no space. Copy it again."
        found=("$scratch"/*/BUNDLE)
        inside=${found[0]%/BUNDLE}
    fi
    if [ ! -f "$inside/BUNDLE" ] || [ ! -f "$inside/setup.sh" ]; then die "$bundle is no bundle of ./setup.sh bundle."; fi
    # before a line of it runs as root; all the rest it checks itself
    (cd "$inside" && grep -E '^[0-9a-f]{64}  \./setup\.sh$' SHA256SUMS | sha256sum --check --status) 2>/dev/null ||
        die "the bundle is damaged (./setup.sh or its checksum): copy it again."
    bash "$inside/setup.sh" install "${options[@]}" || exit $?
}

# In an unpacked bundle: is it whole, and is it for this machine? From here on nothing is fetched.
check_bundle() {
    local bad
    say "Checksums of the bundle"
    bad=$(cd "$here" && LC_ALL=C sha256sum --check --quiet --strict SHA256SUMS 2>&1) ||
        die "the bundle is damaged (${bad%%$'\n'*}): copy it again."
    version=$(version_of "$PYTHON") ||
        die "python3 is missing and nothing is fetched offline. Install it beforehand: sudo apt install python3 python3-venv"
    grep -q " $version $(uname -m)\$" "$here/BUNDLE" ||
        die "this bundle is for $(awk '{ printf "%s%s on %s (Python %s)", sep, $1, $3, $2; sep = ", " }' "$here/BUNDLE");" \
            "this machine is $(uname -m) with Python $version. Make another: ./setup.sh bundle --arch $(uname -m)"
    wheels=$here/wheels
}

verb=${1:-}
case $verb in
demo | test)
    shift
    ready "$verb" || install "$verb"
    exec 9<&- # a kiosk that runs for days must not hold the lock
    [ "$verb" = demo ] || run_tests "$@"
    exec "$venv/bin/kiosk" demo "$@"
    ;;
install) shift && install_station "$@" ;;
uninstall) shift && uninstall_station "$@" ;;
bundle) shift && make_bundle "$@" ;;
*) usage ;;
esac
