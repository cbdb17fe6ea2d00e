/* plan/schema.h: the properties that a plan file knows, as data.
 *
 * One table from which plan_read takes types, limits and words, the nearest-name suggestions
 * are made, and against which a test holds docs/PLAN.md. */
#ifndef CORDON_PLAN_SCHEMA_H
#define CORDON_PLAN_SCHEMA_H

#include "plan/plan.h"

/* What a field belongs to: a set of bits, the nine kinds first (1u << enum plan_kind). */
#define OF_ZONE (1u << PLAN_ZONE)
#define OF_CHECKPOINT (1u << PLAN_CHECKPOINT)
#define OF_LINK (1u << PLAN_LINK)
#define OF_POST (1u << PLAN_POST)
#define OF_CAMERA (1u << PLAN_CAMERA)
#define OF_BARRIER (1u << PLAN_BARRIER)
#define OF_SOURCE (1u << PLAN_SOURCE)
#define OF_ASSET (1u << PLAN_ASSET)
#define OF_ROUTE (1u << PLAN_ROUTE)
#define OF_FEATURE ((1u << PLAN_KIND_COUNT) - 1u)
#define OF_HEAD (1u << 9)
#define OF_TIMETABLE (1u << 10)
#define OF_GEOREFERENCE (1u << 11)
#define OF_LANE (1u << 12)
#define OF_DEVICE (1u << 13)

enum schema_type { SCHEMA_NUMBER, SCHEMA_COUNT, SCHEMA_BOOL, SCHEMA_WORD, SCHEMA_TEXT, SCHEMA_NAME, SCHEMA_ID,
	SCHEMA_ZONE, SCHEMA_TIME, SCHEMA_LIST, SCHEMA_OBJECT, SCHEMA_ANY };

struct schema_field {
	uint32_t of;
	const char *name;
	enum schema_type type;
	double min, max;            /* of numbers and counts */
	const char *const *words;   /* of words: ends with NULL */
	bool required;
};

const struct schema_field *schema_find(uint32_t of, const char *name); /* NULL: not known */
const struct schema_field *schema_at(size_t index);                   /* all rows; NULL behind the last */
const char *schema_nearest(uint32_t of, const char *name);            /* by edit distance; never NULL */
const char *schema_nearest_word(const char *const *words, const char *word);
/* Insertions, deletions and replacements that turn one into the other; texts are cut at 64 bytes. */
unsigned schema_edits(const char *a, const char *b);

extern const char *const plan_kind_words[], *const plan_use_words[], *const plan_stage_words[],
	*const plan_rules_words[], *const plan_device_words[], *const plan_coordinates_words[];

#endif
