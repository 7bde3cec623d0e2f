/*
 * zonevnc [-R ROOT] ZONE: opens the screen of a zone.  The process that serves is a child, and this one
 * watches the zone: when it goes, so does the child.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/output.h"
#include "zonevnc/zonevnc.h"

#define PASSWORD_ENV "ZONEVNC_PASSWORD"
#define PASSWORD_MAX 256

static const char usage[] =
    "usage: zonevnc [-R root] [-l [address:]port] zonename\n"
    "       zonevnc [-R root] --web [-l [address:]port] [--cert file --key file] zonename\n"
    "       zonevnc [-R root] --screenshot file.png [-p password-file] zonename\n";

struct options {
        struct root root;
        struct web_options web;
        const char *zone, *screenshot, *password_file;
        bool browser;
};

static pid_t server;

static void announce(const char *address)
{
        printf("%s\n", address);
        if (fflush(stdout) != 0) /* nobody learns where the screen is */
                exit(1);
}

/* Which go together. */
static int check_options(const struct options *o, bool listens, struct error *err)
{
        if (o->screenshot && (o->browser || listens))
                return error_set(err, EINVAL,
                                 "--screenshot saves a picture: neither --web nor -l goes with it");
        if (!o->web.certificate != !o->web.key)
                return error_set(err, EINVAL, "--cert and --key go together: one of them is missing");
        if (o->web.certificate && !o->browser)
                return error_set(err, EINVAL, "--cert and --key are for --web");
        if (o->password_file && !o->screenshot)
                return error_set(err, EINVAL,
                                 "-p is for --screenshot: a viewer asks for the password itself");
        return 0;
}

static int parse_options(int argc, char **argv, struct options *o, struct error *err)
{
        static const struct option longs[] = {{"web", no_argument, NULL, 'w'},
                                              {"listen", required_argument, NULL, 'l'},
                                              {"screenshot", required_argument, NULL, 's'},
                                              {"password-file", required_argument, NULL, 'p'},
                                              {"cert", required_argument, NULL, 'c'},
                                              {"key", required_argument, NULL, 'k'},
                                              {"help", no_argument, NULL, 'h'},
                                              {"version", no_argument, NULL, 'V'},
                                              {NULL, 0, NULL, 0}};
        bool listens = false;
        int c, r = 0;

        while (r == 0 && (c = getopt_long(argc, argv, "R:wl:s:p:h", longs, NULL)) >= 0) {
                switch (c) {
                case 'R':
                        r = root_set(&o->root, optarg, err);
                        break;
                case 'w':
                        o->browser = true;
                        break;
                case 'l':
                        listens = true;
                        r = listen_parse(optarg, &o->web.at, err);
                        break;
                case 's':
                        o->screenshot = optarg;
                        break;
                case 'p':
                        o->password_file = optarg;
                        break;
                case 'c':
                        o->web.certificate = optarg;
                        break;
                case 'k':
                        o->web.key = optarg;
                        break;
                case 'h':
                        fputs(usage, stdout);
                        exit(0);
                case 'V':
                        puts("zonevnc " APIARY_VERSION);
                        exit(0);
                default:
                        return -EINVAL;
                }
        }
        if (r < 0)
                return r;
        if (optind != argc - 1)
                return -EINVAL;
        o->zone = argv[optind];
        return check_options(o, listens, err);
}

/* Ctrl-C and TERM end both processes. */
static void pass_on(int sig)
{
        if (server > 0) {
                kill(server, sig);
                waitpid(server, NULL, 0);
        }
        _exit(0);
}

static void child_ended(int sig)
{
        int status;

        (void)sig;
        if (server > 0 && waitpid(server, &status, WNOHANG) == server)
                _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

static _Noreturn void serve(const struct options *o, const char *where)
{
        struct screens screens = {.where = where, .helper = -1};
        struct error err = {0};
        int r;

        signal(SIGINT, SIG_DFL);
        signal(SIGTERM, SIG_DFL);
        signal(SIGCHLD, SIG_DFL);
        r = screens_separate(&screens, &err);
        if (r == 0)
                r = o->browser ? web_serve(&o->web, &screens, &err)
                               : relay_serve(&o->web.at, &screens, announce, &err);
        if (r < 0)
                fprintf(stderr, "zonevnc: zone '%s': %s\n", o->zone, error_behind(o->zone, err.text));
        exit(r < 0);
}

static int serve_until_gone(const struct options *o, const char *where, struct error *err)
{
        sigset_t signals, old;
        pid_t parent = getpid();

        /* Not before server is known: the child may end at once. */
        sigemptyset(&signals);
        sigaddset(&signals, SIGCHLD);
        sigaddset(&signals, SIGINT);
        sigaddset(&signals, SIGTERM);
        sigprocmask(SIG_BLOCK, &signals, &old);
        signal(SIGCHLD, child_ended);
        signal(SIGINT, pass_on);
        signal(SIGTERM, pass_on);
        server = fork();
        if (server < 0)
                return error_errno(err, errno, "fork");
        if (server == 0) {
                prctl(PR_SET_PDEATHSIG, SIGTERM);
                if (getppid() != parent)
                        _exit(1);
                sigprocmask(SIG_SETMASK, &old, NULL);
                serve(o, where);
        }
        sigprocmask(SIG_SETMASK, &old, NULL);
        screen_wait_gone(&o->root, o->zone, where);
        /* Its end is ours from here on, not the other way round. */
        signal(SIGCHLD, SIG_DFL);
        kill(server, SIGTERM);
        waitpid(server, NULL, 0);
        fprintf(stderr, "zonevnc: zone '%s': the screen has gone\n", o->zone);
        return 0;
}

/* The first line of a file ("-": standard input), else the environment: an argument would show in ps. */
static int read_password(const char *file, char **ret, struct error *err)
{
        _cleanup_close_ int fd = -1;
        const char *environment = getenv(PASSWORD_ENV);
        int r;

        if (!file) {
                *ret = environment ? strdup(environment) : NULL;
                return environment && !*ret ? error_nomem(err) : 0;
        }
        fd = strcmp(file, "-") == 0 ? dup(STDIN_FILENO) : open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (fd < 0)
                return error_errno(err, errno, "%s", file);
        r = fs_read_fd(fd, PASSWORD_MAX, ret, NULL);
        if (r < 0)
                return error_errno(err, r, "%s", file);
        (*ret)[strcspn(*ret, "\r\n")] = '\0';
        return 0;
}

static int run(const struct options *o, struct error *err)
{
        _cleanup_free_ char *where = NULL, *password = NULL;
        int r = 0;

        if (o->screenshot)
                r = read_password(o->password_file, &password, err);
        if (r == 0)
                r = screen_find(&o->root, o->zone, &where, err);
        if (r < 0)
                return r;
        return o->screenshot ? screenshot_save(where, o->screenshot, password, err)
                             : serve_until_gone(o, where, err);
}

int main(int argc, char **argv)
{
        struct options o = {.web.at = {.address = "127.0.0.1"}};
        struct error err = {0};
        int r;

        output_guard("zonevnc");
        r = parse_options(argc, argv, &o, &err);
        if (r < 0) {
                if (err.code)
                        fprintf(stderr, "zonevnc: %s\n", err.text);
                else
                        fputs(usage, stderr);
                return 2;
        }
        signal(SIGPIPE, SIG_IGN);
        r = run(&o, &err);
        if (r < 0) {
                fprintf(stderr, "zonevnc: zone '%s': %s\n", o.zone, error_behind(o.zone, err.text));
                return 1;
        }
        return 0;
}
