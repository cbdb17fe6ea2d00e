/* tests/unit/failing_memory.h: memory that is refused once, on purpose.
 *
 *   memory_refuse(n)       the n-th taking from now on gets nothing (1 = the next); 0: all get what they ask for
 *   memory_was_refused()   whether that happened; memory_refusals: how often in all
 *
 * For one program of tests, in one file, linked with `refuse_memory` of tests/unit/meson.build (--wrap): every malloc, calloc,
 * realloc, strdup and mmap of Cordon's modules and of the file itself comes by here, and what jansson takes for them (base/read_json.c).
 * SQLite is a library of its own: memory_begin_sqlite() has it come by here too, before anything of SQLite's is called. One thread. */
#ifndef CORDON_TEST_FAILING_MEMORY_H
#define CORDON_TEST_FAILING_MEMORY_H

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static unsigned long memory_refuse_in; /* counted down to the one that is refused */
static bool memory_refused_it;
static unsigned long memory_refusals;

static bool memory_is_refused(void)
{
	if (memory_refuse_in == 0 || --memory_refuse_in > 0)
		return false;
	memory_refused_it = true;
	memory_refusals++;
	errno = ENOMEM;
	return true;
}

static inline void memory_refuse(unsigned long n)
{
	memory_refuse_in = n;
	memory_refused_it = false;
}

/* Ends the refusing too. */
static inline bool memory_was_refused(void)
{
	memory_refuse_in = 0;
	return memory_refused_it;
}

/* Between these two all get what they ask for, and none is counted. */
struct memory_pause { unsigned long refuse_in; bool refused_it; };
static inline struct memory_pause memory_pause(void)
{
	struct memory_pause p = {memory_refuse_in, memory_refused_it};
	memory_refuse_in = 0;
	return p;
}

static inline void memory_go_on(struct memory_pause p)
{
	memory_refuse_in = p.refuse_in;
	memory_refused_it = p.refused_it;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *s);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *s);
void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int file, off_t offset);
int __wrap_munmap(void *at, size_t size);

void *__wrap_malloc(size_t size)
{
	return memory_is_refused() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return memory_is_refused() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return memory_is_refused() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *s)
{
	return memory_is_refused() ? NULL : __real_strdup(s);
}

/* mmap by its name with 64-bit offsets, which is what Meson's builds link to. Past the sanitisers: they would go through the whole of a
 * ledger's region, most of which nobody ever touches. */
void *__wrap_mmap64(void *at, size_t size, int protection, int flags, int file, off_t offset)
{
	return memory_is_refused() ? MAP_FAILED : (void *)syscall(SYS_mmap, at, size, protection, flags, file, offset);
}

int __wrap_munmap(void *at, size_t size)
{
	return (int)syscall(SYS_munmap, at, size);
}

/* What threads wait at is made of memory too; threads are counted apart, for they take memory of their own. */
static unsigned memory_refuse_thread_in;

int __real_pthread_mutex_init(pthread_mutex_t *lock, const pthread_mutexattr_t *kind);
int __real_pthread_cond_init(pthread_cond_t *filled, const pthread_condattr_t *kind);
int __real_pthread_create(pthread_t *out, const pthread_attr_t *kind, void *(*start)(void *), void *ctx);
int __wrap_pthread_mutex_init(pthread_mutex_t *lock, const pthread_mutexattr_t *kind);
int __wrap_pthread_cond_init(pthread_cond_t *filled, const pthread_condattr_t *kind);
int __wrap_pthread_create(pthread_t *out, const pthread_attr_t *kind, void *(*start)(void *), void *ctx);

int __wrap_pthread_mutex_init(pthread_mutex_t *lock, const pthread_mutexattr_t *kind)
{
	return memory_is_refused() ? ENOMEM : __real_pthread_mutex_init(lock, kind);
}

int __wrap_pthread_cond_init(pthread_cond_t *filled, const pthread_condattr_t *kind)
{
	return memory_is_refused() ? ENOMEM : __real_pthread_cond_init(filled, kind);
}

int __wrap_pthread_create(pthread_t *out, const pthread_attr_t *kind, void *(*start)(void *), void *ctx)
{
	bool refused = memory_refuse_thread_in > 0 && --memory_refuse_thread_in == 0;
	return refused ? EAGAIN : __real_pthread_create(out, kind, start, ctx);
}

#ifdef SQLITE_VERSION_NUMBER
static sqlite3_mem_methods memory_of_sqlite;

static void *memory_sqlite_malloc(int size)
{
	return memory_is_refused() ? NULL : memory_of_sqlite.xMalloc(size);
}

static void *memory_sqlite_realloc(void *old, int size)
{
	return memory_is_refused() ? NULL : memory_of_sqlite.xRealloc(old, size);
}

static inline void memory_begin_sqlite(void)
{
	sqlite3_config(SQLITE_CONFIG_GETMALLOC, &memory_of_sqlite);
	sqlite3_mem_methods ours = memory_of_sqlite;
	ours.xMalloc = memory_sqlite_malloc;
	ours.xRealloc = memory_sqlite_realloc;
	sqlite3_config(SQLITE_CONFIG_MALLOC, &ours);
	/* Each taking by itself, none out of a piece taken before. */
	sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0);
}
#endif

#endif
