/* rehearse/words.h: figures as they are read aloud, in both languages. Inside rehearse/. */
#ifndef CORDON_REHEARSE_WORDS_H
#define CORDON_REHEARSE_WORDS_H

#include "rehearse/rehearse.h"

#define WORDS_SIZE 64
struct words { char en[WORDS_SIZE], zh[WORDS_SIZE]; };
struct words words_clock(const struct rehearsal *r, double at_s); /* "18:47"; evacuation: "6 min after the alarm" */
struct words words_span(double s);                                /* "45 s", "6 min", "1 h 05 min" */
struct words words_people(double ppl);                            /* "1,240" */
struct words words_runs(uint32_t of, uint32_t runs);              /* "in 19 of 20 runs" */
/* Cut where it does not fit, never inside a character. */
void words_say(char out[320], const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
