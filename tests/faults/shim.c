/* tests/faults/shim.c: preloaded into a server, makes single calls fail when the test says so: allocations of the whole program but
 * those of C++ libraries, which end the program when they get none, and the calls of the system by which bytes come and go.
 * A place is told by its stack, so that each place fails once and not each of a thousand turns of the same loop. */
#define _GNU_SOURCE
#include "shim.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <unwind.h>

/* ---- what can fail, and how ---- */

#define SHORT (-1)
#define KINDS(X) \
	X(MALLOC, "malloc", ENOMEM, 0, 0, 0) X(CALLOC, "calloc", ENOMEM, 0, 0, 0) X(REALLOC, "realloc", ENOMEM, 0, 0, 0) \
	X(STRDUP, "strdup", ENOMEM, 0, 0, 0) X(ALIGNED, "posix_memalign", ENOMEM, 0, 0, 0) X(MMAP, "mmap", ENOMEM, 0, 0, 0) \
	X(THREAD, "pthread_create", EAGAIN, 0, 0, 0) X(OPEN, "open", EMFILE, EIO, EINTR, 0) X(READ, "read", EIO, EINTR, SHORT, 0) \
	X(WRITE, "write", ENOSPC, EIO, EINTR, SHORT) X(PREAD, "pread", EIO, EINTR, SHORT, 0) \
	X(PWRITE, "pwrite", ENOSPC, EIO, EINTR, SHORT) X(FSYNC, "fsync", EIO, 0, 0, 0) X(TRUNCATE, "ftruncate", EIO, EINTR, 0, 0) \
	X(FALLOCATE, "posix_fallocate", ENOSPC, EINTR, 0, 0) X(RENAME, "rename", ENOSPC, EIO, 0, 0) X(UNLINK, "unlink", EIO, 0, 0, 0) \
	X(MKDIR, "mkdir", ENOSPC, 0, 0, 0) X(OPENDIR, "opendir", EMFILE, 0, 0, 0) X(FLOCK, "flock", EINTR, ENOLCK, 0, 0) \
	X(LOCK, "fcntl", ENOLCK, EINTR, 0, 0) X(STAT, "fstat", EIO, 0, 0, 0) X(STATVFS, "statvfs", EIO, 0, 0, 0) \
	X(RECV, "recv", ECONNRESET, EINTR, EAGAIN, SHORT) X(SEND, "send", EPIPE, EINTR, EAGAIN, SHORT) \
	X(ACCEPT, "accept4", EMFILE, ECONNABORTED, EINTR, ENOMEM) X(EPOLL_CTL, "epoll_ctl", ENOMEM, ENOSPC, 0, 0) \
	X(EPOLL_WAIT, "epoll_wait", EINTR, 0, 0, 0) X(HANDLE, "eventfd/epoll_create1/signalfd", EMFILE, 0, 0, 0) \
	X(SOCKET, "socket", EMFILE, 0, 0, 0) X(BIND, "bind/listen", EADDRINUSE, 0, 0, 0)

enum kind {
#define NAME(name, word, a, b, c, d) KIND_##name,
	KINDS(NAME)
#undef NAME
	KIND_COUNT
};

static const struct { const char *word; int errors[4]; } kinds[KIND_COUNT] = {
#define ROW(name, word, a, b, c, d) {word, {a, b, c, d}},
	KINDS(ROW)
#undef ROW
};

/* ---- where a call stands ---- */

#define FRAMES_MAX 64
#define MODULES_MAX 256

enum room { ROOM_ELSEWHERE, ROOM_PROGRAM, ROOM_LIBRARY, ROOM_LIBC, ROOM_SHIM };
struct module { uintptr_t from, to, base; enum room room; const char *name; };

static struct control *control;
static struct module modules[MODULES_MAX];
static uint32_t module_count;
static atomic_flag busy = ATOMIC_FLAG_INIT;
static __thread int inside __attribute__((tls_model("initial-exec")));

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *at, size_t size);
/* The sanitiser's own, where it is there. */
extern void *__interceptor_malloc(size_t size) __attribute__((weak));
extern void *__interceptor_calloc(size_t count, size_t size) __attribute__((weak));
extern void *__interceptor_realloc(void *at, size_t size) __attribute__((weak));
extern int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

/* Libraries whose authors meant them to go on without memory. The others (GDAL, GEOS, PROJ and the like, the sanitiser, the
 * dynamic linker) are left alone, and so is all that is called by them. */
static enum room room_of(const char *path, uintptr_t base)
{
	static const char *const libraries[] = {"libsqlite3.", "libjansson.", "libcrypto.", "libssl.", "libsodium.", "libqrencode."};
	static const char *const neutral[] = {"libasan.", "libubsan.", "libgcc_s."};
	Dl_info own;
	if (dladdr((void *)(uintptr_t)&room_of, &own) != 0 && (uintptr_t)own.dli_fbase == base)
		return ROOM_SHIM;
	if (path[0] == '\0')
		return ROOM_PROGRAM;
	for (size_t i = 0; i < sizeof(libraries) / sizeof(libraries[0]); i++)
		if (strstr(path, libraries[i]) != NULL)
			return ROOM_LIBRARY;
	for (size_t i = 0; i < sizeof(neutral) / sizeof(neutral[0]); i++)
		if (strstr(path, neutral[i]) != NULL)
			return ROOM_SHIM;
	return strstr(path, "libc.so") != NULL ? ROOM_LIBC : ROOM_ELSEWHERE;
}

static int note_module(struct dl_phdr_info *info, size_t size, void *ctx)
{
	(void)size;
	(void)ctx;
	for (int i = 0; i < info->dlpi_phnum && module_count < MODULES_MAX; i++) {
		const ElfW(Phdr) *h = &info->dlpi_phdr[i];
		if (h->p_type != PT_LOAD || (h->p_flags & PF_X) == 0)
			continue;
		uintptr_t from = info->dlpi_addr + h->p_vaddr;
		const char *slash = strrchr(info->dlpi_name, '/');
		modules[module_count++] = (struct module){from, from + h->p_memsz, info->dlpi_addr,
			room_of(info->dlpi_name, info->dlpi_addr),
			info->dlpi_name[0] == '\0' ? "cordon" : slash == NULL ? info->dlpi_name : slash + 1};
	}
	return 0;
}

static const struct module *module_of(uintptr_t at)
{
	for (uint32_t i = 0; i < module_count; i++)
		if (at >= modules[i].from && at < modules[i].to)
			return &modules[i];
	return NULL;
}

struct frames { uintptr_t at[FRAMES_MAX]; uint32_t count; };

static _Unwind_Reason_Code note_frame(struct _Unwind_Context *context, void *ctx)
{
	struct frames *f = ctx;
	uintptr_t at = (uintptr_t)_Unwind_GetIP(context);
	if (at != 0)
		f->at[f->count++] = at;
	return f->count == FRAMES_MAX ? _URC_END_OF_STACK : _URC_NO_REASON;
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
	return hash ^ hash >> 29;
}

/* 0: a place that is left alone. Recursion counts once: a frame that was seen is passed over. */
static uint64_t place(const struct frames *f)
{
	uint64_t hash = 1;
	uint32_t depth = atomic_load(&control->depth), own = 0;
	bool known = false;
	for (uint32_t i = 0; i < f->count; i++) {
		const struct module *m = module_of(f->at[i]);
		if (m == NULL || m->room == ROOM_ELSEWHERE)
			return 0;
		if (m->room == ROOM_SHIM)
			continue;
		known = known || m->room != ROOM_LIBC;
		bool again = false;
		for (uint32_t k = 0; k < i && !again; k++)
			again = f->at[k] == f->at[i];
		if (again || own >= depth)
			continue;
		own += m->room == ROOM_PROGRAM;
		hash = mix(hash, (uint64_t)(m - modules) << 40 ^ (f->at[i] - m->base));
	}
	return known ? hash | 1 : 0;
}

static bool is_new(uint64_t hash)
{
	uint32_t slot = (uint32_t)(hash >> 32) % DONE_SLOTS;
	for (uint32_t tries = 0; tries < DONE_SLOTS; tries++, slot = (slot + 1) % DONE_SLOTS) {
		if (control->done[slot] == hash)
			return false;
		if (control->done[slot] == 0) {
			control->done[slot] = hash;
			atomic_fetch_add(&control->done_count, 1);
			return true;
		}
	}
	return false;
}

static void tell_where(const struct frames *f, enum kind kind, int error)
{
	size_t at = 0;
	for (uint32_t i = 0; i < f->count && at + 128 < WHERE_BYTES; i++) {
		const struct module *m = module_of(f->at[i]);
		if (m == NULL || m->room == ROOM_SHIM)
			continue;
		int size = snprintf(control->where + at, WHERE_BYTES - at, "%.60s+0x%zx\n", m->name, f->at[i] - m->base - 1);
		at += size > 0 ? (size_t)size : 0;
	}
	control->where[at] = '\0';
	atomic_store(&control->last_kind, (uint32_t)kind);
	atomic_store(&control->last_error, error);
	atomic_fetch_add(&control->injected, 1);
}

static int choose(enum kind kind, uint32_t mode, const struct frames *f)
{
	uint64_t hash = place(f);
	if (hash == 0)
		return 0;
	atomic_fetch_add(&control->met, 1);
	const int *errors = kinds[kind].errors;
	uint32_t variant = atomic_load(&control->variant) % 4;
	int fixed = errors[variant] == 0 ? errors[0] : errors[variant];
	if (mode == MODE_ALL)
		return fixed;
	if (mode == MODE_NTH)
		return atomic_fetch_sub(&control->countdown, 1) == 1 ? fixed : 0;
	for (int i = 0; mode == MODE_NEW && i < 4 && errors[i] != 0; i++)
		if (is_new(mix(mix(hash, (uint64_t)(errors[i] + 2) << 8 ^ (uint64_t)kind), atomic_load(&control->scope)) | 1))
			return errors[i];
	return 0;
}

/* 0: go on. Else the errno to fail with, or SHORT. */
static int fails(enum kind kind)
{
	uint32_t mode = control == NULL ? MODE_OFF : atomic_load(&control->mode);
	if (mode == MODE_OFF || inside > 0 || (atomic_load(&control->kinds) & 1ull << kind) == 0)
		return 0;
	inside++;
	int saved = errno, error = 0;
	struct frames f = {.count = 0};
	_Unwind_Backtrace(note_frame, &f);
	while (atomic_flag_test_and_set(&busy))
		;
	mode = atomic_load(&control->mode); /* another thread may have had its fault meanwhile */
	if (mode != MODE_OFF)
		error = choose(kind, mode, &f);
	if (error != 0) {
		tell_where(&f, kind, error);
		if (mode != MODE_ALL)
			atomic_store(&control->mode, atomic_load(&control->sticky) != 0 ? MODE_ALL : MODE_OFF);
	}
	atomic_flag_clear(&busy);
	errno = saved;
	inside--;
	return error;
}

static bool refuses(enum kind kind)
{
	int error = fails(kind);
	if (error == 0)
		return false;
	errno = error == SHORT ? EIO : error;
	return true;
}

/* ---- leaks, while it runs ---- */

static void *watch_leaks(void *ctx)
{
	(void)ctx;
	inside = 1;
	for (;;) {
		uint32_t asked = atomic_load(&control->leaks_asked);
		if (asked != atomic_load(&control->leaks_answered)) {
			if (__lsan_do_recoverable_leak_check != NULL && __lsan_do_recoverable_leak_check() != 0)
				atomic_fetch_add(&control->leaks_found, 1);
			atomic_store(&control->leaks_answered, asked);
		}
		usleep(5000);
	}
	return NULL;
}

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("FAULTS_CONTROL");
	int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	void *page = mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (page == MAP_FAILED)
		return;
	dl_iterate_phdr(note_module, NULL);
	struct frames warm = {.count = 0};
	_Unwind_Backtrace(note_frame, &warm); /* what it allocates once is allocated now */
	/* A thread of ours takes no signal that was meant for the program. */
	sigset_t all, before;
	pthread_t thread;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	control = page;
	inside++;
	if (pthread_create(&thread, NULL, watch_leaks, NULL) == 0)
		pthread_detach(thread);
	inside--;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	atomic_store(&control->loaded, 1);
}

/* ---- allocations ---- */

void *malloc(size_t size)
{
	if (refuses(KIND_MALLOC))
		return NULL;
	return __interceptor_malloc != NULL ? __interceptor_malloc(size) : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	if (refuses(KIND_CALLOC))
		return NULL;
	return __interceptor_calloc != NULL ? __interceptor_calloc(count, size) : __libc_calloc(count, size);
}

void *realloc(void *at, size_t size)
{
	if (refuses(KIND_REALLOC))
		return NULL;
	return __interceptor_realloc != NULL ? __interceptor_realloc(at, size) : __libc_realloc(at, size);
}

char *strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	if (refuses(KIND_STRDUP))
		return NULL;
	char *copy = __interceptor_malloc != NULL ? __interceptor_malloc(size) : __libc_malloc(size);
	return copy == NULL ? NULL : memcpy(copy, text, size);
}

/* ---- calls of the system ---- */

/* The next one in line: the sanitiser's, else libc's. */
#define NEXT(name) \
	static __typeof__(&name) next; \
	if (next == NULL) { \
		inside++; \
		next = (__typeof__(&name))dlsym(RTLD_NEXT, #name); \
		inside--; \
	}

/* A call that returns -1 and sets errno. */
#define PLAIN(kind, type, name, parameters, arguments) \
	type name parameters \
	{ \
		NEXT(name) \
		return refuses(kind) ? (type)-1 : next arguments; \
	}

/* The kernel's own small objects (eventfd, signalfd) fail in no way but this. */
static bool is_file_or_socket(int fd)
{
	struct stat s;
	inside++;
	bool is = fstat(fd, &s) == 0 && (s.st_mode & S_IFMT) != 0;
	inside--;
	return is;
}

/* A call that may do less than it was asked to. */
#define SIZED(kind, name, parameters, arguments, size) \
	ssize_t name parameters \
	{ \
		NEXT(name) \
		int error = control != NULL && atomic_load(&control->mode) != MODE_OFF && is_file_or_socket(fd) ? fails(kind) : 0; \
		if (error > 0) { \
			errno = error; \
			return -1; \
		} \
		if (error == SHORT && size > 1) \
			size = size / 2; \
		return next arguments; \
	}

/* A call that returns its error. */
#define TELLING(kind, name, parameters, arguments) \
	int name parameters \
	{ \
		NEXT(name) \
		int error = fails(kind); \
		return error != 0 ? error : next arguments; \
	}

SIZED(KIND_READ, read, (int fd, void *at, size_t size), (fd, at, size), size)
SIZED(KIND_WRITE, write, (int fd, const void *at, size_t size), (fd, at, size), size)
SIZED(KIND_PREAD, pread, (int fd, void *at, size_t size, off_t from), (fd, at, size, from), size)
SIZED(KIND_PREAD, pread64, (int fd, void *at, size_t size, off64_t from), (fd, at, size, from), size)
SIZED(KIND_PWRITE, pwrite, (int fd, const void *at, size_t size, off_t to), (fd, at, size, to), size)
SIZED(KIND_PWRITE, pwrite64, (int fd, const void *at, size_t size, off64_t to), (fd, at, size, to), size)
SIZED(KIND_RECV, recv, (int fd, void *at, size_t size, int flags), (fd, at, size, flags), size)
SIZED(KIND_SEND, send, (int fd, const void *at, size_t size, int flags), (fd, at, size, flags), size)
PLAIN(KIND_FSYNC, int, fsync, (int fd), (fd))
PLAIN(KIND_FSYNC, int, fdatasync, (int fd), (fd))
PLAIN(KIND_TRUNCATE, int, ftruncate, (int fd, off_t size), (fd, size))
PLAIN(KIND_TRUNCATE, int, ftruncate64, (int fd, off64_t size), (fd, size))
PLAIN(KIND_RENAME, int, rename, (const char *from, const char *to), (from, to))
PLAIN(KIND_UNLINK, int, unlink, (const char *path), (path))
PLAIN(KIND_MKDIR, int, mkdir, (const char *path, mode_t mode), (path, mode))
PLAIN(KIND_FLOCK, int, flock, (int fd, int how), (fd, how))
PLAIN(KIND_STAT, int, fstat, (int fd, struct stat *out), (fd, out))
PLAIN(KIND_STAT, int, fstat64, (int fd, struct stat64 *out), (fd, out))
PLAIN(KIND_STATVFS, int, statvfs, (const char *path, struct statvfs *out), (path, out))
PLAIN(KIND_STATVFS, int, statvfs64, (const char *path, struct statvfs64 *out), (path, out))
PLAIN(KIND_ACCEPT, int, accept4, (int fd, struct sockaddr *from, socklen_t *size, int flags), (fd, from, size, flags))
PLAIN(KIND_EPOLL_CTL, int, epoll_ctl, (int fd, int what, int of, struct epoll_event *event), (fd, what, of, event))
PLAIN(KIND_EPOLL_WAIT, int, epoll_wait, (int fd, struct epoll_event *out, int most, int for_ms), (fd, out, most, for_ms))
PLAIN(KIND_HANDLE, int, eventfd, (unsigned start, int flags), (start, flags))
PLAIN(KIND_HANDLE, int, epoll_create1, (int flags), (flags))
PLAIN(KIND_HANDLE, int, signalfd, (int fd, const sigset_t *set, int flags), (fd, set, flags))
PLAIN(KIND_SOCKET, int, socket, (int domain, int type, int protocol), (domain, type, protocol))
PLAIN(KIND_BIND, int, bind, (int fd, const struct sockaddr *at, socklen_t size), (fd, at, size))
PLAIN(KIND_BIND, int, listen, (int fd, int most), (fd, most))
PLAIN(KIND_MMAP, void *, mmap, (void *at, size_t size, int how, int flags, int fd, off_t from), (at, size, how, flags, fd, from))
PLAIN(KIND_MMAP, void *, mmap64, (void *at, size_t size, int how, int flags, int fd, off64_t from), (at, size, how, flags, fd, from))
TELLING(KIND_FALLOCATE, posix_fallocate, (int fd, off_t from, off_t size), (fd, from, size))
TELLING(KIND_FALLOCATE, posix_fallocate64, (int fd, off64_t from, off64_t size), (fd, from, size))
TELLING(KIND_ALIGNED, posix_memalign, (void **out, size_t alignment, size_t size), (out, alignment, size))
TELLING(KIND_THREAD, pthread_create, (pthread_t *out, const pthread_attr_t *attributes, void *(*run)(void *), void *ctx),
	(out, attributes, run, ctx))

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	NEXT(sendmsg)
	int error = fails(KIND_SEND);
	if (error > 0) {
		errno = error;
		return -1;
	}
	struct iovec half;
	struct msghdr less = *message;
	if (error == SHORT && message->msg_iovlen > 0) {
		half = (struct iovec){message->msg_iov[0].iov_base, (message->msg_iov[0].iov_len + 1) / 2};
		less.msg_iov = &half;
		less.msg_iovlen = 1;
	}
	return next(fd, &less, flags);
}

DIR *opendir(const char *path)
{
	NEXT(opendir)
	return refuses(KIND_OPENDIR) ? NULL : next(path);
}

/* The last argument is there when a file may be made. */
#define OPENING(name, parameters, arguments) \
	int name parameters \
	{ \
		NEXT(name) \
		va_list more; \
		va_start(more, flags); \
		mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0; \
		va_end(more); \
		return refuses(KIND_OPEN) ? -1 : next arguments; \
	}
OPENING(open, (const char *path, int flags, ...), (path, flags, mode))
OPENING(open64, (const char *path, int flags, ...), (path, flags, mode))
OPENING(openat, (int folder, const char *path, int flags, ...), (folder, path, flags, mode))
OPENING(openat64, (int folder, const char *path, int flags, ...), (folder, path, flags, mode))

/* Taking a lock alone fails; the argument is passed on whatever it is. */
#define CONTROLLING(name) \
	int name(int fd, int what, ...) \
	{ \
		NEXT(name) \
		va_list more; \
		va_start(more, what); \
		void *argument = va_arg(more, void *); \
		va_end(more); \
		bool locks = (what == F_SETLK || what == F_SETLKW) && ((const struct flock *)argument)->l_type != F_UNLCK; \
		return locks && refuses(KIND_LOCK) ? -1 : next(fd, what, argument); \
	}
CONTROLLING(fcntl)
CONTROLLING(fcntl64)
