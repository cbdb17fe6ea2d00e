/* tests/faults/shim.h: the file between the shim inside a server and the test that drives it. Mapped by the shim, read and
 * written at fixed places by the test (gauge.ts knows the same numbers); little-endian. */
#ifndef CORDON_TESTS_FAULTS_SHIM_H
#define CORDON_TESTS_FAULTS_SHIM_H

#include <stdatomic.h>
#include <stdint.h>

#define DONE_SLOTS 262144u
#define WHERE_BYTES 3072

enum mode {
	MODE_OFF,    /* every call goes through */
	MODE_NEW,    /* the first call that has not failed yet from where it stands (and in this scope) fails, then OFF */
	MODE_NTH,    /* the call number `countdown` fails, then OFF */
	MODE_COUNT,  /* calls are counted */
	MODE_ALL,    /* every call fails; what NEW and NTH become when `sticky` */
};

struct control {
	_Atomic uint32_t mode;           /*   0 */
	_Atomic uint32_t sticky;         /*   4 */
	_Atomic uint64_t kinds;          /*   8: bits, by the rows of the table in shim.c */
	_Atomic uint64_t countdown;      /*  16 */
	_Atomic uint64_t scope;          /*  24: part of what counts as the same place */
	_Atomic uint32_t depth;          /*  32: how many frames of Cordon's own tell two places apart */
	_Atomic uint32_t variant;        /*  36: of MODE_NTH and MODE_ALL: which of a kind's failures */
	_Atomic uint64_t met;            /*  40: calls met while a fault was awaited */
	_Atomic uint64_t injected;       /*  48 */
	_Atomic uint32_t last_kind;      /*  56 */
	_Atomic int32_t last_error;      /*  60: errno; -1: less than asked */
	_Atomic uint32_t leaks_asked;    /*  64: counts up: look for leaks */
	_Atomic uint32_t leaks_answered; /*  68: follows it */
	_Atomic uint32_t leaks_found;    /*  72: how often there were some */
	_Atomic uint32_t loaded;         /*  76: 1: a program has mapped this */
	_Atomic uint64_t done_count;     /*  80 */
	uint8_t unused[1024 - 88];
	char where[WHERE_BYTES];         /* 1024: the frames of the last fault, a line each: module+0xoffset */
	uint64_t done[DONE_SLOTS];       /* 4096: what has failed already; by open addressing */
};

_Static_assert(sizeof(struct control) == 4096 + 8 * DONE_SLOTS, "the test knows these places");

#endif
