/* The command language of zonecfg: words, values, commands, and what is no command. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "zonecfg/parse.h"

static struct command cmd;
static struct syntax_error bad;

/* Parses the first command of a text. */
static int parse(const char *text)
{
        struct lexer lex;

        memset(&bad, 0, sizeof(bad));
        lexer_init(&lex, text, strlen(text), 1);
        return parse_command(&lex, &cmd, &bad);
}

static void assert_parses(const char *text)
{
        assert_int_equal(parse(text), 1);
}

static void assert_refused(const char *text, const char *token)
{
        assert_int_equal(parse(text), -EINVAL);
        assert_string_equal(bad.token, token);
}

static int clear(void **state)
{
        (void)state;
        command_clear(&cmd);
        return 0;
}

static void words_become_arguments(void **state)
{
        (void)state;
        assert_parses("create -F -t SYSbhyve\n");
        assert_int_equal(cmd.verb, VERB_CREATE);
        assert_int_equal(cmd.n_arg, 3);
        assert_string_equal(cmd.arg[2].word, "SYSbhyve");
        assert_null(cmd.arg[2].value);
}

static void a_double_quote_is_no_part_of_a_value(void **state)
{
        static const char *const texts[] = {
            "set value=say\"hi\"",          "set value=\"say \\\"hi\\\"\"",       "set value=\"a\"\"b\"",
            "add options [ro\"x\",nosuid]", "add property (name=a\"b\",value=c)", "set value=\"a\"b",
        };

        (void)state;
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
                assert_int_equal(parse(texts[i]), -EINVAL);
                assert_string_equal(bad.hint, "a value cannot hold a double quote");
        }
        assert_parses("add property (name=\"a\",value=\"b\")");
        command_clear(&cmd);
        assert_parses("add options [\"a\",\"b\"]\r\n");
}

static void blanks_around_the_equals_sign_do_not_matter(void **state)
{
        (void)state;
        assert_parses("set zonepath =\t/zones/a");
        assert_int_equal(cmd.n_arg, 1);
        assert_string_equal(cmd.arg[0].word, "zonepath");
        assert_int_equal(cmd.arg[0].value->kind, VALUE_SIMPLE);
        assert_string_equal(cmd.arg[0].value->simple, "/zones/a");
}

static void quotes_protect_blanks_and_separators(void **state)
{
        (void)state;
        assert_parses("set value=\"a b;c=d,[e](f)#g\\\"");
        assert_string_equal(cmd.arg[0].value->simple, "a b;c=d,[e](f)#g\\");
}

static void an_empty_quoted_value_is_a_value(void **state)
{
        (void)state;
        assert_parses("set value=\"\"");
        assert_string_equal(cmd.arg[0].value->simple, "");
}

static void a_backslash_is_data(void **state)
{
        (void)state;
        assert_parses("set value=a\\\n");
        assert_string_equal(cmd.arg[0].value->simple, "a\\");
}

static void a_hash_inside_a_command_is_data(void **state)
{
        (void)state;
        assert_parses("set value=a#b");
        assert_string_equal(cmd.arg[0].value->simple, "a#b");
}

static void a_comment_may_stand_where_a_command_may(void **state)
{
        (void)state;
        assert_parses("  # words; commit\n;# more\n\n  verify");
        assert_int_equal(cmd.verb, VERB_VERIFY);
        assert_int_equal(cmd.line, 4);
}

static void a_keyword_as_a_value_is_text(void **state)
{
        (void)state;
        assert_parses("set value=add");
        assert_string_equal(cmd.arg[0].value->simple, "add");
}

static void a_line_may_end_with_cr_lf(void **state)
{
        (void)state;
        assert_parses("set brand=bhyve\r\n");
        assert_string_equal(cmd.arg[0].value->simple, "bhyve");
}

static void complex_values_hold_named_members(void **state)
{
        (void)state;
        assert_parses("add value (priv=privileged, limit = 10,action=deny)");
        assert_int_equal(cmd.n_arg, 2);
        assert_null(cmd.arg[1].word);
        assert_int_equal(cmd.arg[1].value->kind, VALUE_COMPLEX);
        assert_int_equal(cmd.arg[1].value->tuple.n, 3);
        assert_string_equal(cmd.arg[1].value->tuple.member[1].name, "limit");
        assert_string_equal(cmd.arg[1].value->tuple.member[1].value, "10");
}

static void brackets_are_data_in_a_complex_value(void **state)
{
        (void)state;
        assert_parses("add property (name=a[0],value=[b])");
        assert_string_equal(cmd.arg[1].value->tuple.member[0].value, "a[0]");
        assert_string_equal(cmd.arg[1].value->tuple.member[1].value, "[b]");
}

static void lists_hold_simple_and_complex_values(void **state)
{
        (void)state;
        assert_parses("set options=[ro,\"a,b\", (x=1)]");
        assert_int_equal(cmd.arg[0].value->kind, VALUE_LIST);
        assert_int_equal(cmd.arg[0].value->n_item, 3);
        assert_string_equal(cmd.arg[0].value->item[1].simple, "a,b");
        assert_int_equal(cmd.arg[0].value->item[2].kind, VALUE_COMPLEX);
}

static void a_list_may_be_empty(void **state)
{
        (void)state;
        assert_parses("set options=[]");
        assert_int_equal(cmd.arg[0].value->kind, VALUE_LIST);
        assert_int_equal(cmd.arg[0].value->n_item, 0);
}

static void a_comma_outside_lists_is_data(void **state)
{
        (void)state;
        assert_parses("set value=a,b");
        assert_string_equal(cmd.arg[0].value->simple, "a,b");
}

static void three_pairs_are_accepted(void **state)
{
        (void)state;
        assert_parses("select net a=1 b=2 c=3");
        assert_int_equal(cmd.n_arg, 4);
}

static void a_fourth_pair_is_refused(void **state)
{
        (void)state;
        assert_refused("select net a=1 b=2 c=3 d=4", "d");
}

static void a_question_mark_is_help(void **state)
{
        (void)state;
        assert_parses("? net");
        assert_int_equal(cmd.verb, VERB_HELP);
}

static void abbreviations_and_unknown_words_are_refused(void **state)
{
        (void)state;
        assert_refused("ver", "ver");
        assert_refused("remote attr name=cdrom", "remote");
        assert_refused("\"add\" net", "add");
        assert_refused("=", "=");
}

static void a_missing_value_is_refused(void **state)
{
        (void)state;
        assert_refused("set zonepath=\n", "\\n");
        assert_refused("set zonepath=;", ";");
        assert_refused("set zonepath=", "");
        assert_false(bad.token_expected);
}

static void a_second_equals_sign_is_refused(void **state)
{
        (void)state;
        assert_refused("set value=a=b", "=");
}

static void unfinished_values_are_refused(void **state)
{
        (void)state;
        assert_refused("add value (a=1\n", "\\n");
        assert_refused("add value (a=1,)", ")");
        assert_refused("add value ()", ")");
        assert_refused("set options=[a\n", "\\n");
        assert_refused("set options=[a,]", "]");
        assert_refused("set options=[[a]]", "[");
}

static void an_unterminated_quote_is_refused(void **state)
{
        (void)state;
        assert_refused("set value=\"a b\nset x=y", "a b");
        assert_non_null(bad.hint);
}

static void control_characters_are_refused(void **state)
{
        struct lexer lex;
        const char text[] = "set value=a\0b";

        (void)state;
        lexer_init(&lex, text, sizeof(text) - 1, 1);
        assert_int_equal(parse_command(&lex, &cmd, &bad), -EINVAL);
        assert_refused("set value=a\x1b[0m", "a\x1b");
}

static void parsing_goes_on_after_an_error(void **state)
{
        struct lexer lex;
        const char *text = "set =x (\ncommit; bogus\nend";

        (void)state;
        lexer_init(&lex, text, strlen(text), 7);
        assert_int_equal(parse_command(&lex, &cmd, &bad), -EINVAL);
        assert_int_equal(bad.line, 7);
        assert_int_equal(parse_command(&lex, &cmd, &bad), 1);
        assert_int_equal(cmd.verb, VERB_COMMIT);
        assert_int_equal(cmd.line, 8);
        command_clear(&cmd);
        assert_int_equal(parse_command(&lex, &cmd, &bad), -EINVAL);
        assert_string_equal(bad.token, "bogus");
        assert_int_equal(parse_command(&lex, &cmd, &bad), 1);
        assert_int_equal(cmd.verb, VERB_END);
        assert_int_equal(cmd.line, 9);
        command_clear(&cmd);
        assert_int_equal(parse_command(&lex, &cmd, &bad), 0);
}

static void every_verb_is_found_by_its_name(void **state)
{
        (void)state;
        for (int i = 0; i < VERBS; i++)
                assert_int_equal(verb_from_name(verb_name((enum verb)i)), i);
}

#define SPEC(f) cmocka_unit_test_teardown(f, clear)

int main(void)
{
        const struct CMUnitTest tests[] = {
            SPEC(words_become_arguments),
            SPEC(a_double_quote_is_no_part_of_a_value),
            SPEC(blanks_around_the_equals_sign_do_not_matter),
            SPEC(quotes_protect_blanks_and_separators),
            SPEC(an_empty_quoted_value_is_a_value),
            SPEC(a_backslash_is_data),
            SPEC(a_hash_inside_a_command_is_data),
            SPEC(a_comment_may_stand_where_a_command_may),
            SPEC(a_keyword_as_a_value_is_text),
            SPEC(a_line_may_end_with_cr_lf),
            SPEC(complex_values_hold_named_members),
            SPEC(brackets_are_data_in_a_complex_value),
            SPEC(lists_hold_simple_and_complex_values),
            SPEC(a_list_may_be_empty),
            SPEC(a_comma_outside_lists_is_data),
            SPEC(three_pairs_are_accepted),
            SPEC(a_fourth_pair_is_refused),
            SPEC(a_question_mark_is_help),
            SPEC(abbreviations_and_unknown_words_are_refused),
            SPEC(a_missing_value_is_refused),
            SPEC(a_second_equals_sign_is_refused),
            SPEC(unfinished_values_are_refused),
            SPEC(an_unterminated_quote_is_refused),
            SPEC(control_characters_are_refused),
            SPEC(parsing_goes_on_after_an_error),
            SPEC(every_verb_is_found_by_its_name),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
