/* Completion and line differences of zonecfg, without a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "zonecfg/complete.h"
#include "zonecfg/verb.h"

static struct session session;
static struct completion found;

static int setup(void **state)
{
        struct resource *res = resource_new(schema_resource("attr"));

        (void)state;
        session_init(&session);
        /* No brand is installed below this root, so that nothing is ruled out. */
        strcpy(session.root.path, "/nonexistent");
        session.cfg = config_new("web1");
        assert_non_null(session.cfg);
        assert_int_equal(resource_set(res, "name", "bootdisk", NULL), 0);
        assert_int_equal(resource_set(res, "type", "string", NULL), 0);
        assert_int_equal(resource_set(res, "value", "tank/web 1", NULL), 0);
        assert_int_equal(config_add(session.cfg, res, NULL), 0);
        return 0;
}

static int teardown(void **state)
{
        (void)state;
        strv_free(&found.word);
        session_clear(&session);
        return 0;
}

static bool offers(const char *word)
{
        for (size_t i = 0; i < found.word.n; i++)
                if (strcmp(found.word.v[i], word) == 0)
                        return true;
        return false;
}

static void type(const char *text)
{
        strv_free(&found.word);
        complete(&session, text, strlen(text), &found);
}

static void commands_fit_the_scope(void **state)
{
        (void)state;
        type("c");
        assert_true(offers("create") && offers("clear") && offers("commit"));
        assert_false(offers("cancel"));
        type("add attr; c");
        assert_true(offers("cancel") && offers("clear"));
        assert_false(offers("create"));
}

static void resource_types_follow_add(void **state)
{
        (void)state;
        type("add capped-");
        assert_int_equal(found.word.n, 2);
        assert_true(offers("capped-cpu") && offers("capped-memory"));
        assert_int_equal(found.start, strlen("add "));
}

static void select_offers_only_what_exists(void **state)
{
        (void)state;
        type("select ");
        assert_int_equal(found.word.n, 1);
        assert_true(offers("attr"));
        type("select attr na");
        assert_true(offers("name="));
        type("select attr name=");
        assert_int_equal(found.word.n, 1);
        assert_true(offers("bootdisk"));
}

static void set_offers_properties_then_values(void **state)
{
        (void)state;
        type("set auto");
        assert_true(offers("autoboot="));
        type("set autoboot=t");
        assert_int_equal(found.word.n, 1);
        assert_true(offers("true"));
}

static void properties_are_those_of_the_open_resource(void **state)
{
        (void)state;
        type("add net; set phy");
        assert_int_equal(found.word.n, 1);
        assert_true(offers("physical="));
        type("add net\nset physical=x\nend\nset zonep");
        assert_true(offers("zonepath="));
}

static void list_properties_follow_add_in_a_resource(void **state)
{
        (void)state;
        type("add fs; add ");
        assert_true(offers("options"));
        assert_false(offers("dir"));
        type("add rctl; add value (pr");
        assert_true(offers("priv="));
}

static void members_of_a_complex_value_are_offered_once_and_with_their_values(void **state)
{
        (void)state;
        type("add rctl; add value (priv=");
        assert_int_equal(found.word.n, 1);
        assert_true(offers("privileged"));
        type("add rctl; add value (priv=privileged,");
        assert_true(offers("limit=") && offers("action="));
        assert_false(offers("priv="));
        type("add rctl; set value=[(priv=privileged,limit=1,action=deny),(");
        assert_true(offers("priv=") && offers("limit=") && offers("action="));
        type("add rctl; remove value (priv=privileged,limit=1,action=");
        assert_int_equal(found.word.n, 2);
        assert_true(offers("deny") && offers("none"));
}

static void words_of_a_comma_list_are_completed_one_by_one(void **state)
{
        (void)state;
        type("add admin; set auths=");
        assert_true(offers("login") && offers("manage") && offers("clonefrom") && offers("config"));
        type("add admin; set auths=login,c");
        assert_int_equal(found.word.n, 2);
        assert_true(offers("login,clonefrom") && offers("login,config"));
        type("add admin; set auths=login,");
        assert_int_equal(found.word.n, 3);
}

static void add_device(const char *match)
{
        struct resource *res = resource_new(schema_resource("device"));

        assert_int_equal(resource_set(res, "match", match, NULL), 0);
        assert_int_equal(config_add(session.cfg, res, NULL), 0);
}

static void a_value_is_quoted_where_it_has_to_be(void **state)
{
        (void)state;
        add_device("/dev/my disk");
        add_device("/dev/plain");
        type("select device match=");
        assert_true(offers("\"/dev/my disk\"") && offers("/dev/plain"));
        type("select device match=\"/dev/");
        assert_int_equal(found.start, strlen("select device match=\""));
        assert_true(offers("/dev/my disk\"") && offers("/dev/plain\""));
        type("select device match=/dev/");
        assert_int_equal(found.word.n, 1);
        assert_true(offers("/dev/plain"));
}

static void a_value_that_no_command_can_say_is_not_offered(void **state)
{
        (void)state;
        add_device("/a\ndelete -F");
        add_device("/b\"; delete -F");
        type("select device match=");
        assert_int_equal(found.word.n, 0);
}

static void a_long_value_is_told_from_another_to_its_end(void **state)
{
        char value[600], text[700];

        (void)state;
        memset(value, 'x', sizeof(value));
        value[0] = '/';
        value[sizeof(value) - 1] = '\0';
        add_device(value);
        snprintf(text, sizeof(text), "select device match=%.*s", 500, value);
        type(text);
        assert_true(offers(value));
        text[strlen(text) - 1] = 'y';
        type(text);
        assert_int_equal(found.word.n, 0);
}

static void files_are_offered_for_paths_alone(void **state)
{
        (void)state;
        type("add admin; set user=");
        assert_false(found.files);
        type("add disk; set path=d");
        assert_false(found.files);
        type("add disk; set path=/d");
        assert_true(found.files);
        type("set zonepath=");
        assert_false(found.files);
        assert_true(offers("/"));
        type("set zonepath=/");
        assert_true(found.files);
        assert_int_equal(found.word.n, 0);
        type("export -f d");
        assert_true(found.files);
}

static void create_has_one_source_and_one_force(void **state)
{
        (void)state;
        type("create -");
        assert_int_equal(found.word.n, 5);
        assert_true(offers("-X") && offers("-F"));
        type("create -F -");
        assert_int_equal(found.word.n, 4);
        type("create -t bhyve -");
        assert_int_equal(found.word.n, 1);
        assert_true(offers("-F"));
        type("create -b -F -");
        assert_int_equal(found.word.n, 0);
        type("delete -");
        assert_true(offers("-F"));
}

static void nothing_is_offered_after_an_unknown_command(void **state)
{
        (void)state;
        type("remote attr ");
        assert_int_equal(found.word.n, 0);
}

static void help_knows_every_kind_of_word(void **state)
{
        (void)state;
        type("help s");
        assert_true(offers("select") && offers("syntax") && offers("smbios"));
}

static void equal_texts_have_no_difference(void **state)
{
        char *text = diff_lines("a\nb\n", "a\nb\n");

        (void)state;
        assert_string_equal(text, "");
        free(text);
}

static void changed_lines_are_shown_between_their_neighbours(void **state)
{
        char *text = diff_lines("1\n2\n3\n4\n5\nold\nsame\nx\n", "1\n2\n3\n4\n5\nnew\nsame\ny\nx\n");

        (void)state;
        assert_string_equal(text, " 3\n 4\n 5\n-old\n+new\n same\n+y\n x\n");
        free(text);
}

static void a_text_that_ends_without_a_newline_is_compared_whole(void **state)
{
        char *text = diff_lines("", "a\nb");

        (void)state;
        assert_string_equal(text, "+a\n+b\n");
        free(text);
}

#define SPEC(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
            SPEC(commands_fit_the_scope),
            SPEC(resource_types_follow_add),
            SPEC(select_offers_only_what_exists),
            SPEC(set_offers_properties_then_values),
            SPEC(properties_are_those_of_the_open_resource),
            SPEC(list_properties_follow_add_in_a_resource),
            SPEC(members_of_a_complex_value_are_offered_once_and_with_their_values),
            SPEC(words_of_a_comma_list_are_completed_one_by_one),
            SPEC(a_value_is_quoted_where_it_has_to_be),
            SPEC(a_value_that_no_command_can_say_is_not_offered),
            SPEC(a_long_value_is_told_from_another_to_its_end),
            SPEC(files_are_offered_for_paths_alone),
            SPEC(create_has_one_source_and_one_force),
            SPEC(nothing_is_offered_after_an_unknown_command),
            SPEC(help_knows_every_kind_of_word),
            cmocka_unit_test(equal_texts_have_no_difference),
            cmocka_unit_test(changed_lines_are_shown_between_their_neighbours),
            cmocka_unit_test(a_text_that_ends_without_a_newline_is_compared_whole),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
