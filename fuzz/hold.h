/* fuzz/hold.h: what must hold. What does not is named on standard error, with its place, and ends the target.
 *   HOLD(count == 1);                       says the expression
 *   hold(count == 1, "there is one thing"); says the sentence */
#ifndef CORDON_FUZZ_HOLD_H
#define CORDON_FUZZ_HOLD_H

#include <stdbool.h>

#define HOLD(thing) hold_at((thing), #thing, __FILE__, __LINE__)
#define hold(thing, what) hold_at((thing), (what), __FILE__, __LINE__)
void hold_at(bool true_thing, const char *what, const char *file, int line);

#endif
