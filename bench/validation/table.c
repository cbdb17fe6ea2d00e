/* Reading numbers in rows. */
#include "table.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool add_row(struct table *t, const double *row)
{
	if (t->rows == t->room) {
		uint32_t room = t->room == 0 ? 1024 : 2 * t->room;
		double *values = realloc(t->values, (size_t)room * t->columns * sizeof(double));
		if (values == NULL)
			return false;
		t->values = values;
		t->room = room;
	}
	memcpy(t->values + (size_t)t->rows * t->columns, row, t->columns * sizeof(double));
	t->rows++;
	return true;
}

static bool read_file(struct table *t, const char *path)
{
	FILE *f = fopen(path, "r");
	if (f == NULL)
		return false;
	char line[512];
	bool ok = true;
	while (ok && fgets(line, sizeof(line), f) != NULL) {
		double row[16];
		uint32_t count = 0;
		char *at = line;
		while (count < t->columns) {
			char *end;
			at += strspn(at, " \t,;");
			row[count] = strtod(at, &end);
			if (end == at)
				break;
			count++;
			at = end;
		}
		if (count == t->columns)
			ok = add_row(t, row);
	}
	fclose(f);
	return ok;
}

bool table_read(struct table *t, const char *shared, const char *path, uint32_t columns)
{
	char whole[1024];
	*t = (struct table){.columns = columns};
	if (shared == NULL || columns > 16 || snprintf(whole, sizeof(whole), "%s/%s", shared, path) >= (int)sizeof(whole))
		return false;
	if (read_file(t, whole) && t->rows > 0)
		return true;
	table_free(t);
	return false;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

bool table_read_folder(struct table *t, const char *shared, const char *folder, uint32_t columns)
{
	char whole[1024];
	*t = (struct table){.columns = columns};
	if (shared == NULL || columns > 16 || snprintf(whole, sizeof(whole), "%s/%s", shared, folder) >= (int)sizeof(whole))
		return false;
	struct dirent **names = NULL;
	int count = scandir(whole, &names, NULL, by_name);
	for (int i = 0; i < count; i++) {
		char path[2048];
		const char *dot = strrchr(names[i]->d_name, '.');
		if (dot != NULL && (strcmp(dot, ".dat") == 0 || strcmp(dot, ".txt") == 0)
			&& snprintf(path, sizeof(path), "%s/%s", whole, names[i]->d_name) < (int)sizeof(path))
			read_file(t, path);
		free(names[i]);
	}
	free(names);
	return t->rows > 0;
}

void table_free(struct table *t)
{
	free(t->values);
	*t = (struct table){0};
}

double table_at(const struct table *t, uint32_t row, uint32_t column)
{
	return t->values[(size_t)row * t->columns + column];
}
