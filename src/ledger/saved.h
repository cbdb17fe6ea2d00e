/* ledger/saved.h: the name of the saved form, for save.c and load.c. */
#ifndef CORDON_LEDGER_SAVED_H
#define CORDON_LEDGER_SAVED_H

#include "ledger/internal.h"

#define SAVED_MAGIC "CLDG"
#define SAVED_VERSION 1u

#endif
