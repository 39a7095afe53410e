// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * killer [options] DOCTOR PATIENT LEVEL1.kpatch LEVEL2.kpatch
 * Lets the doctor patch, upgrade and unpatch a patient of its own, killing it
 * at system calls or at random instants; last line: "N passed, N failed".
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <time.h>

#include "killer.h"

enum { MAX_FAILURES = 20 };

struct options {
	const char *doctor, *program, *level[LEVELS]; /* [1], [2]: files */
	int threads;
	int every;	  /* kill at each so many stops; 1: at all */
	int important;	  /* likewise, at those that alter the patient */
	int random;	  /* kills at random instants, for each verb */
	const char *only; /* a verb */
	size_t at;	  /* only this stop */
	int seconds;	  /* for each verb; 0: as long as it takes */
};

struct verb {
	const char *name;
	int from, to; /* levels */
};

static const struct verb verbs[] = {
	{"patch", 0, 1},
	{"upgrade", 1, 2},
	{"unpatch", 1, 0},
};

struct tally {
	size_t passed, failed;
	size_t old, new; /* how the patient was found after a kill */
	size_t mixed;	 /* a thread has seen both, for a moment */
	uint64_t worst_mix;
	size_t interrupted; /* system calls that a kill made return EINTR */
};

struct killer {
	const struct options *o;
	struct patient patient;
	char pid[16];
	struct tally tally;
	struct run last; /* of the doctors, the last one */
	time_t from;	 /* when the verb's turn began */
};

static const char *const *doctor_args(const struct killer *k, int to)
{
	static const char *args[8];
	size_t n = 0;

	args[n++] = k->o->doctor;
	args[n++] = to ? "patch" : "unpatch";
	args[n++] = "-p";
	args[n++] = k->pid;
	if (to)
		args[n++] = k->o->level[to];
	args[n] = NULL;
	return args;
}

/* A doctor that isn't killed; 0 or `also` are the exit codes wanted. */
static bool doctor_does(struct killer *k, int to, int also)
{
	enum { NOT_NOW = 5, TRIES = 5 };

	for (int i = 0; i < TRIES; i++) {
		k->last = (struct run){.argv = doctor_args(k, to),
				       .kill_us = -1};
		run_free(&k->last);
		if (k->last.code != NOT_NOW)
			break;
	}
	if (k->last.code == 0 || k->last.code == also)
		return true;
	snprintf(k->patient.why, sizeof(k->patient.why),
		 "the next doctor's %s: exit code %d: %.400s",
		 to ? "patch" : "unpatch", k->last.code, k->last.output);
	return false;
}

/* A line of info: is what it says of a level what the code says? */
static bool line_is_true(struct killer *k, const char *text, int level,
			 bool *ret_seen)
{
	unsigned int said, hunks;
	char state[64];

	if (sscanf(text, "patched: level %u, %u hunk(s), %63[a-z, ]", &said,
		   &hunks, state) != 3)
		return true;
	char *more = strstr(state, " patched");
	if (more)
		*more = '\0';
	bool applied = !strcmp(state, "applied") ||
		       !strcmp(state, "interrupted, applied");
	bool out = !strcmp(state, "interrupted, not applied");
	*ret_seen |= applied && (int)said == level;
	if (((int)said == level && applied) || ((int)said != level && out))
		return true;
	snprintf(k->patient.why, sizeof(k->patient.why),
		 "info says \"%.60s\" of level %u, the code is of level %d",
		 state, said, level);
	return false;
}

static bool info_is_true(struct killer *k, int level)
{
	const char *args[] = {k->o->doctor, "info", "-p", k->pid, NULL};
	bool seen = level == 0;

	k->last = (struct run){.argv = args, .kill_us = -1};
	run_free(&k->last);
	if (k->last.code) {
		snprintf(k->patient.why, sizeof(k->patient.why),
			 "info: exit code %d: %.400s", k->last.code,
			 k->last.output);
		return false;
	}
	for (const char *at = k->last.output;
	     (at = strstr(at, "patched: ")); at++)
		if (!line_is_true(k, at, level, &seen))
			return false;
	if (!seen)
		snprintf(k->patient.why, sizeof(k->patient.why),
			 "info does not show level %d: %.400s", level,
			 k->last.output);
	return seen;
}

/* Only a kill may make system calls return EINTR. */
static bool interrupted_only_if(struct killer *k, bool killed)
{
	uint32_t n = atomic_exchange(&k->patient.shared->interrupted, 0);

	k->tally.interrupted += n;
	if (n && !killed)
		snprintf(k->patient.why, sizeof(k->patient.why),
			 "%u system calls returned EINTR, without a kill", n);
	return !n || killed;
}

/* After a doctor that was killed, or wasn't. */
static bool judge(struct killer *k, const struct verb *v, bool killed,
		  const uint64_t *marked)
{
	uint64_t mixed = 0;
	int level = -1;

	if (!patient_is_free(&k->patient) ||
	    !patient_is_well(&k->patient, marked, &level, &mixed) ||
	    !interrupted_only_if(k, killed))
		return false;
	if (level != v->from && level != v->to) {
		snprintf(k->patient.why, sizeof(k->patient.why),
			 "the code is of level %d", level);
		return false;
	}
	k->tally.old += level == v->from;
	k->tally.new += level == v->to;
	k->tally.mixed += mixed != 0;
	if (mixed > k->tally.worst_mix)
		k->tally.worst_mix = mixed;
	return info_is_true(k, level);
}

/* The next doctor patches, unpatches and leaves nothing behind. */
static bool next_doctor_works(struct killer *k, const struct verb *v)
{
	enum { NOTHING = 3 };
	int to = v->to ? v->to : v->from;
	uint64_t marked[MAX_THREADS], mixed;
	int level = -1;

	patient_mark(&k->patient, marked);
	if (!doctor_does(k, to, NOTHING))
		return false;
	level = patient_code_level(&k->patient);
	if (level != to) {
		if (level >= 0)
			snprintf(k->patient.why, sizeof(k->patient.why),
				 "level %d after patch", level);
		return false;
	}
	return doctor_does(k, 0, 0) && patient_is_free(&k->patient) &&
	       patient_is_clean(&k->patient) &&
	       (patient_mark(&k->patient, marked),
		patient_is_well(&k->patient, marked, &level, &mixed)) &&
	       interrupted_only_if(k, false);
}

static bool start_patient(struct killer *k)
{
	if (!patient_start(&k->patient, k->o->program, k->o->threads)) {
		printf("FAILED: %s\n", k->patient.why);
		k->tally.failed++;
		return false;
	}
	snprintf(k->pid, sizeof(k->pid), "%d", k->patient.pid);
	return true;
}

/* One kill, and all that is to be right afterwards. */
static bool trial(struct killer *k, const struct verb *v, struct run *r,
		  bool traced)
{
	uint64_t marked[MAX_THREADS];

	if (v->from && (!doctor_does(k, v->from, 0) ||
			!patient_settle(&k->patient)))
		return false;
	patient_mark(&k->patient, marked);
	r->argv = doctor_args(k, v->to);
	if (traced)
		run_traced(r);
	else
		run_free(r);
	/* On a busy machine it may have had to give up; that's tried too. */
	if (!r->killed && r->code != 0 && r->code != 5) {
		snprintf(k->patient.why, sizeof(k->patient.why),
			 "not killed, but: exit code %d: %.400s", r->code,
			 r->output);
		return false;
	}
	return judge(k, v, r->killed, marked) && next_doctor_works(k, v);
}

/* False if it is no use going on. */
static bool count(struct killer *k, const struct verb *v, const char *when,
		  bool ok)
{
	if (ok) {
		k->tally.passed++;
		return true;
	}
	k->tally.failed++;
	printf("FAILED: %d threads: %s, killed %s: %s\n", k->o->threads,
	       v->name, when, k->patient.why);
	printf("--- the last doctor's words:\n%s", k->last.output);
	fflush(stdout);
	patient_end(&k->patient);
	return k->tally.failed < MAX_FAILURES && start_patient(k);
}

static const char *moment_name(const struct moment *m)
{
	static char text[64];

	if (m->nr == SYS_ptrace)
		snprintf(text, sizeof(text), "ptrace(%#lx)", m->arg);
	else
		snprintf(text, sizeof(text), "system call %ld", m->nr);
	return text;
}

/* Half of the time is for the stops of one kind, the rest for the others. */
static bool time_is_up(const struct killer *k, int parts)
{
	return k->o->seconds &&
	       (time(NULL) - k->from) * 4 > k->o->seconds * parts;
}

/*
 * At stops one by one until there is none of that number any more; how many
 * there are varies a little, as the doctor waits in short turns.
 */
static bool kill_at_stops(struct killer *k, const struct verb *v,
			  bool important)
{
	size_t step = (size_t)(important ? k->o->important : k->o->every);
	size_t n = k->o->at ? k->o->at : step == 1 ? 1 : 1 + (size_t)random() % step;
	size_t kills = 0, left = SIZE_MAX, total = 0;
	bool go_on = true, killed = true;

	if (k->o->seconds && !k->o->at) {
		/* A sample from all of them, as time may be short. */
		struct run whole = {.kill_us = -1, .important = important};

		go_on = count(k, v, "never", trial(k, v, &whole, true));
		total = whole.stops;
		left = total / step;
	}

	while (go_on && killed && left-- &&
	       !time_is_up(k, important ? 2 : 3)) {
		if (total)
			n = 1 + (size_t)random() % total;
		struct run r = {.kill_at = n, .kill_us = -1,
				.important = important};
		bool ok = trial(k, v, &r, true);
		char when[96];

		snprintf(when, sizeof(when), "at %sstop %zu (%s)",
			 important ? "important " : "", n,
			 moment_name(&r.last));
		go_on = count(k, v, when, ok) && !k->o->at;
		killed = r.killed || !ok || total;
		kills += r.killed;
		n += step;
	}
	printf("%d threads, %s: killed at %zu entries and exits of %s\n",
	       k->o->threads, v->name, kills,
	       important ? "system calls that alter the patient"
			 : "system calls");
	return go_on;
}

static bool kill_at_random(struct killer *k, const struct verb *v)
{
	struct run whole = {.kill_us = -1};
	bool go_on = count(k, v, "never", trial(k, v, &whole, false));
	int64_t longest = whole.us + whole.us / 10;

	int i = 0;
	for (; go_on && i < k->o->random && !time_is_up(k, 4); i++) {
		struct run r = {.kill_us = random() % longest};
		char when[64];

		snprintf(when, sizeof(when), "after %" PRId64 " us",
			 r.kill_us);
		go_on = count(k, v, when, trial(k, v, &r, false));
	}
	printf("%d threads, %s: killed at %d random instants\n",
	       k->o->threads, v->name, i);
	return go_on;
}

static void kill_all(struct killer *k)
{
	bool go_on = start_patient(k);

	for (size_t i = 0; go_on && i < sizeof(verbs) / sizeof(*verbs); i++) {
		if (k->o->only && strcmp(k->o->only, verbs[i].name))
			continue;
		k->from = time(NULL);
		go_on = kill_at_stops(k, &verbs[i], true) &&
			kill_at_stops(k, &verbs[i], false);
		if (go_on && k->o->random)
			go_on = kill_at_random(k, &verbs[i]);
		fflush(stdout);
	}
	if (go_on)
		patient_end(&k->patient);
}

static bool parse(int argc, char **argv, struct options *o)
{
	static const struct option options[] = {
		{"threads", required_argument, NULL, 't'},
		{"every", required_argument, NULL, 'e'},
		{"important", required_argument, NULL, 'i'},
		{"random", required_argument, NULL, 'r'},
		{"only", required_argument, NULL, 'o'},
		{"at", required_argument, NULL, 'a'},
		{"seconds", required_argument, NULL, 'S'},
		{"seed", required_argument, NULL, 's'},
		{0},
	};
	int c;

	*o = (struct options){.threads = 2, .every = 1, .important = 1};
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 't': o->threads = atoi(optarg); break;
		case 'e': o->every = atoi(optarg); break;
		case 'i': o->important = atoi(optarg); break;
		case 'r': o->random = atoi(optarg); break;
		case 'o': o->only = optarg; break;
		case 'a': o->at = (size_t)atoi(optarg); break;
		case 'S': o->seconds = atoi(optarg); break;
		case 's': srandom((unsigned int)atoi(optarg)); break;
		default: return false;
		}
	}
	if (argc - optind != 4 || o->every < 1 || o->important < 1)
		return false;
	o->doctor = argv[optind];
	o->program = argv[optind + 1];
	o->level[1] = argv[optind + 2];
	o->level[2] = argv[optind + 3];
	return true;
}

int main(int argc, char **argv)
{
	struct options o;
	struct killer k = {.o = &o};
	struct timespec start, end;

	if (!parse(argc, argv, &o)) {
		fprintf(stderr, "usage: killer [--threads N] [--every N] "
			"[--important N]\n"
			"  [--random N] [--only VERB] [--at N] [--seed N]\n"
			"  [--seconds N]\n"
			"  DOCTOR PATIENT LEVEL1.kpatch LEVEL2.kpatch\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	clock_gettime(CLOCK_MONOTONIC, &start);
	kill_all(&k);
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("%d threads: found as before %zu times, as intended %zu times; "
	       "both seen for a moment %zu times, %" PRIu64 " changes at most; "
	       "EINTR after a kill %zu times; %ld s\n", o.threads, k.tally.old,
	       k.tally.new, k.tally.mixed, k.tally.worst_mix,
	       k.tally.interrupted, (long)(end.tv_sec - start.tv_sec));
	printf("%zu passed, %zu failed\n", k.tally.passed, k.tally.failed);
	return k.tally.failed != 0;
}
