/* fuzz/scratch.h: a folder in memory for targets that need files, gone at the end. */
#ifndef CORDON_FUZZ_SCRATCH_H
#define CORDON_FUZZ_SCRATCH_H

#include "store/store.h"

const char *scratch_dir(void);
/* One store in DIR/data, with the folder of a session "s". */
struct store *scratch_store(void);
void scratch_renew(void);            /* the next scratch_store() is empty */
void scratch_write(const char *path, const void *bytes, size_t size);
void scratch_empty(const char *dir); /* removes it and all in it */

#endif
