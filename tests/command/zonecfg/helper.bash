# What the zonecfg tests share.  They use the brand "plain", a folder made here that rules nothing out, so that
# they show zonecfg and not the rules of a brand; tests about brands use the real one.
bats_require_minimum_version 1.5.0

GOLDEN=$BATS_TEST_DIRNAME/zonecfg/golden

# add_brand NAME [ELEMENTS]: a brand folder below ROOT; ELEMENTS go to the end of config.xml.
add_brand() {
	local dir=$ROOT/usr/lib/brand/$1
	mkdir -p "$dir"
	cat >"$dir/config.xml" <<-XML
		<?xml version="1.0"?>
		<!DOCTYPE brand PUBLIC "-//Sun Microsystems Inc//DTD Brands//EN" "file:///usr/share/lib/xml/dtd/brand.dtd.1">
		<brand name="$1"><initname>/sbin/init</initname><login_cmd/><forcedlogin_cmd/><user_cmd/>
		<install>/bin/true</install>${HOOKS:-}<privilege set="default" name="proc_fork"/>${2:-}</brand>
	XML
	cat >"$dir/platform.xml" <<-XML
		<?xml version="1.0"?>
		<!DOCTYPE platform PUBLIC "-//Sun Microsystems Inc//Zones Platform//EN" "file:///usr/share/lib/xml/dtd/zone_platform.dtd.1">
		<platform name="$1" allow-exclusive-ip="true"/>
	XML
}

# new_zone NAME [COMMANDS]: a configured zone of the brand plain.
new_zone() {
	zonecfg -z "$1" "create -b; set brand=plain; set zonepath=/zones/$1; set ip-type=exclusive${2:+; $2}"
}

# prints TEXT ARGUMENT...: zonecfg succeeds and prints exactly TEXT.
prints() {
	local text=$1
	shift
	run zonecfg "$@"
	[ "$output" = "$text" ] || { printf 'said:\n%s\nexpected:\n%s\n' "$output" "$text" >&2; return 1; }
	[ "$status" -eq 0 ]
}

# refuses TEXT ARGUMENT...: zonecfg exits 1 and says exactly TEXT, perhaps followed by what was not saved.
refuses() {
	local text=$1
	shift
	run zonecfg "$@"
	output=${output%$'\n'Configuration not saved.}
	[ "$output" = "$text" ] || { printf 'said:\n%s\nexpected:\n%s\n' "$output" "$text" >&2; return 1; }
	[ "$status" -eq 1 ]
}

# set_state ZONE STATE: as an installation would leave it in the index.
set_state() {
	sed -i "s|^$1:[a-z]*:\([^:]*\):.*|$1:$2:\1:7f7a3e5c-13ab-4cf5-9ac1-36a0e0f7b0a1|" "$ROOT/etc/zones/index"
}

zonecfg_setup() {
	new_root
	add_brand plain
}
