# Shared by ./demo, ./check and the scripts beside this file: progress, failures that say what to do,
# and the installing of what is missing. To be sourced by bash; expects the caller to have `cd`ed to the root.

set -uo pipefail
root=$(pwd)
log_dir=$root/build/log
mkdir -p "$log_dir"

if [ -t 1 ]; then bold=$'\e[1m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'; else bold='' red='' green='' plain=''; fi

say() { printf '%s\n' "$*"; }
fail() { printf '%s%s%s\n' "$red" "$*" "$plain" >&2; exit 1; }

# step NAME COMMAND...: runs it with its output in build/log/NAME.log, one line of progress, the tail if it fails.
step() {
	local name=$1 began=$SECONDS rc=0; shift
	printf '  %-34s ' "$name"
	"$@" >"$log_dir/$name.log" 2>&1 </dev/null || rc=$?
	if [ $rc -eq 0 ]; then
		printf '%sdone%s  %4d s\n' "$green" "$plain" $((SECONDS - began))
	else
		printf '%sFAILED%s %4d s\n' "$red" "$plain" $((SECONDS - began))
		say "  ---- the last lines of build/log/$name.log ----"
		tail -n 30 "$log_dir/$name.log" | sed 's/^/  | /'
	fi
	return $rc
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then "$@"
	elif command -v sudo >/dev/null; then sudo "$@"
	else fail "Some Debian packages are missing and this user may not install them.
Run as root, or install sudo, or install them yourself:
  apt-get install $(missing_packages "$packages_wanted" | tr '\n' ' ')"
	fi
}

# missing_packages FILE...: those of the lists that dpkg does not know as installed.
missing_packages() {
	cat $1 | sed 's/#.*//' | awk 'NF {print $1}' | while read -r p; do
		dpkg-query -W -f='${db:Status-Abbrev}' "$p" 2>/dev/null | grep -q '^ii' || printf '%s\n' "$p"
	done
}

install_packages() {
	local missing
	packages_wanted=$1
	missing=$(missing_packages "$1")
	# Whoever has npm from elsewhere keeps it: Debian's would not stand beside it.
	command -v npm >/dev/null || missing="$missing npm"
	missing=$(printf '%s' "$missing" | xargs)
	[ -z "$missing" ] && return 0
	say "Installing $(printf '%s\n' $missing | wc -l) Debian packages (once; a few minutes) ..."
	step apt-update as_root apt-get update -q ||
		fail "apt-get update failed. Check the network and /etc/apt/sources.list, then run this again."
	# shellcheck disable=SC2086
	step apt-install as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing ||
		fail "apt-get install failed; build/log/apt-install.log says why. Mend it and run this again."
}

node_is_new_enough() {
	command -v node >/dev/null && node -e '
		const [a, b] = process.versions.node.split(".").map(Number);
		process.exit(a > 22 || (a === 22 && b >= 12) || (a === 20 && b >= 19) ? 0 : 1)'
}

# Debian 12 brings Node 18, too old for today's Vite: the npm package `node` carries a newer one.
use_node() {
	[ -x "$root/build/tools/node_modules/node/bin/node" ] && PATH=$root/build/tools/node_modules/node/bin:$PATH
	node_is_new_enough && return 0
	command -v npm >/dev/null || fail "npm is missing: apt-get install npm"
	mkdir -p "$root/build/tools"
	step node-22 npm install --prefix "$root/build/tools" --no-save --no-audit --no-fund node@22 ||
		fail "The npm package node@22 could not be installed. Check the network, or install Node 22.12 or newer yourself."
	PATH=$root/build/tools/node_modules/node/bin:$PATH
	hash -r
	node_is_new_enough || fail "node is still $(node --version 2>/dev/null); Cordon needs 20.19, 22.12 or newer."
}

# npm_ready FOLDER: installs its packages when the lock has changed since the last time.
npm_ready() {
	local dir=$1 stamp
	stamp=$dir/node_modules/.cordon-lock
	[ -f "$stamp" ] && cmp -s "$stamp" "$dir/package-lock.json" && return 0
	step "npm-${dir//\//-}" npm ci --prefix "$dir" --no-audit --no-fund ||
		fail "npm ci failed in $dir; see the log. Check the network and run this again."
	cp "$dir/package-lock.json" "$stamp"
}

# meson_ready KIND OPTION...: configures build/KIND once.
meson_ready() {
	local kind=$1; shift
	[ -f "build/$kind/build.ninja" ] || step "configure-$kind" meson setup "build/$kind" "$@" ||
		fail "The build cannot be configured; build/log/configure-$kind.log says what is missing."
}

build_release() {
	meson_ready release --buildtype=release -Db_lto=false
	step build-release nice ninja -C build/release || fail "The build failed; see build/log/build-release.log."
}

# The page is built anew only when something under web/ is newer than it.
build_web() {
	npm_ready web
	if [ ! -f web/dist/index.html ] ||
	   [ -n "$(find web/src web/public web/index.html web/package-lock.json web/vite.config.* -newer web/dist/index.html -print -quit 2>/dev/null)" ]; then
		step build-web npm run --prefix web build || fail "The page cannot be built; see build/log/build-web.log."
	fi
}
