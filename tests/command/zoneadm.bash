# What the tests of zoneadm and zlogin share: zones written to the store as they are, so that these tests
# do not depend on zonecfg, and a brand whose hooks do what a test wants.

# store_zone NAME [STATE] [ZONEPATH] [BRAND] [XML INSIDE <zone>]
store_zone() {
	local name=$1 state=${2:-configured} path=${3:-/zones/$1} brand=${4:-trial} inside=${5:-} uuid=
	[ "$state" = configured ] || uuid=$(cat /proc/sys/kernel/random/uuid)
	cat >"$ROOT/etc/zones/$name.xml" <<-END
		<?xml version="1.0" encoding="UTF-8"?>
		<!DOCTYPE zone PUBLIC "-//Sun Microsystems Inc//DTD Zones//EN" "file:///usr/share/lib/xml/dtd/zonecfg.dtd.1">
		<zone name="$name" zonepath="$path" autoboot="false" brand="$brand" ip-type="exclusive">
		$inside
		</zone>
	END
	case $path in
	*:*) path="\"$path\"" ;;
	esac
	echo "$name:$state:$path:$uuid" >>"$ROOT/etc/zones/index"
}

# The zonepath of an installed zone, as install leaves it.
store_zonepath() {
	mkdir -p "$ROOT/zones/$1/root"
	chmod 0700 "$ROOT/zones/$1"
}

attr() {
	echo "<attr name=\"$1\" type=\"string\" value=\"$2\"/>"
}

# The brand "trial": its hooks are shell scripts that log their arguments; TRIAL_INSTALL and the others,
# written to files, are what they do.
store_brand() {
	local dir=$ROOT/usr/lib/brand/trial hook
	mkdir -p "$dir"
	cat >"$dir/config.xml" <<-'END'
		<?xml version="1.0" encoding="UTF-8"?>
		<!DOCTYPE brand PUBLIC "-//Sun Microsystems Inc//DTD Brands//EN" "file:///usr/share/lib/xml/dtd/brand.dtd.1">
		<brand name="trial">
		  <initname>/usr/sbin/zhyve</initname>
		  <login_cmd></login_cmd>
		  <forcedlogin_cmd></forcedlogin_cmd>
		  <user_cmd></user_cmd>
		  <install>/usr/lib/brand/trial/install %z %R</install>
		  <verify_adm>/usr/lib/brand/trial/verify_adm %z %R </verify_adm>
		  <postinstall>/usr/lib/brand/trial/postinstall %z %R</postinstall>
		  <preuninstall>/usr/lib/brand/trial/preuninstall %z %R</preuninstall>
		  <privilege set="default" name="sys_mount"/>
		</brand>
	END
	cat >"$dir/platform.xml" <<-'END'
		<?xml version="1.0" encoding="UTF-8"?>
		<!DOCTYPE platform PUBLIC "-//Sun Microsystems Inc//Zones Platform//EN" "file:///usr/share/lib/xml/dtd/zone_platform.dtd.1">
		<platform name="trial" allow-exclusive-ip="true">
		</platform>
	END
	for hook in install verify_adm postinstall preuninstall; do
		hook_does $hook 'exit 0'
	done
	hook_does install "mkdir $ROOT/zones/\$1/root"
}

# hook_does HOOK SCRIPT
hook_does() {
	printf '#!/bin/sh\necho "%s $*" >>%s/hooks.log\n%s\n' "$1" "$ROOT" "$2" >"$ROOT/usr/lib/brand/trial/$1"
	chmod 0755 "$ROOT/usr/lib/brand/trial/$1"
}

state_of() {
	zoneadm list -cp | awk -F: -v name="$1" '$2 == name { print $3 }'
}

# Fails with what was seen, so that a failing test explains itself.
has_line() {
	local line
	for line in "${lines[@]}"; do
		[ "$line" = "$1" ] && return 0
	done
	printf 'no line: %s\nin: %s\n' "$1" "$output" >&2
	return 1
}

says() {
	case $output in
	*"$1"*) return 0 ;;
	esac
	printf 'does not say: %s\nbut: %s\n' "$1" "$output" >&2
	return 1
}
