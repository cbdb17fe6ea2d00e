/* plan/graph.h: zones as places, checkpoints and links as ways between them.
 *
 *   outside ==transfer==> approach --precheck--> holding --ticket--> concourse ==transfer==> stand
 *      ^                                                                |
 *      +----------------------------- exit -----------------------------+          == both ways
 */
#ifndef CORDON_PLAN_GRAPH_H
#define CORDON_PLAN_GRAPH_H

#include "plan/rules.h"

enum direction { GRAPH_IN, GRAPH_OUT };

/* Sets out[zone]: reached from outside (IN), or outside is reached from there (OUT; exits and checkpoints with
 * exit_use, those also against their direction). Errors: MEMORY. */
err_t graph_reach(const struct plan *p, enum direction direction, bool *out /* [zone_count] */);

#define GRAPH_UNBOUNDED 1e9
/* The most people a minute that the open lanes let from outside to the zones of `audience`: a maximum flow, so a gate
 * group whose security is weak is not helped by another's. GRAPH_UNBOUNDED or more: a way without a check leads in. */
err_t graph_entry_ppl_min(const struct plan *p, const struct rule_set *set, const bool *audience, double *out);

#endif
