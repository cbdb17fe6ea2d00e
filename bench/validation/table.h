/* bench/validation/table.h: the reference data: numbers in rows, as the archives give them. */
#ifndef CORDON_VALIDATION_TABLE_H
#define CORDON_VALIDATION_TABLE_H

#include <stdbool.h>
#include <stdint.h>

struct table { double *values; uint32_t rows, columns, room; };
/* Rows of at least `columns` numbers (blanks, tabs, commas between); lines that are not (headers) are passed over. False: not there. */
bool table_read(struct table *t, const char *shared, const char *path, uint32_t columns);
/* All .dat and .txt files of a folder, one after the other. */
bool table_read_folder(struct table *t, const char *shared, const char *folder, uint32_t columns);
void table_free(struct table *t);
double table_at(const struct table *t, uint32_t row, uint32_t column);

#endif
