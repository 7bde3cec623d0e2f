# What the command, jail and guest layers share.  A test gets an alternate root of its own, into which the
# staged installation ($STAGE, made by scripts/check or `meson install --destdir`) was copied; nothing is
# tested in the real /etc.
: "${STAGE:?set STAGE to a staged installation: meson install -C build --destdir DIR}"

new_root() {
	ROOT=$(mktemp -d "${TMPDIR:-/tmp}/apiary-test.XXXXXX")
	cp -a "$STAGE"/. "$ROOT"/
	mkdir -p "$ROOT/etc/zones" "$ROOT/run/zones" "$ROOT/var/lib/zones" "$ROOT/zones"
	chmod 0700 "$ROOT/run/zones"
	export ROOT
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

# wait_for SECONDS COMMAND...: polls until the command succeeds.
wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}
