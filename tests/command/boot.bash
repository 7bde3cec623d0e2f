# What the tests of the bhyve brand's hooks share: zones written to the store as they are.

hook() {
	local name=$1
	shift
	_ZONES_ROOT=$ROOT "$ROOT/usr/lib/brand/bhyve/$name" "$@"
}

# zone_xml NAME [XML INSIDE <zone>]
zone_xml() {
	cat <<-END
		<?xml version="1.0" encoding="UTF-8"?>
		<zone name="$1" zonepath="/zones/$1" autoboot="false" brand="bhyve" ip-type="exclusive">
		${2:-}
		</zone>
	END
}

# store_zone NAME [XML INSIDE <zone>]
store_zone() {
	zone_xml "$1" "${2:-}" >"$ROOT/etc/zones/$1.xml"
	echo "$1:incomplete:/zones/$1:$UUID" >>"$ROOT/etc/zones/index"
}

attr() {
	echo "<attr name=\"$1\" type=\"string\" value=\"$2\"/>"
}

UUID=0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9
