/*
 * A picture of the screen: libvncclient fetches one full update, libpng writes it.
 *
 * What arrives comes out of a jail and is hostile, and the program is run by root.  So a child reads it, as
 * nobody and without a way to any file: it has the connection to the screen and the file to be written.  The
 * size of the screen is bounded before anything is allocated for it, and so is the time.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <png.h>
#include <rfb/rfbclient.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "platform/jail.h"
#include "zonevnc/zonevnc.h"

#define MAX_SIDE        4096 /* pixels; bhyve's frame buffer ends at 1920x1200 */
#define SECONDS         20
#define SETTLE_ROUNDS   20
#define SETTLE_MS       300 /* without news: then the picture is the screen */
#define BYTES_PER_PIXEL 4
#define NOBODY          65534
#define TRIES           10
#define TRY_AGAIN_NS    100000000L

/* How the child ends. */
enum { SAVED, NO_SCREEN, BROKE_OFF, NOT_WRITTEN, NOT_SAFE };

/* The callbacks have no argument of ours that is there from the beginning. */
static const char *given_password;
static size_t missing; /* pixels that have not arrived */

static char *get_password(rfbClient *client)
{
        (void)client;
        return given_password ? strdup(given_password) : NULL;
}

/* Called for the first size and for every change: then all of the new screen is sent. */
static rfbBool allocate_screen(rfbClient *client)
{
        if (client->width <= 0 || client->height <= 0 || client->width > MAX_SIDE ||
            client->height > MAX_SIDE)
                return FALSE;
        free(client->frameBuffer);
        missing = (size_t)client->width * (size_t)client->height;
        client->frameBuffer = calloc(missing, BYTES_PER_PIXEL);
        return client->frameBuffer != NULL;
}

static void got_part(rfbClient *client, int x, int y, int w, int h)
{
        size_t pixels = (size_t)w * (size_t)h;

        (void)client;
        (void)x;
        (void)y;
        missing -= pixels < missing ? pixels : missing;
}

static void quiet(const char *format, ...)
{
        (void)format;
}

static int write_png(rfbClient *client, FILE *f)
{
        png_image image = {.version = PNG_IMAGE_VERSION,
                           .width = (png_uint_32)client->width,
                           .height = (png_uint_32)client->height,
                           .format = PNG_FORMAT_RGBA};

        /* The fourth byte is padding in RFB and opacity in PNG. */
        for (size_t i = 0; i < (size_t)client->width * (size_t)client->height; i++)
                client->frameBuffer[i * BYTES_PER_PIXEL + 3] = 0xff;
        return png_image_write_to_stdio(&image, f, 0, client->frameBuffer, 0, NULL) && fflush(f) == 0 ? 0
                                                                                                      : -EIO;
}

/*
 * The library offers the server two ways to say that the screen has another size, and does not always follow
 * the newer one: it goes on with the old size, and the next part is beyond its frame.  So it offers the older
 * one only.  What this list has comes in place of the library's, before anything was asked for.
 */
static bool offer_encodings(rfbClient *client)
{
        struct {
                rfbSetEncodingsMsg head;
                uint32_t encoding[2];
        } message = {.head = {.type = rfbSetEncodings, .nEncodings = htons(2)},
                     .encoding = {htonl(rfbEncodingRaw), htonl(rfbEncodingNewFBSize)}};

        return WriteToRFBServer(client, (char *)&message, sizeof(message));
}

/*
 * For its first viewer after a while, the engine begins with a black screen and sends what it really shows as
 * changes.  So the picture is taken when no more changes come, or enough of them have.  The library asks for
 * the next change whenever one has arrived.
 */
static bool fetch_all(rfbClient *client)
{
        int n = 1;

        while (missing > 0)
                if (WaitForMessage(client, SECONDS * 1000 * 1000) <= 0 || !HandleRFBServerMessage(client))
                        return false;
        for (int i = 0; i < SETTLE_ROUNDS && n > 0; i++) {
                n = WaitForMessage(client, SETTLE_MS * 1000);
                if (n > 0 && !HandleRFBServerMessage(client))
                        return false;
        }
        return n >= 0;
}

static int fetch(int screen, FILE *f)
{
        rfbClient *client = rfbGetClient(8, 3, BYTES_PER_PIXEL);

        if (!client)
                return BROKE_OFF;
        rfbClientLog = rfbClientErr = quiet;
        /* "Listening" is how the library is given a connection that exists. */
        client->listenSpecified = TRUE;
        client->sock = screen;
        client->appData.encodingsString = "raw";
        client->MallocFrameBuffer = allocate_screen;
        client->GotFrameBufferUpdate = got_part;
        client->GetPassword = get_password;
        client->canHandleNewFBSize = TRUE;
        client->readTimeout = SECONDS;
        if (!rfbInitClient(client, NULL, NULL))
                return NO_SCREEN;
        if (!offer_encodings(client) || !fetch_all(client))
                return BROKE_OFF;
        return write_png(client, f) < 0 ? NOT_WRITTEN : SAVED;
}

static int give_up_rights(void)
{
        const struct rlimit none = {0};
        int r = jail_landlock(NULL, NULL, NULL, NULL, 0, NULL);

        if (r < 0 && r != -EOPNOTSUPP)
                return r;
        if (geteuid() == 0 && (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
                               setresuid(NOBODY, NOBODY, NOBODY) < 0))
                return -errno;
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || setrlimit(RLIMIT_NPROC, &none) < 0)
                return -errno;
        return 0;
}

static time_t monotonic_seconds(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return now.tv_sec;
}

/* How the child ended, or a negative errno. */
static int wait_for_child(pid_t pid, struct error *err)
{
        int status;

        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return error_errno(err, errno, "waitpid");
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
                return error_set(err, ETIMEDOUT, "the screen was not complete within %d s", SECONDS);
        return WIFEXITED(status) ? WEXITSTATUS(status) : BROKE_OFF;
}

static int fetch_in_child(const char *where, FILE *f, unsigned seconds, struct error *err)
{
        _cleanup_close_ int screen = screen_connect(where);
        pid_t pid;

        if (screen < 0)
                return error_errno(err, screen, "%s", where);
        pid = fork();
        if (pid < 0)
                return error_errno(err, errno, "fork");
        if (pid == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                alarm(seconds);
                _exit(give_up_rights() < 0 ? NOT_SAFE : fetch(screen, f));
        }
        return wait_for_child(pid, err);
}

/* A screen that changes while it is fetched, or a machine that starts anew, may break off: then once more. */
static int fetch_patiently(const char *where, FILE *f, struct error *err)
{
        const struct timespec pause = {.tv_nsec = TRY_AGAIN_NS};
        time_t begin = monotonic_seconds(), spent = 0;
        int r = BROKE_OFF;

        for (int i = 0; i < TRIES && r == BROKE_OFF && spent < SECONDS; i++) {
                r = fetch_in_child(where, f, (unsigned)(SECONDS - spent), err);
                if (r == BROKE_OFF)
                        nanosleep(&pause, NULL);
                spent = monotonic_seconds() - begin;
        }
        switch (r) {
        case SAVED:
                return 0;
        case NO_SCREEN:
                return error_set(err, EACCES, "the screen lets nobody in%s",
                                 given_password ? ": wrong password?" : ": it may want a password (-p)");
        case NOT_WRITTEN:
                return error_set(err, EIO, "the picture cannot be written");
        case NOT_SAFE:
                return error_set(err, EPERM, "cannot give up rights before reading the screen");
        default:
                return r < 0 ? r : error_set(err, EIO, "the screen broke off");
        }
}

static int save_file(const char *where, const char *file, struct error *err)
{
        _cleanup_free_ char *temp = NULL;
        _cleanup_fclose_ FILE *f = NULL;
        int r;

        if (asprintf(&temp, "%s.%d.tmp", file, (int)getpid()) < 0)
                return error_nomem(err);
        f = fopen(temp, "wxe");
        if (!f)
                return error_errno(err, errno, "%s", file);
        r = fetch_patiently(where, f, err);
        if (r == 0 && rename(temp, file) < 0)
                r = error_errno(err, errno, "%s", file);
        if (r < 0)
                unlink(temp);
        return r;
}

int screenshot_save(const char *where, const char *file, const char *password, struct error *err)
{
        given_password = password;
        return strcmp(file, "-") == 0 ? fetch_patiently(where, stdout, err) : save_file(where, file, err);
}
