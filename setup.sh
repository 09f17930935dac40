#!/usr/bin/env bash
# Makes .venv beside this file, then starts the demo or the tests. Safe to run twice: an unchanged folder starts without pip
# and without network; an interrupted or moved .venv is made again.
# What must not go in: anything `kiosk` can do for itself.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@" # started as `sh setup.sh`
set -euo pipefail

export PATH="${PATH:-/usr/local/bin:/usr/bin:/bin}"
unset PYTHONHOME PYTHONPATH PIP_USER PIP_TARGET PIP_PREFIX # each of them would send packages past .venv
here=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
venv=$here/.venv
log=$venv/install.log
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
        --only-binary=:all: --no-deps "$@") >>"$log" 2>&1 </dev/null || explain_failure
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
    local -a lists
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
    lists=(--requirement "$venv/station.txt" --requirement "$venv/build.txt")
    [ "$wanted" = demo ] || lists+=(--requirement "$venv/test.txt")
    rm -f "$venv/stamp-demo" "$venv/stamp-test"
    write_lists
    say "Installing ready-made wheels, a few minutes on a slow line"
    pip_install --require-hashes "${lists[@]}"
    pip_install --no-build-isolation --editable .
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

verb=${1:-}
case $verb in demo | test) shift ;; *) usage ;; esac
ready "$verb" || install "$verb"
exec 9<&- # a kiosk that runs for days must not hold the lock
case $verb in
demo) exec "$venv/bin/kiosk" demo "$@" ;;
test) run_tests "$@" ;;
esac
