// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mutated patch files against a live patient. Of each: the doctor ends by
 * itself within a minute, refuses it with one line and a documented exit code, and
 * leaves the patient exactly as it was; or applies it (its checksum is right,
 * so it may be a patch that somebody wanted) and can take it back.
 *
 * usage: driver DOCTOR PATIENT WORK FIRST COUNT PATCH...
 * WORK is a folder for files. Last line: "N passed, N failed".
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "kpfile/format.h"
#include "mutate.h"
#include "process.h"

#define MAX_PATCHES 4
#define MAX_CODE 8
#define MAX_TRIES 20 /* of what was not safe now */
#define GOOD_EVERY 250 /* mutants; then the good patches are tried */
#define ALL_CODE_EVERY 64

struct good {
	const char *path;
	struct bytes bytes;
	char *in_dir; /* where the mutant is put among the others' patches */
};

struct driver {
	char *doctor, *work, *file, *dir;
	char pid[16];
	struct patient patient;
	struct snapshot before, before_all;
	struct good goods[MAX_PATCHES];
	size_t ngoods;
	unsigned long tried, failed, applied, in_dir, unsafe;
	unsigned long outcome[MUT_KINDS][MAX_CODE];
	long slowest_ms;
};

/* The mutant being tried. */
struct mutant {
	uint64_t n;
	enum mutation_kind kind;
	struct good *of;
	struct bytes bytes;
	bool is_in_dir;
};

static struct bytes read_file(const char *path)
{
	struct bytes b = {0};
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st))
		err(99, "%s", path);
	b.data = malloc((size_t)st.st_size + 1);
	b.len = (size_t)read(fd, b.data, (size_t)st.st_size);
	close(fd);
	if (b.len != (size_t)st.st_size)
		errx(99, "%s: cannot read", path);
	return b;
}

static void write_file(const char *path, const struct bytes *b)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, b->data, b->len) != (ssize_t)b->len ||
	    close(fd))
		err(99, "%s", path);
}

static void report(struct driver *d, const struct mutant *m, const char *what,
		   const struct run *run)
{
	char path[4096];

	d->failed++;
	printf("FAIL mutant %lu (%s of %s%s): %s\n", (unsigned long)m->n,
	       m->of ? mutation_name(m->kind) : "good patches",
	       m->of ? m->of->path : d->dir, m->is_in_dir ? ", in a folder" : "",
	       what);
	if (run)
		printf("    exit code %d, signal %d, %ld ms; it said:\n%s\n",
		       run->code, run->signal, run->ms, run->text);
	if (m->of) {
		snprintf(path, sizeof(path), "%s/mutant-%lu.kpatch", d->work,
			 (unsigned long)m->n);
		write_file(path, &m->bytes);
		printf("    kept as %s\n", path);
	}
	fflush(stdout);
}

/*
 * "Not safe now, try again" is no verdict on a file: a thread didn't get to
 * run in time, on a machine that has too much to do. So it is tried again.
 */
static void doctor(struct driver *d, char *verb, char *what, struct run *run)
{
	char *args[] = {d->doctor, verb, "-p", d->pid, what, NULL};

	for (int i = 0; i < MAX_TRIES; i++) {
		run_program(args, run);
		if (run->ms > d->slowest_ms)
			d->slowest_ms = run->ms;
		if (run->signal || run->code != ERR_UNSAFE)
			return;
		d->unsafe++;
	}
}

/* One line, "kpatch_user: what: why", without control characters. */
static bool is_reason(const char *text)
{
	const char *prefix = "kpatch_user: ";
	size_t len = strlen(text);

	if (strncmp(text, prefix, strlen(prefix)) ||
	    len < strlen(prefix) + 15 || text[len - 1] != '\n')
		return false;
	for (size_t i = 0; i + 1 < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < ' ' || c == 0x7f)
			return false;
	}
	return true;
}

static const char *judge(const struct mutant *m, const struct run *run)
{
	if (run->signal)
		return run->signal < 0 ? "the doctor hangs"
				       : "the doctor was killed by a signal";
	if (mutation_is_obvious(m->kind) && run->code != ERR_BADFILE)
		return "an altered file was not refused as one";
	switch (run->code) {
	case ERR_OK:
		return NULL;
	case ERR_FAILED:  /* the patient isn't as the file says */
	case ERR_NOTHING: /* it is for another BuildID */
	case ERR_BADFILE:
		return is_reason(run->text) ? NULL
					    : "refused without a reason";
	default:
		return "the doctor's exit code is none for a bad file";
	}
}

static const char *compare(struct driver *d, bool all)
{
	struct snapshot now;

	snapshot_take(&d->patient, all, &now);
	const char *what = snapshot_compare(all ? &d->before_all : &d->before,
					    &now);
	if (what && strstr(what, "mappings"))
		printf("before:\n%safter:\n%s", d->before.maps, now.maps);
	snapshot_deinit(&now);
	return what;
}

static void take_back(struct driver *d, const struct mutant *m)
{
	struct run run;
	const char *what = patient_check(&d->patient);

	d->applied++;
	if (what)
		report(d, m, what, NULL);
	doctor(d, "unpatch", NULL, &run);
	if (run.code)
		report(d, m, "applied, and cannot be taken back", &run);
}

static void try_mutant(struct driver *d, struct mutant *m)
{
	char *path = m->is_in_dir ? m->of->in_dir : d->file;
	struct run run;
	const char *what;

	if (m->is_in_dir)
		unlink(path); /* a link to the good one */
	write_file(path, &m->bytes);
	doctor(d, "patch", m->is_in_dir ? d->dir : path, &run);
	what = judge(m, &run);
	if (what)
		report(d, m, what, &run);
	else
		d->outcome[m->kind][run.code]++;
	if (run.code == ERR_OK)
		take_back(d, m);
	what = compare(d, m->n % ALL_CODE_EVERY == 0);
	if (!what)
		what = patient_check(&d->patient);
	if (what)
		report(d, m, what, &run);
	if (m->is_in_dir)
		write_file(path, &m->of->bytes);
	d->tried++;
}

/* What proves that the patient was patchable all the time. */
static void try_good(struct driver *d, uint64_t n)
{
	const int32_t old[] = OLD_ANSWERS, new[] = NEW_ANSWERS;
	const struct mutant m = {.n = n};
	struct run run;
	const char *what;

	doctor(d, "patch", d->dir, &run);
	if (run.code)
		report(d, &m, "the good patches are refused", &run);
	else if ((what = patient_ask(&d->patient, new)))
		report(d, &m, what, &run);
	doctor(d, "unpatch", NULL, &run);
	if (run.code)
		report(d, &m, "the good patches cannot be taken back", &run);
	else if ((what = patient_ask(&d->patient, old)))
		report(d, &m, what, &run);
	if ((what = compare(d, true)))
		report(d, &m, what, &run);
}

/* A folder with all patches under their BuildIDs, and a file for mutants. */
static void prepare_files(struct driver *d)
{
	if (asprintf(&d->file, "%s/mutant.kpatch", d->work) < 0 ||
	    asprintf(&d->dir, "%s/patches", d->work) < 0)
		err(99, "asprintf");
	mkdir(d->work, 0755);
	if (mkdir(d->dir, 0755) && errno != EEXIST)
		err(99, "%s", d->dir);
	for (size_t i = 0; i < d->ngoods; i++) {
		struct good *g = &d->goods[i];
		struct buildid id = {0};
		char hex[2 * BUILDID_MAX + 1];

		g->bytes = read_file(g->path);
		const struct kpfile_header *h = (const void *)g->bytes.data;
		id.len = h->buildid_len;
		memcpy(id.bytes, h->buildid, sizeof(id.bytes));
		buildid_format(&id, hex);
		if (asprintf(&g->in_dir, "%s/%s.kpatch", d->dir, hex) < 0)
			err(99, "asprintf");
		write_file(g->in_dir, &g->bytes);
	}
}

static void print_outcomes(const struct driver *d)
{
	printf("%-34s %8s %8s %8s %8s\n", "mutation", "applied", "code 1",
	       "code 3", "code 6");
	for (int k = 0; k < MUT_KINDS; k++)
		printf("%-34s %8lu %8lu %8lu %8lu\n", mutation_name(k),
		       d->outcome[k][ERR_OK], d->outcome[k][ERR_FAILED],
		       d->outcome[k][ERR_NOTHING], d->outcome[k][ERR_BADFILE]);
	printf("%lu mutants (%lu of them in a folder beside a good patch), "
	       "%lu applied and taken back; %lu times \"not safe now\"; slowest "
	       "run of the doctor %ld ms\n",
	       d->tried, d->in_dir, d->applied, d->unsafe, d->slowest_ms);
}

static void run(struct driver *d, uint64_t first, uint64_t count)
{
	for (uint64_t n = first; n < first + count && d->failed < 20; n++) {
		struct mutant m = {.n = n, .of = &d->goods[n % d->ngoods],
				   .is_in_dir = n % 16 == 7};

		m.kind = mutate(&m.of->bytes, n, &m.bytes);
		d->in_dir += m.is_in_dir;
		try_mutant(d, &m);
		free(m.bytes.data);
		if (n % GOOD_EVERY == 0)
			try_good(d, n);
	}
	try_good(d, first + count);
}

int main(int argc, char **argv)
{
	static struct driver d;

	if (argc < 7)
		errx(2, "usage: driver DOCTOR PATIENT WORK FIRST COUNT "
			"PATCH...");
	d.doctor = argv[1];
	d.work = argv[3];
	for (int i = 6; i < argc && d.ngoods < MAX_PATCHES; i++)
		d.goods[d.ngoods++].path = argv[i];
	prepare_files(&d);
	patient_start(argv[2], &d.patient);
	snprintf(d.pid, sizeof(d.pid), "%d", d.patient.pid);
	/* Asked once, its libc has all the memory that it will need. */
	if (patient_ask(&d.patient, (const int32_t[])OLD_ANSWERS))
		errx(99, "%s gives other answers than expected", argv[2]);
	snapshot_take(&d.patient, false, &d.before);
	snapshot_take(&d.patient, true, &d.before_all);
	run(&d, strtoull(argv[4], NULL, 0), strtoull(argv[5], NULL, 0));
	print_outcomes(&d);
	printf("%lu passed, %lu failed\n", d.tried, d.failed);
	return d.failed != 0;
}
