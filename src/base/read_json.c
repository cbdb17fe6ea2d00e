/* base/read_json.c: jansson's allocations are ours, so that one that failed is known. */
#include "base/read_json.h"

#include <stdlib.h>

/* Of the thread that reads: jansson has no place of its own where it could be kept. */
static _Thread_local bool lacked_memory;

static void *take(size_t size)
{
	void *taken = malloc(size);
	lacked_memory = lacked_memory || taken == NULL;
	return taken;
}

/* Before main(), because jansson takes it for the whole program and without a lock. What it had by malloc() it may give to free(). */
__attribute__((constructor)) static void watch_jansson(void) { json_set_alloc_funcs(take, free); }

err_t read_json(struct text text, size_t flags, json_t **out, json_error_t *error)
{
	lacked_memory = false;
	json_t *root = json_loadb(text.at == NULL ? "" : text.at, text.size, flags, error);
	if (lacked_memory) {
		json_decref(root);
		return ERR_MEMORY;
	}
	if (root == NULL)
		return ERR_JSON_SYNTAX;
	*out = root;
	return ERR_NONE;
}

err_t print_json(const json_t *json, char **out)
{
	lacked_memory = false;
	char *text = json_dumps(json, JSON_COMPACT);
	if (text == NULL || lacked_memory) {
		free(text);
		return ERR_MEMORY;
	}
	*out = text;
	return ERR_NONE;
}
