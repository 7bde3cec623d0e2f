/* Drawing a picture of a screen, in a process that has no rights and ends with it. */
#pragma once

#define PICTURE_SIDE_MAX 4096 /* pixels; bhyve's frame buffer ends at 1920x1200 */
#define PICTURE_SECONDS  20   /* that the screen has for it */

enum picture_end { PICTURE_DRAWN, PICTURE_NO_SCREEN, PICTURE_BROKE_OFF, PICTURE_NOT_WRITTEN };

/* Fetches what the screen at the other end of a connection shows, and writes it as a PNG file. */
enum picture_end picture_draw(int screen, int out, const char *password);
