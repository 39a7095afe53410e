// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * While running threads of a patient are held, nothing else should get our
 * CPU: on a busy machine, and one of them may be what makes it busy, we would
 * wait for a whole time slice (some 4 ms) with them held. So for these moments
 * we are a real-time process (sched(7)). What we wait for sleeps or stops; who
 * needs our CPU for that gets it, as we don't look for long (wait.c).
 *
 * Where that isn't allowed (RLIMIT_RTPRIO, a group without real-time share),
 * we go on without.
 */
#include <sched.h>

#include "target/priv.h"

void urgency_begin(struct target *t)
{
	struct target_priv *p = t->priv;
	struct sched_param fifo = {.sched_priority = 1};

	if (p->urgent)
		return;
	p->usual_policy = sched_getscheduler(0);
	p->urgent = p->usual_policy >= 0 &&
		    !sched_getparam(0, &p->usual_param) &&
		    !sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK,
					&fifo);
}

void urgency_end(struct target *t)
{
	struct target_priv *p = t->priv;

	if (p->urgent)
		sched_setscheduler(0, p->usual_policy, &p->usual_param);
	p->urgent = false;
}
