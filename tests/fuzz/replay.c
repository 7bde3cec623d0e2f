/*
 * Runs a fuzz target over the files it is given (or those in the folders it is given): the corpus is a
 * regression test with any compiler, and a finding can be replayed under a debugger.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/cleanup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run_file(const char *path)
{
        _cleanup_fclose_ FILE *f = fopen(path, "r");
        _cleanup_free_ uint8_t *data = NULL;
        struct stat st;
        size_t len;

        if (!f || fstat(fileno(f), &st) < 0) {
                perror(path);
                return 1;
        }
        data = malloc(st.st_size ? (size_t)st.st_size : 1);
        if (!data) {
                perror(path);
                return 1;
        }
        len = fread(data, 1, (size_t)st.st_size, f);
        LLVMFuzzerTestOneInput(data, len);
        return 0;
}

static int run_folder(const char *path, DIR *dir, unsigned *count)
{
        struct dirent *entry;
        int failed = 0;

        while ((entry = readdir(dir))) {
                char file[4096];

                if (entry->d_name[0] == '.')
                        continue;
                snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
                failed |= run_file(file);
                (*count)++;
        }
        return failed;
}

int main(int argc, char **argv)
{
        unsigned count = 0;
        int failed = 0;

        for (int i = 1; i < argc; i++) {
                DIR *dir = opendir(argv[i]);

                if (dir) {
                        failed |= run_folder(argv[i], dir, &count);
                        closedir(dir);
                } else {
                        failed |= run_file(argv[i]);
                        count++;
                }
        }
        if (count == 0) {
                fprintf(stderr, "usage: %s FILE|FOLDER...\n", argv[0]);
                return 2;
        }
        printf("%u inputs\n", count);
        return failed;
}
