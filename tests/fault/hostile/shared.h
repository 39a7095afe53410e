// SPDX-License-Identifier: GPL-2.0-or-later
/* What the patient and the driver share: a page of a memfd. */
#ifndef SHARED_H
#define SHARED_H

#include <stdint.h>

struct shared {
	volatile uint64_t rounds; /* of its checks */
	volatile uint64_t wrong;  /* results that were not as they should */
	volatile uint32_t asked, answered;
	volatile int32_t answers[2]; /* of the replaced functions */
};

/* What these answer in the original and with the good patches. */
#define OLD_ANSWERS {107010, 15}
#define NEW_ANSWERS {207011, 18}

#endif
