/*
 * zonevnc [-R ROOT] ZONE: opens the screen of a zone.  The process that serves is a child, and this one
 * watches the zone: when it goes, so does the child.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "zonevnc/zonevnc.h"

static const char usage[] = "usage: zonevnc [-R root] [-l [address:]port] zonename\n"
                            "       zonevnc --web [-l [address:]port] [--cert file --key file] zonename\n"
                            "       zonevnc --screenshot file.png [-p password] zonename\n";

struct options {
        struct root root;
        struct web_options web;
        const char *zone, *screenshot, *password;
        bool browser;
};

static pid_t server;

static void announce(const char *address)
{
        printf("%s\n", address);
        fflush(stdout);
}

static int parse_options(int argc, char **argv, struct options *o, struct error *err)
{
        static const struct option longs[] = {{"web", no_argument, NULL, 'w'},
                                              {"listen", required_argument, NULL, 'l'},
                                              {"screenshot", required_argument, NULL, 's'},
                                              {"password", required_argument, NULL, 'p'},
                                              {"cert", required_argument, NULL, 'c'},
                                              {"key", required_argument, NULL, 'k'},
                                              {"help", no_argument, NULL, 'h'},
                                              {"version", no_argument, NULL, 'V'},
                                              {NULL, 0, NULL, 0}};
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
                        r = listen_parse(optarg, &o->web.at, err);
                        break;
                case 's':
                        o->screenshot = optarg;
                        break;
                case 'p':
                        o->password = optarg;
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
        if (optind != argc - 1 || (o->screenshot && o->browser) || !o->web.certificate != !o->web.key ||
            (o->web.certificate && !o->browser))
                return -EINVAL;
        o->zone = argv[optind];
        return 0;
}

/* Ctrl-C and TERM end both processes. */
static void pass_on(int sig)
{
        if (server > 0)
                kill(server, sig);
        _exit(0);
}

static void child_ended(int sig)
{
        int status;

        (void)sig;
        if (server > 0 && waitpid(server, &status, WNOHANG) == server)
                _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

static int serve(const struct options *o, const char *path, struct error *err)
{
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        signal(SIGINT, SIG_DFL);
        signal(SIGTERM, SIG_DFL);
        signal(SIGCHLD, SIG_DFL);
        return o->browser ? web_serve(&o->web, path, err) : relay_serve(&o->web.at, path, announce, err);
}

static int serve_until_gone(const struct options *o, const char *path, struct error *err)
{
        sigset_t child, old;
        int r;

        /* Not before server is known: the child may end at once. */
        sigemptyset(&child);
        sigaddset(&child, SIGCHLD);
        sigprocmask(SIG_BLOCK, &child, &old);
        signal(SIGCHLD, child_ended);
        signal(SIGINT, pass_on);
        signal(SIGTERM, pass_on);
        server = fork();
        if (server < 0)
                return error_errno(err, errno, "fork");
        if (server == 0) {
                sigprocmask(SIG_SETMASK, &old, NULL);
                r = serve(o, path, err);
                if (r < 0)
                        fprintf(stderr, "zonevnc: zone '%s': %s\n", o->zone, err->text);
                exit(r < 0);
        }
        sigprocmask(SIG_SETMASK, &old, NULL);
        screen_wait_gone(&o->root, o->zone);
        kill(server, SIGTERM);
        fprintf(stderr, "zonevnc: zone '%s' has gone\n", o->zone);
        return 0;
}

int main(int argc, char **argv)
{
        struct options o = {.web.at = {.address = "127.0.0.1"}};
        _cleanup_free_ char *path = NULL;
        struct error err = {0};
        int r = parse_options(argc, argv, &o, &err);

        if (r < 0) {
                if (err.code)
                        fprintf(stderr, "zonevnc: %s\n", err.text);
                else
                        fputs(usage, stderr);
                return 2;
        }
        o.web.zone = o.zone;
        signal(SIGPIPE, SIG_IGN);
        r = screen_path(&o.root, o.zone, &path, &err);
        if (r == 0)
                r = o.screenshot ? screenshot_save(path, o.screenshot, o.password, &err)
                                 : serve_until_gone(&o, path, &err);
        if (r < 0) {
                fprintf(stderr, "zonevnc: zone '%s': %s\n", o.zone, err.text);
                return 1;
        }
        return 0;
}
