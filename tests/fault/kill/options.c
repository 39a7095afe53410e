// SPDX-License-Identifier: GPL-2.0-or-later
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "killer.h"

static bool find_mode(const char *name, enum mode *ret)
{
	for (int i = 0; i < MODES; i++) {
		if (!strcmp(name, mode_names[i])) {
			*ret = (enum mode)i;
			return true;
		}
	}
	return false;
}

/* With two objects what directories have for both. */
static void name_files(struct options *o, const char *build)
{
	const char *page = o->mode == MODE_PAGE ? "/page" : "";
	const char *what = o->mode == MODE_TWO ? "patchroot" : "patient.kpatch";

	snprintf(o->program, sizeof(o->program), "%s%s/patient", build, page);
	snprintf(o->level[1], sizeof(o->level[1]), "%s%s/%s", build, page,
		 what);
	snprintf(o->level[2], sizeof(o->level[2]), "%s%s/2/%s", build, page,
		 what);
}

bool parse_options(int argc, char **argv, struct options *o)
{
	static const struct option options[] = {
		{"threads", required_argument, NULL, 't'},
		{"every", required_argument, NULL, 'e'},
		{"important", required_argument, NULL, 'i'},
		{"random", required_argument, NULL, 'r'},
		{"only", required_argument, NULL, 'o'},
		{"at", required_argument, NULL, 'a'},
		{"seconds", required_argument, NULL, 'S'},
		{"part", required_argument, NULL, 'p'},
		{"until", required_argument, NULL, 'u'},
		{"mode", required_argument, NULL, 'm'},
		{"altering", no_argument, NULL, 'A'},
		{"writing", no_argument, NULL, 'W'},
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
		case 'p':
			if (sscanf(optarg, "%d/%d", &o->part, &o->parts) != 2 ||
			    o->part < 1 || o->part > o->parts)
				return false;
			break;
		case 'u': o->until = atol(optarg); break;
		case 'A': o->which = ALTERING_STOPS; break;
		case 'W': o->which = WRITING_STOPS; break;
		case 'm':
			if (!find_mode(optarg, &o->mode))
				return false;
			break;
		case 's': srandom((unsigned int)atoi(optarg)); break;
		default: return false;
		}
	}
	if (argc - optind != 2 || o->every < 1 || o->important < 1)
		return false;
	o->doctor = argv[optind];
	name_files(o, argv[optind + 1]);
	return true;
}

void print_usage(void)
{
	fprintf(stderr, "usage: killer [--threads N] [--every N] "
		"[--important N]\n"
		"  [--random N] [--only VERB] [--at N] [--seed N]\n"
		"  [--seconds N] [--part K/N] [--mode MODE]\n"
		"  [--altering | --writing] [--until TIME]\n"
		"  DOCTOR BUILD\n");
}
