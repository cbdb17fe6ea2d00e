/* base/log.c: a line is put together on the stack and leaves in one write(2), so lines of
 * several threads never mix and a full pipe costs at most that line. */
#include "base/log.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/when.h"

#define LINE_SIZE_MAX 1000

/* The one switch of the process: read by every thread, set at start. */
static _Atomic int level_now = LOG_LEVEL_INFO;

void log_set_level(enum log_level level)
{
	atomic_store_explicit(&level_now, (int)level, memory_order_relaxed);
}

static const char *level_word(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_ERROR: return "error";
	case LOG_LEVEL_WARN: return "warn";
	case LOG_LEVEL_INFO: return "info";
	case LOG_LEVEL_DEBUG: return "debug";
	}
	return "?";
}

void log_line(enum log_level level, const char *module, const char *format, ...)
{
	if ((int)level > atomic_load_explicit(&level_now, memory_order_relaxed))
		return;
	int errno_before = errno;
	char line[LINE_SIZE_MAX + 8], at[WHEN_SIZE];
	struct clock clock = clock_system();
	int head = snprintf(line, sizeof(line), "%s %s %.32s: ", when_format(clock.now(clock.self), 0, at),
	                    level_word(level), module);
	size_t size = head > 0 ? (size_t)head : 0;
	va_list args;
	va_start(args, format);
	int rest = vsnprintf(line + size, sizeof(line) - size, format, args);
	va_end(args);
	if (rest > 0)
		size += (size_t)rest;
	if (size > sizeof(line) - 1)
		size = sizeof(line) - 1;
	size = text_fit((struct text){line, size}, LINE_SIZE_MAX - 1);
	/* Text from outside must not be able to write lines of its own or steer a terminal. */
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7F)
			line[i] = '?';
	line[size++] = '\n';
	ssize_t written;
	do
		written = write(STDERR_FILENO, line, size);
	while (written < 0 && errno == EINTR);
	errno = errno_before;
}
