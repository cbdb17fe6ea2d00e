/* The table of the validation: case_list.h. */
#include "cases.h"

const struct trial_case trial_cases[] = {
#include "case_list.h"
};
const uint32_t trial_case_count = sizeof(trial_cases) / sizeof(trial_cases[0]);
