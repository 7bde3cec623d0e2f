/*
 * The screen in the browser: noVNC's files and a WebSocket that carries VNC, by libwebsockets, on loopback
 * unless told otherwise.
 *
 * The URL that is printed holds 128 random bits and works once: whoever opens it gets a cookie for this
 * server's life, and a fresh URL is printed for the next viewer.  Everything else needs the cookie; without
 * it, the server says 404 to whatever is asked.
 */
#include <errno.h>
#include <libwebsockets.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "zonevnc/zonevnc.h"

#define NOVNC_DIR    "/usr/share/novnc"
#define SECRET_BYTES 16
#define SECRET_TEXT  (2 * SECRET_BYTES + 1)
#define MAX_SESSIONS 64
#define CHUNK        (64 * 1024)
#define HIGH_WATER   (4 * 1024 * 1024) /* bytes waiting for a slow side; its source is not read beyond */
#define LOW_WATER    (1 * 1024 * 1024)
#define COOKIE       "zonevnc"

/* Bytes on their way to one side, with the room that lws_write wants in front. */
struct backlog {
        unsigned char *data;
        size_t start, len, cap;
        bool held; /* the source is not being read */
};

/* One viewer: its WebSocket and its own connection to the screen. */
struct viewer {
        struct lws *ws, *screen;
        struct backlog to_ws, to_screen;
};

struct web {
        const char *path, *zone;
        struct lws_context *context;
        struct lws_vhost *vhost;
        char url[160]; /* scheme and address */
        char ticket[SECRET_TEXT];
        char session[MAX_SESSIONS][SECRET_TEXT];
        unsigned n_session;
};

static volatile sig_atomic_t stopping;

static void make_secret(char ret[SECRET_TEXT])
{
        unsigned char b[SECRET_BYTES];

        if (getrandom(b, sizeof(b), 0) != (ssize_t)sizeof(b))
                abort();
        for (size_t i = 0; i < sizeof(b); i++)
                snprintf(ret + 2 * i, 3, "%02x", b[i]);
}

static void print_url(struct web *web)
{
        make_secret(web->ticket);
        printf("%s/open/%s\n", web->url, web->ticket);
        fflush(stdout);
}

/* Takes as long for a wrong secret as for a right one. */
static bool same_secret(const char *a, const char *b)
{
        return strlen(a) == SECRET_TEXT - 1 && lws_timingsafe_bcmp(a, b, SECRET_TEXT - 1) == 0;
}

static bool has_session(struct web *web, struct lws *wsi)
{
        char cookie[1024], *word, *rest = cookie;

        if (lws_hdr_copy(wsi, cookie, sizeof(cookie), WSI_TOKEN_HTTP_COOKIE) <= 0)
                return false;
        while ((word = strsep(&rest, "; "))) {
                if (!str_starts(word, COOKIE "="))
                        continue;
                for (unsigned i = 0; i < web->n_session && i < MAX_SESSIONS; i++)
                        if (same_secret(word + sizeof(COOKIE), web->session[i]))
                                return true;
        }
        return false;
}

static int not_found(struct lws *wsi)
{
        lws_return_http_status(wsi, HTTP_STATUS_NOT_FOUND, NULL);
        return -1;
}

/* The ticket is good: a cookie, a redirection to the page, and a new ticket for the next viewer. */
static int admit(struct web *web, struct lws *wsi)
{
        unsigned char buf[LWS_PRE + 1024], *start = buf + LWS_PRE, *p = start, *end = buf + sizeof(buf) - 1;
        char *session = web->session[web->n_session++ % MAX_SESSIONS];
        const char *page = "/vnc.html?autoconnect=1&resize=scale&path=websockify";
        char cookie[160];
        int n;

        make_secret(session);
        n = snprintf(cookie, sizeof(cookie), COOKIE "=%s; Path=/; HttpOnly; SameSite=Lax%s", session,
                     str_starts(web->url, "https") ? "; Secure" : "");
        print_url(web);
        if (lws_add_http_header_status(wsi, HTTP_STATUS_FOUND, &p, end) ||
            lws_add_http_header_by_name(wsi, (const unsigned char *)"set-cookie:", (unsigned char *)cookie, n,
                                        &p, end) ||
            lws_add_http_header_by_name(wsi, (const unsigned char *)"referrer-policy:",
                                        (const unsigned char *)"no-referrer", 11, &p, end) ||
            lws_add_http_header_by_token(wsi, WSI_TOKEN_HTTP_LOCATION, (const unsigned char *)page,
                                         (int)strlen(page), &p, end) ||
            lws_add_http_header_content_length(wsi, 0, &p, end) ||
            lws_finalize_write_http_header(wsi, start, &p, end))
                return -1;
        return lws_http_transaction_completed(wsi) ? -1 : 0;
}

static const char *mime_type(const char *path)
{
        static const char *const types[][2] = {
            {".html", "text/html"},    {".js", "text/javascript"}, {".css", "text/css"},
            {".svg", "image/svg+xml"}, {".png", "image/png"},      {".json", "application/json"},
            {".ttf", "font/ttf"},      {".woff", "font/woff"},     {".ico", "image/x-icon"},
            {".mp3", "audio/mpeg"},    {".oga", "audio/ogg"},
        };
        const char *dot = strrchr(path, '.');

        for (size_t i = 0; dot && i < ARRAY_SIZE(types); i++)
                if (strcmp(dot, types[i][0]) == 0)
                        return types[i][1];
        return NULL;
}

/* Only plain names of noVNC's own tree: no "..", no hidden file, nothing percent-encoded. */
static bool plain_path(const char *path)
{
        for (const char *p = path; *p; p++) {
                bool letter =
                    (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9');

                if (!letter && !strchr("/-_.", *p))
                        return false;
                if (*p == '.' && (p == path || p[-1] == '/' || p[-1] == '.'))
                        return false;
        }
        return path[0] == '/';
}

static int serve_http(struct web *web, struct lws *wsi, const char *uri)
{
        const char *type;
        char file[512];
        int r;

        if (str_starts(uri, "/open/") && same_secret(uri + 6, web->ticket))
                return admit(web, wsi);
        type = plain_path(uri) ? mime_type(uri) : NULL;
        if (!type || !has_session(web, wsi) ||
            snprintf(file, sizeof(file), NOVNC_DIR "%s", uri) >= (int)sizeof(file))
                return not_found(wsi);
        r = lws_serve_http_file(wsi, file, type, NULL, 0);
        return r < 0 || (r > 0 && lws_http_transaction_completed(wsi)) ? -1 : 0;
}

/* ---- the two sides of a viewer ------------------------------------------------------------------------ */

static int backlog_add(struct backlog *b, const void *data, size_t len)
{
        if (LWS_PRE + b->start + b->len + len > b->cap) {
                size_t cap = LWS_PRE + b->len + len + CHUNK;
                unsigned char *fresh = malloc(cap);

                if (!fresh)
                        return -ENOMEM;
                if (b->len > 0)
                        memcpy(fresh + LWS_PRE, b->data + LWS_PRE + b->start, b->len);
                free(b->data);
                *b = (struct backlog){.data = fresh, .len = b->len, .cap = cap, .held = b->held};
        }
        memcpy(b->data + LWS_PRE + b->start + b->len, data, len);
        b->len += len;
        return 0;
}

static int side_received(struct backlog *b, struct lws *from, struct lws *to, const void *data, size_t len)
{
        if (!to || backlog_add(b, data, len) < 0)
                return -1;
        if (b->len > HIGH_WATER && !b->held) {
                b->held = true;
                lws_rx_flow_control(from, 0);
        }
        lws_callback_on_writable(to);
        return 0;
}

static int side_writable(struct backlog *b, struct lws *from, struct lws *to, enum lws_write_protocol how)
{
        while (b->len > 0 && !lws_send_pipe_choked(to)) {
                size_t n = b->len < CHUNK ? b->len : CHUNK;
                int done = lws_write(to, b->data + LWS_PRE + b->start, n, how);

                if (done < 0)
                        return -1;
                b->start += n;
                b->len -= n;
        }
        if (b->len == 0)
                b->start = 0;
        else
                lws_callback_on_writable(to);
        if (b->held && b->len < LOW_WATER && from) {
                b->held = false;
                lws_rx_flow_control(from, 1);
        }
        return 0;
}

static int screen_connect(const char *path)
{
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        struct sockaddr_un address = {.sun_family = AF_UNIX};

        if (fd < 0 || strlen(path) >= sizeof(address.sun_path))
                return -1;
        strcpy(address.sun_path, path);
        return connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -1 : TAKE_FD(fd);
}

static int viewer_open(struct web *web, struct viewer *viewer, struct lws *wsi)
{
        lws_sock_file_fd_type fd = {.sockfd = screen_connect(web->path)};

        viewer->ws = wsi;
        if (fd.sockfd < 0)
                return -1;
        viewer->screen = lws_adopt_descriptor_vhost(web->vhost, LWS_ADOPT_SOCKET, fd, "screen", NULL);
        if (!viewer->screen)
                return -1;
        lws_set_opaque_user_data(viewer->screen, viewer);
        return 0;
}

static void viewer_close(struct viewer *viewer)
{
        if (viewer->screen) {
                lws_set_opaque_user_data(viewer->screen, NULL);
                lws_set_timeout(viewer->screen, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_ASYNC);
        }
        free(viewer->to_ws.data);
        free(viewer->to_screen.data);
        *viewer = (struct viewer){0};
}

static int browser_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                            size_t len)
{
        struct web *web = lws_context_user(lws_get_context(wsi));
        struct viewer *viewer = user;

        switch (reason) {
        case LWS_CALLBACK_HTTP:
                return serve_http(web, wsi, in);
        case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
                return has_session(web, wsi) ? 0 : -1;
        case LWS_CALLBACK_ESTABLISHED:
                return viewer_open(web, viewer, wsi);
        case LWS_CALLBACK_RECEIVE:
                return side_received(&viewer->to_screen, wsi, viewer->screen, in, len);
        case LWS_CALLBACK_SERVER_WRITEABLE:
                return side_writable(&viewer->to_ws, viewer->screen, wsi, LWS_WRITE_BINARY);
        case LWS_CALLBACK_CLOSED:
                viewer_close(viewer);
                return 0;
        default:
                return lws_callback_http_dummy(wsi, reason, user, in, len);
        }
}

static int screen_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                           size_t len)
{
        struct viewer *viewer = lws_get_opaque_user_data(wsi);

        (void)user;
        switch (reason) {
        case LWS_CALLBACK_RAW_RX:
                return viewer ? side_received(&viewer->to_ws, wsi, viewer->ws, in, len) : -1;
        case LWS_CALLBACK_RAW_WRITEABLE:
                return viewer ? side_writable(&viewer->to_screen, viewer->ws, wsi, LWS_WRITE_RAW) : -1;
        case LWS_CALLBACK_RAW_CLOSE:
                if (viewer) {
                        viewer->screen = NULL;
                        lws_set_timeout(viewer->ws, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_ASYNC);
                }
                return 0;
        default:
                return 0;
        }
}

static void stop(int sig)
{
        (void)sig;
        stopping = 1;
}

static int web_open(struct web *web, const struct web_options *options, struct error *err)
{
        static const struct lws_protocols protocols[] = {
            {"binary", browser_callback, sizeof(struct viewer), CHUNK, 0, NULL, CHUNK},
            {"screen", screen_callback, 0, CHUNK, 0, NULL, CHUNK},
            {NULL, NULL, 0, 0, 0, NULL, 0},
        };
        bool tls = options->certificate != NULL, six = strchr(options->at.address, ':') != NULL;
        struct lws_context_creation_info info = {
            .port = options->at.port,
            .iface = options->at.address,
            .protocols = protocols,
            .user = web,
            .options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | (six ? 0 : LWS_SERVER_OPTION_DISABLE_IPV6) |
                       (tls ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0),
            .ssl_cert_filepath = options->certificate,
            .ssl_private_key_filepath = options->key,
            .vhost_name = "zonevnc",
        };

        web->context = lws_create_context(&info);
        web->vhost = web->context ? lws_create_vhost(web->context, &info) : NULL;
        if (!web->vhost || lws_get_vhost_listen_port(web->vhost) <= 0)
                return error_set(err, EADDRINUSE, "cannot listen on %s port %u%s", options->at.address,
                                 options->at.port, tls ? ", or the certificate or key cannot be read" : "");
        snprintf(web->url, sizeof(web->url), six ? "%s://[%s]:%d" : "%s://%s:%d", tls ? "https" : "http",
                 options->at.address, lws_get_vhost_listen_port(web->vhost));
        return 0;
}

int web_serve(const struct web_options *options, const char *path, struct error *err)
{
        struct web web = {.path = path, .zone = options->zone};
        struct sigaction action = {.sa_handler = stop};
        int r;

        if (access(NOVNC_DIR "/vnc.html", R_OK) < 0)
                return error_set(err, ENOENT, NOVNC_DIR " is missing (package novnc)");
        lws_set_log_level(0, NULL);
        sigaction(SIGTERM, &action, NULL);
        sigaction(SIGINT, &action, NULL);
        r = web_open(&web, options, err);
        if (r == 0) {
                print_url(&web);
                while (!stopping && lws_service(web.context, 0) >= 0)
                        ;
        }
        if (web.context)
                lws_context_destroy(web.context);
        return r;
}
