/* plan/findings.h: the table of findings and how one is added.
 *
 * A finding is built from a row of findings_list.h and up to three figures of the case, given
 * as text: the same call makes the English and the Chinese sentence, and no format string can
 * disagree with its arguments. What comes from the file is cleaned of control characters. */
#ifndef CORDON_PLAN_FINDINGS_H
#define CORDON_PLAN_FINDINGS_H

#include "plan/plan.h"

enum finding_code {
#define X(name, code, severity, en, zh, fix_en, fix_zh) FINDING_##name,
#include "plan/findings_list.h"
#undef X
	FINDING_CODE_COUNT
};

struct finding_row {
	const char *code;
	enum plan_severity severity;
	const char *en, *zh, *fix_en, *fix_zh;
};
const struct finding_row *finding_row(enum finding_code code);

/* Where it was found; NULL texts mean "". */
struct finding_place {
	int line;
	const char *feature, *field;
};
/* Never fails: what cannot be kept (limit, no memory) is counted in `dropped` and in `errors`. */
void finding_add(struct plan_findings *f, enum finding_code code, struct finding_place place, const char *a,
                 const char *b, const char *c);

/* A number as text for a finding: figure(2.5, 1).at lives to the end of the full expression. */
struct figure { char at[40]; };
struct figure figure(double v, int decimals);
struct figure figures(double v, const char *between, double w, int decimals); /* "0 to 0.5" */

#endif
