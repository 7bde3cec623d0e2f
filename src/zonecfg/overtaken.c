/* What other commands do to the zone meanwhile; see overtaken.h. */
#include "zonecfg/overtaken.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "xml/xml.h"

int overtaken_read(const struct session *s, char **ret_text, size_t *ret_len)
{
        _cleanup_close_ int dir = root_open_dir(&s->root, ZONES_ETC, NULL);
        char file[ZONENAME_MAX + 8];
        int r = dir < 0 ? dir : 0;

        *ret_text = NULL;
        *ret_len = 0;
        if (r == 0) {
                snprintf(file, sizeof(file), "%s.xml", *s->saved ? s->saved : s->zone);
                r = fs_read_at(dir, file, XML_MAX_SIZE, ret_text, ret_len);
        }
        return r == -ENOENT ? 0 : r;
}

void overtaken_saw(struct session *s, char *text, size_t len)
{
        free(s->seen);
        s->seen = text;
        s->seen_len = len;
}

int overtaken_check(const struct session *s, struct error *err)
{
        _cleanup_free_ char *text = NULL;
        size_t len;
        int r = overtaken_read(s, &text, &len);

        if (r < 0)
                return error_errno(err, r, "%s%s/%s.xml", s->root.path, ZONES_ETC,
                                   *s->saved ? s->saved : s->zone);
        if (text && s->seen ? len == s->seen_len && memcmp(text, s->seen, len) == 0 : text == s->seen)
                return 0;
        if (!s->seen)
                return error_set(err, EEXIST, "Zone name already in use");
        if (!text)
                return error_set(
                    err, EAGAIN,
                    "deleted or renamed by another command since it was read; export keeps what is here as a "
                    "script, revert drops it");
        return error_set(err, EAGAIN,
                         "changed by another command since it was read; revert, or run the command again");
}

/* Verbs that change the configuration in memory and do nothing else, and the ends of a command line. */
static const bool repeatable[VERBS] = {
    [VERB_ADD] = true, [VERB_CANCEL] = true, [VERB_CLEAR] = true,  [VERB_COMMIT] = true,
    [VERB_END] = true, [VERB_EXIT] = true,   [VERB_REMOVE] = true, [VERB_SELECT] = true,
    [VERB_SET] = true, [VERB_VERIFY] = true,
};

void overtaken_note(struct session *s, enum verb verb)
{
        if (!repeatable[verb])
                s->repeatable = false;
}

bool overtaken_restart(struct session *s, const char *zone)
{
        char *notices;
        int lock;

        if (!s->again)
                return false;
        notices = TAKE_PTR(s->notices);
        lock = TAKE_FD(s->lock);
        session_clear(s);
        s->notices = notices; /* they have been read */
        s->lock = lock;
        snprintf(s->zone, sizeof(s->zone), "%s", zone);
        s->saved[0] = '\0';
        s->line = s->told = 0;
        s->changed = s->failed = s->quit = s->again = false;
        s->repeatable = false; /* with the lock held, nobody can be faster */
        return true;
}
