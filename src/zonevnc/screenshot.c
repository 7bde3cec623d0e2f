/*
 * A picture of the screen: libvncclient fetches one full update, libpng writes it.  The update comes out of a
 * jail, so its size is bounded before anything is allocated for it.
 */
#include <errno.h>
#include <png.h>
#include <rfb/rfbclient.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "zonevnc/zonevnc.h"

#define MAX_SIDE        8192 /* pixels; bhyve's frame buffer ends at 1920x1200 */
#define UPDATE_SECONDS  10
#define BYTES_PER_PIXEL 4

static char *given_password;

static char *get_password(rfbClient *client)
{
        (void)client;
        return given_password ? strdup(given_password) : NULL;
}

static rfbBool allocate_screen(rfbClient *client)
{
        if (client->width <= 0 || client->height <= 0 || client->width > MAX_SIDE ||
            client->height > MAX_SIDE)
                return FALSE;
        free(client->frameBuffer);
        client->frameBuffer = calloc((size_t)client->width * (size_t)client->height, BYTES_PER_PIXEL);
        return client->frameBuffer != NULL;
}

static void update_finished(rfbClient *client)
{
        static int done = 1;

        rfbClientSetClientData(client, update_finished, &done);
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
        return png_image_write_to_stdio(&image, f, 0, client->frameBuffer, 0, NULL) ? 0 : -EIO;
}

static int save(rfbClient *client, const char *file, struct error *err)
{
        _cleanup_fclose_ FILE *f = NULL;
        _cleanup_free_ char *temp = NULL;
        int r;

        if (strcmp(file, "-") == 0)
                return write_png(client, stdout) < 0 ? error_set(err, EIO, "standard output") : 0;
        if (asprintf(&temp, "%s.%d.tmp", file, (int)getpid()) < 0)
                return error_nomem(err);
        f = fopen(temp, "wxe");
        if (!f)
                return error_errno(err, errno, "%s", file);
        r = write_png(client, f);
        if (r == 0 && (fflush(f) != 0 || rename(temp, file) < 0))
                r = -errno;
        if (r < 0) {
                unlink(temp);
                return error_errno(err, r, "%s", file);
        }
        return 0;
}

static int wait_update(rfbClient *client, struct error *err)
{
        time_t end = time(NULL) + UPDATE_SECONDS;

        while (!rfbClientGetClientData(client, update_finished)) {
                int n = WaitForMessage(client, 200 * 1000);

                if (n < 0 || (n > 0 && !HandleRFBServerMessage(client)))
                        return error_set(err, EIO, "the screen broke off");
                if (time(NULL) > end)
                        return error_set(err, ETIMEDOUT, "the screen sent nothing for %d s", UPDATE_SECONDS);
        }
        return 0;
}

int screenshot_save(const char *path, const char *file, const char *password, struct error *err)
{
        rfbClient *client = rfbGetClient(8, 3, BYTES_PER_PIXEL);
        int r;

        if (!client)
                return error_nomem(err);
        rfbClientLog = rfbClientErr = quiet;
        given_password = (char *)password;
        client->serverHost = strdup(path);
        client->serverPort = 0;
        client->MallocFrameBuffer = allocate_screen;
        client->FinishedFrameBufferUpdate = update_finished;
        client->GetPassword = get_password;
        client->canHandleNewFBSize = TRUE;
        client->connectTimeout = UPDATE_SECONDS;
        client->readTimeout = UPDATE_SECONDS;
        /* Frees the client when it fails. */
        if (!rfbInitClient(client, NULL, NULL))
                return error_set(err, EIO, "%s: no screen there%s", path,
                                 password ? ", or a wrong password" : ", or it wants a password (-p)");
        r = wait_update(client, err);
        if (r == 0)
                r = save(client, file, err);
        free(client->frameBuffer);
        client->frameBuffer = NULL;
        rfbClientCleanup(client);
        return r;
}
