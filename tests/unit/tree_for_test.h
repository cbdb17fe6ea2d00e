/* tests/unit/tree_for_test.h: where the repository and the shared data lie, whichever folder the test is run from. */
#ifndef CORDON_TEST_TREE_H
#define CORDON_TEST_TREE_H

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define TREE_PATH 4096

/* The nearest folder above this program that holds `name`; false: none does. */
static inline bool tree_find(const char *name, char out[TREE_PATH])
{
	char at[PATH_MAX + 1];
	ssize_t size = readlink("/proc/self/exe", at, PATH_MAX);
	if (size <= 0)
		return false;
	at[size] = '\0';
	for (char *slash = strrchr(at, '/'); slash != NULL; slash = strrchr(at, '/')) {
		*slash = '\0';
		if (snprintf(out, TREE_PATH, "%s/%s", at, name) < TREE_PATH && access(out, R_OK) == 0)
			return true;
	}
	return false;
}

/* A file of the repository; fails the test if it is not there. */
static inline void tree_file(const char *name, char out[TREE_PATH])
{
	if (!tree_find(name, out))
		fail_msg("%s is not in the repository", name);
}

/* A file of the shared data ($CORDON_SHARED, or ../shared); says so and gives false where it is absent. */
static inline bool tree_shared(const char *name, char out[TREE_PATH])
{
	const char *set = getenv("CORDON_SHARED");
	char relative[256];
	if (set != NULL && snprintf(out, TREE_PATH, "%s/%s", set, name) < TREE_PATH && access(out, R_OK) == 0)
		return true;
	snprintf(relative, sizeof(relative), "shared/%s", name);
	if (set == NULL && tree_find(relative, out))
		return true;
	print_message("SKIPPED: %s is not among the shared data\n", name);
	return false;
}

#endif
