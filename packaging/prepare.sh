# shellcheck shell=bash disable=SC2154,SC2034
# Sourced by start, check and .ci/run: the packages a section needs, and the build.
# The caller has set $root to the source tree and $logs to the folder for logs; $stage_pid is what to
# stop when it is itself stopped.

say() { printf '%s\n' "$*"; }

# One section of the package list.
packages_of() {
    awk -v want="[$1]" '/^\[/ { on = ($0 == want); next } on && NF && !/^#/ { print $1 }' \
        "$root/packaging/packages.debian"
}

# Those of the named packages that are not installed.
packages_missing() {
    local have
    have=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
        awk '$1 == "installed" { print $2 }')
    printf '%s\n' "$@" | grep -vxF -e "${have:-/}" || true
}

# Debian 12 or newer: its package names are those of the list.
is_debian() {
    [ -r /etc/os-release ] && command -v dpkg-query >/dev/null && command -v apt-get >/dev/null &&
        (
            # shellcheck disable=SC1091
            . /etc/os-release
            [ "${ID:-}" = debian ] && [ "${VERSION_ID:-12}" -ge 12 ] 2>/dev/null
        )
}

# The interpreter that the packages serve, whatever else stands before it in PATH.
python=/usr/bin/python3
is_debian || python=python3

# Elsewhere the libraries are looked for by their pkg-config names, which are the same everywhere.
require_libraries() {
    local missing=() it
    for it in cc make autoconf automake "$python" pkg-config; do
        command -v "$it" >/dev/null || missing+=("$it")
    done
    while read -r it; do
        pkg-config --exists "$it" 2>/dev/null || missing+=("$it")
    done < <(sed -n 's/^PKG_CHECK_MODULES(\[[A-Z]*\], \[\([^]]*\)\])$/\1/p' "$root/configure.ac")
    for it in zmq yaml; do
        "$python" -c "import $it" 2>/dev/null || missing+=("python3: $it")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    say "本系统不是 Debian 12，请自行安装下列组件后再试（Not Debian 12: please install these first）:" >&2
    printf '  %s\n' "${missing[@]}" >&2
    say "Debian 的包名见 packaging/packages.debian（Debian names them there）。" >&2
    exit 69
}

# Install what the sections lack. Nothing is asked of the network when nothing is missing.
install_packages() {
    local missing=() sudo=() section
    if ! is_debian; then
        require_libraries
        return
    fi
    local wanted=()
    for section in "$@"; do
        mapfile -t -O "${#wanted[@]}" wanted < <(packages_of "$section")
    done
    mapfile -t missing < <(packages_missing "${wanted[@]}")
    [ ${#missing[@]} -eq 0 ] && return 0
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            say "缺少软件包，且不是 root、没有 sudo。请以 root 运行（missing packages; run as root）:" >&2
            say "  apt-get install --no-install-recommends ${missing[*]}" >&2
            exit 77
        fi
        sudo=(sudo)
    fi
    say "安装 ${#missing[@]} 个软件包 (installing): ${missing[*]}"
    stage "更新软件包目录 (apt-get update)" apt.log "${sudo[@]}" apt-get update -q
    stage "安装软件包 (apt-get install)" apt.log "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -q -y --no-install-recommends "${missing[@]}"
}

# stage TITLE LOG COMMAND...: run it with its output appended to a kept log; show that it moves,
# how long it took and, when it fails, the log's end.
stage() {
    local title=$1 log="$logs/$2" from=$SECONDS pid status=0 last
    shift 2
    mkdir -p "$logs"
    printf -- '--- %s\n' "$title" >>"$log"
    # The shell would start it deaf to Ctrl-C.
    (trap - INT && exec "$@" 9>&-) >>"$log" 2>&1 </dev/null &
    pid=$!
    stage_pid=$pid
    while [ -t 1 ] && kill -0 "$pid" 2>/dev/null; do
        last=$(tail -n 1 "$log" | tr -dc '[:print:]' | cut -c 1-50)
        printf '\r\033[K%s … %ds  %s' "$title" $((SECONDS - from)) "$last"
        sleep 0.5
    done
    wait "$pid" || status=$?
    stage_pid=
    [ -t 1 ] && printf '\r\033[K'
    if [ "$status" -ne 0 ]; then
        say "$title: 失败 (failed), $((SECONDS - from)) s" >&2
        tail -n 25 "$log" >&2
        say "完整日志 (whole log): $log" >&2
        exit 70
    fi
    say "$title: $((SECONDS - from)) s"
}

# Bring build/ up to date; make knows what is.
build_tree() {
    local dir="$root/build"
    [ -f "$root/configure" ] ||
        stage "准备构建 (autoreconf)" build.log autoreconf -i "$root"
    mkdir -p "$dir"
    # A Makefile of a folder that has been moved since speaks of the old place.
    if [ "$(sed -n 's/^abs_top_srcdir = //p' "$dir/Makefile" 2>/dev/null)" != "$dir/.." ]; then
        # A relative name: configure refuses a source folder with spaces in its name.
        stage "检查系统 (configure)" build.log env -C "$dir" ../configure -q
    fi
    stage "编译 (make)" build.log make -C "$dir" -j "$(nproc)" all
}
