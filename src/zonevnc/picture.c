/*
 * What a screen shows, as a PNG file: libvncclient fetches one full update, libpng writes it.
 *
 * What arrives comes out of a jail and is hostile, so a process without rights does this, see screenshot.c.
 * The size of the screen is bounded before anything is allocated for it.  Nothing is released: the process
 * ends with it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <png.h>
#include <rfb/rfbclient.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "zonevnc/picture.h"

#define SETTLE_ROUNDS   20
#define SETTLE_MS       300 /* without news: then the picture is the screen */
#define BYTES_PER_PIXEL 4

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
        if (client->width <= 0 || client->height <= 0 || client->width > PICTURE_SIDE_MAX ||
            client->height > PICTURE_SIDE_MAX)
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
                if (WaitForMessage(client, PICTURE_SECONDS * 1000 * 1000) <= 0 ||
                    !HandleRFBServerMessage(client))
                        return false;
        for (int i = 0; i < SETTLE_ROUNDS && n > 0; i++) {
                n = WaitForMessage(client, SETTLE_MS * 1000);
                if (n > 0 && !HandleRFBServerMessage(client))
                        return false;
        }
        return n >= 0;
}

enum picture_end picture_draw(int screen, int out, const char *password)
{
        FILE *f = fdopen(out, "w");
        rfbClient *client = f ? rfbGetClient(8, 3, BYTES_PER_PIXEL) : NULL;

        if (!client)
                return PICTURE_BROKE_OFF;
        given_password = password;
        rfbClientLog = rfbClientErr = quiet;
        /* "Listening" is how the library is given a connection that exists. */
        client->listenSpecified = TRUE;
        client->sock = screen;
        client->appData.encodingsString = "raw";
        client->MallocFrameBuffer = allocate_screen;
        client->GotFrameBufferUpdate = got_part;
        client->GetPassword = get_password;
        client->canHandleNewFBSize = TRUE;
        client->readTimeout = PICTURE_SECONDS;
        if (!rfbInitClient(client, NULL, NULL))
                return PICTURE_NO_SCREEN;
        if (!offer_encodings(client) || !fetch_all(client))
                return PICTURE_BROKE_OFF;
        return write_png(client, f) < 0 ? PICTURE_NOT_WRITTEN : PICTURE_DRAWN;
}
