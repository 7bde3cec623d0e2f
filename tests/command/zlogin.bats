#!/usr/bin/env bats
# zlogin: the command line and what it refuses.  The console itself is tested with real guests.

load ../lib
load zoneadm

setup() {
	new_root
	store_brand
	store_zone web1 installed
	store_zonepath web1
}

teardown() {
	drop_root
}

@test "no zone: usage on standard error, exit 2" {
	run zlogin
	[ "$status" -eq 2 ]
	[[ $output == 'usage: zlogin '* ]]
}

@test "an option that there is not: it is named, with the usage, exit 2" {
	run zlogin -x web1
	[ "$status" -eq 2 ]
	[[ $output == "zlogin: there is no option '-x'"$'\n''usage: zlogin '* ]]
	run zlogin -e
	[ "$status" -eq 2 ]
	[[ $output == 'zlogin: option -e needs a value'$'\n'* ]]
}

@test "--help and --version exit 0" {
	run zlogin --help
	[ "$status" -eq 0 ]
	run zlogin --version
	[ "$status" -eq 0 ]
	[[ $output == 'zlogin (apiary) '* ]]
}

@test "an unknown zone" {
	run zlogin -C nobody
	[ "$status" -eq 1 ]
	[ "$output" = "zlogin: zone 'nobody' unknown" ]
}

@test "the global zone" {
	run zlogin -C global
	[ "$status" -eq 1 ]
	[ "$output" = "zlogin: 'zlogin' not applicable to the global zone" ]
}

@test "the console of a zone that is not installed" {
	store_zone conf1
	store_zone half1 incomplete
	run zlogin -C conf1
	[ "$status" -eq 1 ]
	[ "$output" = "zlogin: cannot login to a zone which is 'configured'" ]
	run zlogin -C half1
	[ "$status" -eq 1 ]
	[ "$output" = "zlogin: cannot login to a zone which is 'incomplete'" ]
}

@test "options that do not go with the console" {
	run zlogin -C -l root web1
	[ "$status" -eq 2 ]
	says 'zlogin: -l may not be specified for console login'
	run zlogin -C -n web1
	[ "$status" -eq 2 ]
	says 'zlogin: -n may not be specified for console login'
	run zlogin -C -S web1
	[ "$status" -eq 2 ]
	says 'zlogin: -S may not be specified for console login'
	run zlogin -C web1 ls
	[ "$status" -eq 2 ]
	says 'zlogin: Commands may not be specified for console login.'
}

@test "options that go only with another" {
	run zlogin -d web1
	[ "$status" -eq 2 ]
	says '-d may only be specified with console login'
	run zlogin -N web1
	[ "$status" -eq 2 ]
	says '-N may only be specified with -I'
	run zlogin -i -n web1 ls
	[ "$status" -eq 2 ]
	says '-i and -n flags are incompatible'
	run zlogin -S -l root web1
	[ "$status" -eq 2 ]
	says '-l may not be specified for failsafe login'
	run zlogin -n web1
	[ "$status" -eq 2 ]
	says '-n may not be specified for interactive login'
}

@test "escape characters that cannot be" {
	run zlogin -C -e ab web1
	[ "$status" -eq 2 ]
	[ "$output" = 'zlogin: Unrecognized escape character option ab' ]
	run zlogin -C -e '\400' web1
	[ "$status" -eq 2 ]
	[ "$output" = "zlogin: Octal escape character '\\400' too large" ]
}

@test "login to a zone that does not run" {
	run zlogin web1
	[ "$status" -eq 1 ]
	[ "$output" = "zlogin: login allowed only to running zones (web1 is 'installed')." ]
	run zlogin web1 ls
	[ "$status" -eq 1 ]
}
