# What the command, jail and guest layers share.  A test gets an alternate root of its own, into which the
# staged installation ($STAGE, made by scripts/check or `meson install --destdir`) was copied; nothing is
# tested in the real /etc.
. "${BASH_SOURCE[0]%/*}/wait.bash"
: "${STAGE:?set STAGE to a staged installation: meson install -C build --destdir DIR}"

new_root() {
	ROOT=$(mktemp -d "${TMPDIR:-/tmp}/apiary-test.XXXXXX")
	cp -a "$STAGE"/. "$ROOT"/
	mkdir -p "$ROOT/etc/zones" "$ROOT/run/zones" "$ROOT/var/lib/zones" "$ROOT/zones"
	chmod 0700 "$ROOT/run/zones"
	export ROOT
	# For whoever has to clean up behind tests that were cut short (scripts/check).
	[ -z "${TEST_ROOTS-}" ] || echo "$ROOT" >>"$TEST_ROOTS"
}

drop_root() {
	[ -n "$ROOT" ] || return 0
	local zone
	for zone in "$ROOT"/run/zones/*.state; do
		[ -e "$zone" ] || continue
		zone=${zone##*/}
		zoneadm -z "${zone%.state}" halt || true
	done
	rm -rf "$ROOT"
}

zonecfg() { "$ROOT/usr/sbin/zonecfg" -R "$ROOT" "$@"; }
zoneadm() { "$ROOT/usr/sbin/zoneadm" -R "$ROOT" "$@"; }
zlogin() { "$ROOT/usr/sbin/zlogin" -R "$ROOT" "$@"; }
