/*
 * The screen in the browser: noVNC's files and a WebSocket that carries VNC, by libwebsockets, on loopback
 * unless told otherwise.
 *
 * The URL that is printed holds 128 random bits and works once: whoever opens it gets a cookie for this
 * server's life, and a fresh URL is printed for the next viewer.  Everything else needs the cookie; without
 * it, the server says 404 to whatever is asked.
 *
 * A cookie knows the host but not the port: a browser that is led to another server of this host hands it
 * over, and that server can send it here with any Origin.  noVNC's files are public, so for them it will do.
 * The WebSocket needs to be opened by our own page, and at an address that has a second secret of the same
 * session: it is in the fragment of the page's address, which browsers send to nobody and keep when they load
 * the page again, and noVNC takes it from there.
 *
 * All of this is done by a process without rights, see confine.c.
 */
#include <errno.h>
#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/strv.h"
#include "zonevnc/zonevnc.h"

#define NOVNC_DIR    "/usr/share/novnc"
#define SECRET_BYTES 16
#define SECRET_TEXT  (2 * SECRET_BYTES + 1)
#define MAX_SESSIONS 64
#define MAX_VIEWERS  64
#define CHUNK        (64 * 1024)
#define HIGH_WATER   (1024 * 1024) /* bytes waiting for a slow side; its source is not read beyond */
#define LOW_WATER    (256 * 1024)
#define HEADERS_MAX  (16 * 1024) /* of a request; cookies of everything else on this host are in it */
#define MAX_FILES    512         /* connections and all else */
#define LAST_WORDS   5           /* seconds that a viewer has to take what the screen said before it ended */
#define WEBSOCKET    "websockify/"
#define PAGE         "/vnc.html?autoconnect=1&reconnect=1&resize=scale#path=" WEBSOCKET

/* No page may put ours into a frame, and nobody needs to know where a viewer comes from. */
#define HEADERS                                                                                              \
        "content-security-policy: frame-ancestors 'none'\r\n"                                                \
        "x-content-type-options: nosniff\r\n"                                                                \
        "referrer-policy: no-referrer\r\n"

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
        bool counted;
};

/* One that was let in. */
struct session {
        char cookie[SECRET_TEXT];
        char path[SECRET_TEXT]; /* in the address of its WebSocket */
};

struct web {
        struct screens *screens;
        unsigned n_viewers;
        struct lws_context *context;
        struct lws_vhost *vhost;
        char url[160];   /* scheme and address */
        char cookie[32]; /* its name has the port: cookies do not tell ports apart */
        char ticket[SECRET_TEXT];
        struct session session[MAX_SESSIONS];
        unsigned n_session;
};

static void make_secret(char ret[SECRET_TEXT])
{
        unsigned char b[SECRET_BYTES];

        if (getrandom(b, sizeof(b), 0) != (ssize_t)sizeof(b))
                abort();
        for (size_t i = 0; i < sizeof(b); i++)
                snprintf(ret + 2 * i, 3, "%02x", b[i]);
}

static int print_url(struct web *web)
{
        make_secret(web->ticket);
        printf("%s/open/%s\n", web->url, web->ticket);
        return fflush(stdout) == 0 ? 0 : -errno;
}

/* Takes as long for a wrong secret as for a right one. */
static bool same_secret(const char *a, const char *b)
{
        return strlen(a) == SECRET_TEXT - 1 && lws_timingsafe_bcmp(a, b, SECRET_TEXT - 1) == 0;
}

/* The value of a header, which the caller frees; NULL if it is not there. */
static char *header(struct lws *wsi, enum lws_token_indexes token)
{
        int n = lws_hdr_total_length(wsi, token);
        char *text = n > 0 ? malloc((size_t)n + 1) : NULL;

        if (text && lws_hdr_copy(wsi, text, n + 1, token) < 0) {
                free(text);
                return NULL;
        }
        return text;
}

static const struct session *find_session(const struct web *web, struct lws *wsi)
{
        _cleanup_free_ char *cookies = header(wsi, WSI_TOKEN_HTTP_COOKIE);
        size_t n = strlen(web->cookie);
        char *word, *rest = cookies;

        while ((word = strsep(&rest, "; "))) {
                if (strncmp(word, web->cookie, n) != 0 || word[n] != '=')
                        continue;
                for (unsigned i = 0; i < web->n_session && i < MAX_SESSIONS; i++)
                        if (same_secret(word + n + 1, web->session[i].cookie))
                                return &web->session[i];
        }
        return NULL;
}

/* Was the WebSocket opened by a page that we served?  Browsers always tell, and scripts can. */
static bool own_origin(struct lws *wsi)
{
        _cleanup_free_ char *origin = header(wsi, WSI_TOKEN_ORIGIN), *host = header(wsi, WSI_TOKEN_HOST);
        const char *authority = origin ? strstr(origin, "://") : NULL;

        return authority && host && strcasecmp(authority + 3, host) == 0;
}

static bool may_connect(const struct web *web, struct lws *wsi)
{
        const struct session *session = find_session(web, wsi);
        _cleanup_free_ char *uri = header(wsi, WSI_TOKEN_GET_URI);

        return session && uri && str_starts(uri, "/" WEBSOCKET) &&
               same_secret(uri + strlen("/" WEBSOCKET), session->path) && own_origin(wsi);
}

static int not_found(struct lws *wsi)
{
        lws_return_http_status(wsi, HTTP_STATUS_NOT_FOUND, NULL);
        return -1;
}

/* An upgrade is for the WebSocket of a session or it is nothing. */
static int confirm_upgrade(const struct web *web, struct lws *wsi, const char *to)
{
        return strcasecmp(to, "websocket") == 0 && may_connect(web, wsi) ? 0 : not_found(wsi);
}

static int add_header(struct lws *wsi, const char *name, const char *value, unsigned char **p,
                      unsigned char *end)
{
        return lws_add_http_header_by_name(wsi, (const unsigned char *)name, (const unsigned char *)value,
                                           (int)strlen(value), p, end);
}

static const struct session *make_session(struct web *web)
{
        struct session *session = &web->session[web->n_session++ % MAX_SESSIONS];

        make_secret(session->cookie);
        make_secret(session->path);
        return session;
}

/*
 * The ticket is good: a cookie, a redirection to the page, and a new ticket for the next viewer.  A browser
 * that was let in before keeps its session, or the pages that it has open already could not connect again.
 */
static int admit(struct web *web, struct lws *wsi)
{
        unsigned char buf[LWS_PRE + 1024], *start = buf + LWS_PRE, *p = start, *end = buf + sizeof(buf) - 1;
        const struct session *session = find_session(web, wsi);
        char cookie[160], page[sizeof(PAGE) + SECRET_TEXT];

        if (!session)
                session = make_session(web);
        snprintf(cookie, sizeof(cookie), "%s=%s; Path=/; HttpOnly; SameSite=Lax%s", web->cookie,
                 session->cookie, str_starts(web->url, "https") ? "; Secure" : "");
        snprintf(page, sizeof(page), PAGE "%s", session->path);
        (void)print_url(web);
        if (lws_add_http_header_status(wsi, HTTP_STATUS_FOUND, &p, end) ||
            add_header(wsi, "set-cookie:", cookie, &p, end) ||
            add_header(wsi, "referrer-policy:", "no-referrer", &p, end) ||
            add_header(wsi, "cache-control:", "no-store", &p, end) ||
            add_header(wsi, "location:", page, &p, end) ||
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
        int r;

        /* HEAD must not use up a ticket, and nothing takes a POST. */
        if (lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) <= 0)
                return not_found(wsi);
        if (str_starts(uri, "/open/") && same_secret(uri + 6, web->ticket))
                return admit(web, wsi);
        type = plain_path(uri) ? mime_type(uri) : NULL;
        if (!type || !find_session(web, wsi))
                return not_found(wsi);
        /* The root is noVNC's directory. */
        r = lws_serve_http_file(wsi, uri, type, HEADERS, (int)strlen(HEADERS));
        return r < 0 || (r > 0 && lws_http_transaction_completed(wsi)) ? -1 : 0;
}

/* ---- the two sides of a viewer ------------------------------------------------------------------------ */

static int backlog_add(struct backlog *b, const void *data, size_t len)
{
        if (LWS_PRE + b->start + b->len + len > b->cap && b->start > 0) {
                memmove(b->data + LWS_PRE, b->data + LWS_PRE + b->start, b->len);
                b->start = 0;
        }
        if (LWS_PRE + b->len + len > b->cap) {
                size_t cap = LWS_PRE + 2 * (b->len + len);
                unsigned char *grown = realloc(b->data, cap);

                if (!grown)
                        return -ENOMEM;
                b->data = grown;
                b->cap = cap;
        }
        memcpy(b->data + LWS_PRE + b->start + b->len, data, len);
        b->len += len;
        return 0;
}

static int side_received(struct backlog *b, struct lws *from, struct lws *to, const void *data, size_t len)
{
        if (!to) /* it has ended, and what it said last is being delivered */
                return 0;
        if (backlog_add(b, data, len) < 0)
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

                /* It takes all: what the socket does not, it keeps, and the pipe counts as choked. */
                if (lws_write(to, b->data + LWS_PRE + b->start, n, how) < (int)n)
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

static int viewer_open(struct web *web, struct viewer *viewer, struct lws *wsi)
{
        lws_sock_file_fd_type fd = {.sockfd =
                                        web->n_viewers < MAX_VIEWERS ? screens_connect(web->screens) : -1};

        viewer->ws = wsi;
        if (fd.sockfd < 0)
                return -1;
        viewer->screen = lws_adopt_descriptor_vhost(web->vhost, LWS_ADOPT_SOCKET, fd, "screen", NULL);
        if (!viewer->screen)
                return -1;
        lws_set_opaque_user_data(viewer->screen, viewer);
        viewer->counted = true;
        web->n_viewers++;
        return 0;
}

/* The screen has ended: what it said last still goes to the viewer. */
static void viewer_finish(struct viewer *viewer)
{
        viewer->screen = NULL;
        lws_set_timeout(viewer->ws, PENDING_TIMEOUT_CLOSE_SEND, LAST_WORDS);
        lws_callback_on_writable(viewer->ws);
}

static int viewer_writable(struct viewer *viewer)
{
        int r = side_writable(&viewer->to_ws, viewer->screen, viewer->ws, LWS_WRITE_BINARY);

        return r == 0 && !viewer->screen && viewer->to_ws.len == 0 ? -1 : r;
}

static void viewer_close(struct web *web, struct viewer *viewer)
{
        web->n_viewers -= viewer->counted;
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
                return may_connect(web, wsi) ? 0 : -1;
        case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
                return confirm_upgrade(web, wsi, in);
        case LWS_CALLBACK_ESTABLISHED:
                return viewer_open(web, viewer, wsi);
        case LWS_CALLBACK_RECEIVE:
                return side_received(&viewer->to_screen, wsi, viewer->screen, in, len);
        case LWS_CALLBACK_SERVER_WRITEABLE:
                return viewer_writable(viewer);
        case LWS_CALLBACK_CLOSED:
                viewer_close(web, viewer);
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
                if (viewer)
                        viewer_finish(viewer);
                return 0;
        case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION: /* no WebSocket is spoken here */
                return -1;
        default:
                return 0;
        }
}

/* Where to go: for a browser elsewhere, any address of this host is its name. */
static void set_url(struct web *web, const struct web_options *options)
{
        const char *address = options->at.address, *scheme = options->certificate ? "https" : "http";
        int port = lws_get_vhost_listen_port(web->vhost);
        char name[64];

        snprintf(web->cookie, sizeof(web->cookie), "zonevnc-%d", port);
        if ((strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0) &&
            gethostname(name, sizeof(name)) == 0) {
                name[sizeof(name) - 1] = '\0';
                address = name;
        }
        snprintf(web->url, sizeof(web->url), strchr(address, ':') ? "%s://[%s]:%d" : "%s://%s:%d", scheme,
                 address, port);
}

static int check_files(const struct web_options *options, struct error *err)
{
        if (access(NOVNC_DIR "/vnc.html", R_OK) < 0)
                return error_set(err, ENOENT, NOVNC_DIR " is missing (package novnc)");
        return options->certificate ? certificate_check(options->certificate, options->key, err) : 0;
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
            .server_string = "zonevnc",
            .max_http_header_data = HEADERS_MAX,
            .alpn = "http/1.1",
            .ka_time = 60,
            .ka_probes = 5,
            .ka_interval = 10,
        };

        web->context = lws_create_context(&info);
        web->vhost = web->context ? lws_create_vhost(web->context, &info) : NULL;
        if (!web->vhost || lws_get_vhost_listen_port(web->vhost) <= 0)
                return error_set(err, EADDRINUSE, "cannot listen on %s port %u", options->at.address,
                                 options->at.port);
        set_url(web, options);
        return 0;
}

int web_serve(const struct web_options *options, struct screens *screens, struct error *err)
{
        struct web web = {.screens = screens};
        const struct rlimit files = {.rlim_cur = MAX_FILES, .rlim_max = MAX_FILES};
        int r = check_files(options, err);

        if (r < 0)
                return r;
        lws_set_log_level(0, NULL);
        setrlimit(RLIMIT_NOFILE, &files);
        r = web_open(&web, options, err);
        /* Certificate and key have been read; from here on there are noVNC's files and nothing else. */
        if (r == 0)
                r = screens_confine(screens, NOVNC_DIR, err);
        if (r == 0) {
                if (!options->certificate && !str_starts(options->at.address, "127.") &&
                    strcmp(options->at.address, "::1") != 0)
                        fputs("zonevnc: NOTICE: without a certificate, screen and keys can be read on the "
                              "network (--cert, --key)\n",
                              stderr);
                r = print_url(&web);
                if (r < 0)
                        error_errno(err, r, "standard output");
                while (r == 0 && lws_service(web.context, 0) >= 0)
                        ;
        }
        if (web.context)
                lws_context_destroy(web.context);
        return r;
}
