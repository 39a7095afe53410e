// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * killer [options] DOCTOR BUILD
 * Lets the doctor patch, upgrade and unpatch a patient of its own, killing it
 * at system calls or at random instants; last line: "N passed, N failed".
 */
#define _GNU_SOURCE
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

enum { MAX_FAILURES = 20, NOTHING = 3 /* exit code: nothing to do */ };

struct verb {
	const char *name;
	int from, to; /* levels */
};

static const char *const which_names[] = {
	[ALL_STOPS] = "",
	[ALTERING_STOPS] = "altering ",
	[WRITING_STOPS] = "writing ",
};

static const struct verb verbs[] = {
	{"patch", 0, 1},
	{"upgrade", 1, 2},
	{"unpatch", 1, 0},
};

struct tally {
	size_t passed, failed;
	size_t old, new; /* how the patient was found after a kill */
	size_t torn;	 /* which some modes allow */
	size_t mixed;	 /* a thread has seen both, for a moment */
	uint64_t worst_mix;
	size_t interrupted; /* system calls that a kill made return EINTR */
	int64_t longest_us; /* of a doctor that came after one that was killed */
};

struct killer {
	const struct options *o;
	struct patient patient;
	char pid[16];
	struct tally tally;
	struct run last; /* of the doctors, the last one */
	time_t from;	 /* when the verb's turn began */
	bool dirty;	 /* one was killed when old code might be out */
	int level;	 /* of a patient in which all is right; -1: not known */
	size_t fds;	 /* of it at that level */
	uint64_t mapped;
	struct marks marks; /* of the verb */
};

static const char *const *doctor_args(const struct killer *k, int to,
				      bool verbose)
{
	static const char *args[8];
	size_t n = 0;

	args[n++] = k->o->doctor;
	args[n++] = to ? "patch" : "unpatch";
	if (verbose)
		args[n++] = "-vv";
	/* So that it begins to park threads after a quarter of that. */
	if (k->o->mode == MODE_BUSY || k->o->mode == MODE_STOPPED)
		args[n++] = "--timeout=0.6";
	args[n++] = "-p";
	args[n++] = k->pid;
	if (to)
		args[n++] = k->o->level[to];
	args[n] = NULL;
	return args;
}

static const char *end_of(const char *text, size_t max)
{
	size_t len = strlen(text);

	return len > max ? text + len - max : text;
}

/* A doctor that isn't killed; 0 or `also` are the exit codes wanted. */
static bool doctor_does(struct killer *k, int to, int also)
{
	enum { NOT_NOW = 5, TRIES = 5 };

	for (int i = 0; i < TRIES; i++) {
		k->last = (struct run){.argv = doctor_args(k, to, true),
				       .kill_us = -1};
		run_free(&k->last);
		if (k->last.us > k->tally.longest_us)
			k->tally.longest_us = k->last.us;
		if (k->last.code != NOT_NOW)
			break;
	}
	if (k->last.code == 0 || k->last.code == also)
		return true;
	snprintf(k->patient.why, sizeof(k->patient.why),
		 "the next doctor's %s: exit code %d: %.400s",
		 to ? "patch" : "unpatch", k->last.code,
		 end_of(k->last.output, 400));
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

static bool run_info(struct killer *k)
{
	const char *args[] = {k->o->doctor, "info", "-p", k->pid, NULL};

	k->last = (struct run){.argv = args, .kill_us = -1};
	run_free(&k->last);
	if (k->last.code)
		snprintf(k->patient.why, sizeof(k->patient.why),
			 "info: exit code %d: %.400s", k->last.code,
			 k->last.output);
	return k->last.code == 0;
}

static bool info_is_true(struct killer *k, int level)
{
	bool seen = level == 0;

	if (!run_info(k))
		return false;
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

/* Of code that is neither old nor new, info says so. */
static bool info_says_torn(struct killer *k)
{
	k->tally.torn++;
	if (!run_info(k))
		return false;
	if (strstr(k->last.output, "partly"))
		return true;
	snprintf(k->patient.why, sizeof(k->patient.why),
		 "the code is torn, info says: %.400s", k->last.output);
	return false;
}

/* Only a kill may make system calls return EINTR. */
static bool interrupted_only_if(struct killer *k, bool killed)
{
	uint32_t n = atomic_exchange(&k->patient.shared->interrupted, 0);

	k->tally.interrupted += n;
	if (n && !killed)
		snprintf(k->patient.why, sizeof(k->patient.why),
			 "%u system calls returned EINTR, without a kill; the "
			 "last one: %s", n, k->patient.shared->interruption);
	return !n || killed;
}

/* After a doctor that was killed, or wasn't. */
static bool judge(struct killer *k, const struct verb *v, bool killed,
		  const uint64_t *marked)
{
	uint64_t mixed = 0;
	int level = -1;

	if (!patient_is_free(&k->patient))
		return false;
	bool well = patient_is_well(&k->patient, marked, &level, &mixed);
	bool torn = !well && killed && patient_is_torn(&k->patient);
	if ((!well && !torn) ||
	    !interrupted_only_if(k, killed || k->o->mode == MODE_STOPPED))
		return false;
	if (torn)
		return info_says_torn(k);
	bool half_way = level == 0 && killed &&
			(mode_may_be_torn(k->o->mode) ||
			 k->o->mode == MODE_STOPPED);
	if (level != v->from && level != v->to && !half_way) {
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

/* A doctor that isn't killed brings it to this level. */
static bool next_doctor_does(struct killer *k, int to)
{
	if (!doctor_does(k, to, NOTHING))
		return false;
	int level = patient_code_level(&k->patient);
	if (level >= 0 && level != to)
		snprintf(k->patient.why, sizeof(k->patient.why),
			 "level %d after the next doctor's %s", level,
			 to ? "patch" : "unpatch");
	if (level != to || to)
		return level == to;
	/*
	 * What was taken back, before the kill or because of it, may stay in
	 * memory until there is something to do for a doctor. And what the
	 * killed one has begun may be done only after the next one.
	 */
	k->dirty &= k->last.code == NOTHING;
	return k->dirty || k->o->mode == MODE_STOPPED ||
	       patient_is_clean(&k->patient);
}

/*
 * Brings it to that level, for a doctor that will be killed. What calls return
 * until each thread has ended a round is the work of those before.
 */
static bool settle_at(struct killer *k, int level)
{
	if (!next_doctor_does(k, level) || !patient_settle(&k->patient) ||
	    !patient_has_no_errors(&k->patient) ||
	    !interrupted_only_if(k, false))
		return false;
	k->level = level;
	k->fds = patient_count_fds(&k->patient);
	k->mapped = patient_count_mapped(&k->patient);
	return true;
}

/*
 * The next doctors patch, or unpatch at once, leave nothing behind, and bring
 * it to where the next one is killed.
 */
static bool next_doctors_work(struct killer *k, const struct verb *v)
{
	if (random() % 2 && !next_doctor_does(k, v->to ? v->to : v->from))
		return false;
	if (v->from && !next_doctor_does(k, 0))
		return false;
	return settle_at(k, v->from);
}

/*
 * A doctor which was killed before it did anything, as can be seen: then the
 * next one, which follows, finds what the last one found. Some are tried.
 */
static bool is_untouched(struct killer *k, const struct run *r)
{
	enum { TRIED = 8 };

	return r->killed && !r->touched && random() % TRIED &&
	       k->fds == patient_count_fds(&k->patient) &&
	       k->mapped == patient_count_mapped(&k->patient) &&
	       patient_code_level(&k->patient) == k->level;
}

static bool start_patient(struct killer *k)
{
	if (!patient_start(&k->patient, k->o->program, k->o->threads,
			   k->o->mode)) {
		printf("FAILED: %s\n", k->patient.why);
		k->tally.failed++;
		return false;
	}
	snprintf(k->pid, sizeof(k->pid), "%d", k->patient.pid);
	k->level = -1;
	return true;
}

/*
 * What a killed doctor has begun in a stopped patient comes only when that goes
 * on. Until then the next doctor may refuse, or give up.
 */
static bool go_on_after_another(struct killer *k, const struct verb *v)
{
	enum { FAILED = 1, NOT_NOW = 5 };
	int to = random() % 2 ? v->from : v->to;
	bool ok = true;

	if (random() % 4) {
		k->last = (struct run){.argv = doctor_args(k, to, false),
				       .kill_us = -1};
		run_free(&k->last);
		ok = k->last.code == 0 || k->last.code == NOTHING ||
		     k->last.code == FAILED || k->last.code == NOT_NOW;
	}
	if (!ok)
		snprintf(k->patient.why, sizeof(k->patient.why),
			 "a doctor of the stopped patient: exit code %d: %.400s",
			 k->last.code, k->last.output);
	kill(k->patient.pid, SIGCONT);
	return ok;
}

/* One kill, and all that is to be right afterwards. */
static bool trial(struct killer *k, const struct verb *v, struct run *r,
		  bool traced)
{
	uint64_t marked[MAX_THREADS];

	if (k->level != v->from && !settle_at(k, v->from))
		return false;
	patient_mark(&k->patient, marked);
	r->argv = doctor_args(k, v->to, false);
	if (k->o->mode == MODE_STOPPED)
		r->stop = k->patient.pid;
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
	if (r->stop && !r->killed)
		kill(r->stop, SIGCONT); /* the doctor was quicker */
	if (r->stop && r->killed && !go_on_after_another(k, v))
		return false;
	if (!judge(k, v, r->killed, marked))
		return false;
	if (is_untouched(k, r))
		return true;
	k->level = -1;
	k->dirty = r->killed && (v->from || mode_is_written_to(k->o->mode));
	return next_doctors_work(k, v);
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
	printf("FAILED: %d threads, %s: %s, killed %s: %s\n", k->o->threads,
	       mode_names[k->o->mode], v->name, when, k->patient.why);
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

/* Of a sample's time, half is for the stops of one kind, a fourth at random. */
static bool time_is_up(const struct killer *k, int parts)
{
	time_t now = time(NULL);

	return (k->o->seconds && (now - k->from) * 4 > k->o->seconds * parts) ||
	       (k->o->until && now >= k->o->until);
}

/* The altering stop before that one is where counting begins. */
static void begin_at_mark(const struct killer *k, struct run *r)
{
	size_t n = k->marks.n;

	while (n && k->marks.at[n - 1] > r->kill_at)
		n--;
	r->filtered &= n != 0;
	if (!r->filtered)
		return;
	r->skip = n;
	r->kill_at -= k->marks.at[n - 1];
}

/* Kills one at its nth stop, if it has so many. */
static bool kill_at_stop(struct killer *k, const struct verb *v, size_t n,
			 enum which which, bool *ret_killed)
{
	struct run r = {.kill_at = n, .kill_us = -1, .which = which,
			.filtered = k->o->mode != MODE_FILTER};

	if (which == ALL_STOPS)
		begin_at_mark(k, &r);
	bool ok = trial(k, v, &r, true);
	char when[96];

	snprintf(when, sizeof(when), "at %sstop %zu (%s)",
		 which_names[which], n, moment_name(&r.last));
	*ret_killed = r.killed;
	return count(k, v, when, ok);
}

/* How many stops there are, in *ret. */
static bool never_kill(struct killer *k, const struct verb *v, enum which which,
		       size_t *ret)
{
	struct run whole = {.kill_at = NEVER, .kill_us = -1, .which = which,
			    .marks = &k->marks};

	k->marks.n = k->marks.writing = 0;
	bool go_on = count(k, v, "never", trial(k, v, &whole, true));

	*ret = whole.stops;
	return go_on;
}

/* A sample from all `total` of them, as time is short: at least one. */
static bool kill_at_some(struct killer *k, const struct verb *v,
			 enum which which, size_t total)
{
	size_t left = total / (size_t)(which ? k->o->important : k->o->every);
	size_t kills = 0;
	bool go_on;

	do {
		bool killed;

		go_on = kill_at_stop(k, v, 1 + (size_t)random() % total,
				     which, &killed);
		kills += killed;
	} while (go_on && left-- > 1 && !time_is_up(k, which ? 2 : 3));
	printf("%d threads, %s, %s: killed at %zu entries and exits of %ssystem "
	       "calls\n", k->o->threads, mode_names[k->o->mode], v->name, kills,
	       which_names[which]);
	return go_on;
}

/* Where the doctor writes the code itself, it's there that matters. */
static bool kill_at_samples(struct killer *k, const struct verb *v)
{
	enum which which = ALTERING_STOPS;
	size_t total, some;

	if (!never_kill(k, v, ALL_STOPS, &total))
		return false;
	some = k->marks.n;
	if (mode_is_written_to(k->o->mode)) {
		which = WRITING_STOPS;
		some = k->marks.writing;
	}
	return kill_at_some(k, v, which, some) &&
	       kill_at_some(k, v, ALL_STOPS, total);
}

/*
 * At stops one by one. How many there are between two altering ones varies a
 * little, as the doctor waits in short turns: some may not be reached.
 */
static bool kill_at_each(struct killer *k, const struct verb *v)
{
	size_t step = (size_t)k->o->parts, n = (size_t)k->o->part;
	size_t total, kills = 0, tried = 0, planned;
	bool go_on = never_kill(k, v, k->o->which, &total);

	planned = total >= n ? (total - n) / step + 1 : 0;
	for (; go_on && n <= total && !time_is_up(k, 4); n += step) {
		bool killed;

		go_on = kill_at_stop(k, v, n, k->o->which, &killed);
		kills += killed;
		tried++;
	}
	printf("%d threads, %s, part %d of %d: tried %zu of %zu entries and "
	       "exits of %ssystem calls, killed at %zu\n", k->o->threads,
	       v->name, k->o->part, k->o->parts, tried, planned,
	       which_names[k->o->which], kills);
	return go_on;
}

static bool kill_at_stops(struct killer *k, const struct verb *v)
{
	bool killed;

	if (k->o->at)
		return kill_at_stop(k, v, k->o->at, k->o->which, &killed);
	if (k->o->parts)
		return kill_at_each(k, v);
	return kill_at_samples(k, v);
}

static bool kill_at_random(struct killer *k, const struct verb *v)
{
	struct run whole = {.kill_us = -1};
	bool go_on = count(k, v, "never", trial(k, v, &whole, false));
	int64_t longest = whole.us + whole.us / 10;

	int i = 0;
	for (; go_on && i < k->o->random &&
	       ((k->o->seconds && !i) || !time_is_up(k, 4)); i++) {
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
		go_on = kill_at_stops(k, &verbs[i]);
		if (go_on && k->o->random)
			go_on = kill_at_random(k, &verbs[i]);
		fflush(stdout);
	}
	if (go_on)
		patient_end(&k->patient);
}

int main(int argc, char **argv)
{
	struct options o;
	struct killer k = {.o = &o};
	struct timespec start, end;

	if (!parse_options(argc, argv, &o)) {
		print_usage();
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	clock_gettime(CLOCK_MONOTONIC, &start);
	kill_all(&k);
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("%d threads: found as before %zu times, as intended %zu times; "
	       "torn %zu times, "
	       "both seen for a moment %zu times, %" PRIu64 " changes at most; "
	       "EINTR after a kill %zu times; the longest next doctor took "
	       "%ld ms; %ld s\n", o.threads, k.tally.old,
	       k.tally.new, k.tally.torn, k.tally.mixed, k.tally.worst_mix,
	       k.tally.interrupted, (long)(k.tally.longest_us / 1000),
	       (long)(end.tv_sec - start.tv_sec));
	printf("%zu passed, %zu failed\n", k.tally.passed, k.tally.failed);
	return k.tally.failed != 0;
}
