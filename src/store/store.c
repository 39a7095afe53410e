// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/store.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"

#define LEVEL_TEXT_MAX 64 /* bytes of a `latest` file or link target's name */

struct store {
	char *path;
	bool is_dir;
	struct kpfile single; /* valid unless is_dir */
};

/* A level directory: BUILDID/NAME. */
struct level {
	uint32_t number; /* 0: none found */
	char name[LEVEL_TEXT_MAX];
};

struct error *store_open(const char *path, struct store **ret_store)
{
	_cleanup_(store_closep) struct store *s = xcalloc(1, sizeof(*s));
	struct stat st;

	if (stat(path, &st) < 0)
		return error_errno(errno,
				   "%s: cannot open patch file or "
				   "directory",
				   path);
	s->path = xstrdup(path);
	s->is_dir = S_ISDIR(st.st_mode);
	if (!s->is_dir)
		TRY(kpfile_read(path, &s->single));
	*ret_store = TAKE(s);
	return NULL;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	kpfile_deinit(&s->single);
	free(s->path);
	free(s);
}

void store_closep(struct store **s)
{
	store_close(*s);
}

const struct kpfile *store_single(const struct store *s)
{
	return s->is_dir ? NULL : &s->single;
}

static void copy_kpfile(const struct kpfile *from, struct kpfile *to)
{
	*to = *from;
	to->object_name = xstrdup(from->object_name);
	to->description = xstrdup(from->description);
	to->cves = xstrdup(from->cves);
	to->image = BUF_INIT;
	buf_add(&to->image, from->image.data, from->image.len);
}

/* A decimal number from 1 to UINT32_MAX and nothing else; 0 if it isn't. */
static uint32_t parse_level(const char *text)
{
	uint64_t number = 0;

	for (; isdigit((unsigned char)*text); text++) {
		number = number * 10 + (uint64_t)(*text - '0');
		if (number > UINT32_MAX)
			return 0;
	}
	return *text ? 0 : (uint32_t)number;
}

static bool set_level(struct level *level, const char *name)
{
	uint32_t number = parse_level(name);

	if (!number || strlen(name) >= sizeof(level->name))
		return false;
	level->number = number;
	strcpy(level->name, name);
	return true;
}

/* The highest of the level directories in `dir`. */
static struct error *highest_level(const char *dir, struct level *ret_level)
{
	struct level best = {0};
	_autoclosedir_ DIR *d = opendir(dir);

	if (!d)
		return error_errno(errno, "%s: cannot open directory", dir);
	for (struct dirent *e; (e = readdir(d));) {
		struct level level = {0};

		if (!set_level(&level, e->d_name))
			continue;
		if (level.number == best.number)
			return error_new(ERR_BADFILE,
					 "%s: %s and %s are the same level",
					 dir, best.name, level.name);
		if (level.number > best.number)
			best = level;
	}
	*ret_level = best;
	return NULL;
}

/* The last component of a link's target, which is changed. */
static const char *last_component(char *target)
{
	size_t len = strlen(target);

	while (len > 1 && target[len - 1] == '/')
		target[--len] = '\0';
	char *slash = strrchr(target, '/');
	return slash ? slash + 1 : target;
}

/*
 * The level that the link DIR/latest leads to. The level's directory is
 * reached by its number afterwards, so a link to elsewhere must not pass.
 */
static struct error *level_of_link(const char *dir, const char *latest,
				   struct level *ret_level)
{
	char target[4096];
	struct stat by_link, by_name;
	ssize_t len = readlink(latest, target, sizeof(target) - 1);

	if (len < 0)
		return error_errno(errno, "%s: cannot read link", latest);
	target[len] = '\0';
	if (stat(latest, &by_link) < 0)
		return error_errno(errno, "%s: cannot follow link to %s",
				   latest, target);
	if (!set_level(ret_level, last_component(target)))
		return error_new(ERR_BADFILE,
				 "%s: leads to %s, which is no patchlevel",
				 latest, target);
	_autofree_ char *path = xasprintf("%s/%s", dir, ret_level->name);
	if (stat(path, &by_name) < 0 || by_link.st_dev != by_name.st_dev ||
	    by_link.st_ino != by_name.st_ino)
		return error_new(ERR_BADFILE,
				 "%s: leads to another directory than %s",
				 latest, path);
	return NULL;
}

static struct error *level_of_file(const char *latest, struct level *ret_level)
{
	_cleanup_(buf_deinit) struct buf text = BUF_INIT;

	TRY(file_read(latest, LEVEL_TEXT_MAX, &text));
	while (text.len && isspace((unsigned char)text.data[text.len - 1]))
		text.data[--text.len] = '\0';
	if (strlen(text.data) != text.len || !set_level(ret_level, text.data))
		return error_new(ERR_BADFILE,
				 "%s: does not hold the number of a patchlevel",
				 latest);
	return NULL;
}

/* Which level of DIR counts; number 0 if DIR has none or isn't there. */
static struct error *choose_level(const char *dir, struct level *ret_level)
{
	struct level level = {0};
	struct stat st;

	if (stat(dir, &st) < 0) {
		if (errno != ENOENT)
			return error_errno(errno, "%s: cannot open directory",
					   dir);
		*ret_level = level;
		return NULL;
	}
	_autofree_ char *latest = xasprintf("%s/latest", dir);
	if (lstat(latest, &st) < 0) {
		if (errno != ENOENT)
			return error_errno(errno, "%s: cannot read", latest);
		TRY(highest_level(dir, &level));
	} else if (S_ISLNK(st.st_mode)) {
		/* A link to a file with the number is as good. */
		if (stat(latest, &st) == 0 && S_ISREG(st.st_mode))
			TRY(level_of_file(latest, &level));
		else
			TRY(level_of_link(dir, latest, &level));
	} else {
		TRY(level_of_file(latest, &level));
	}
	*ret_level = level;
	return NULL;
}

static struct error *check_place(const char *path, const struct buildid *id,
				 uint32_t level, struct kpfile *kp)
{
	char expected[2 * BUILDID_MAX + 1], found[2 * BUILDID_MAX + 1];

	if (!buildid_equal(&kp->buildid, id)) {
		buildid_format(id, expected);
		buildid_format(&kp->buildid, found);
		return error_new(ERR_BADFILE,
				 "%s: is a patch for BuildID %s, its name says "
				 "%s",
				 path, found, expected);
	}
	if (level && kp->patchlevel && kp->patchlevel != level)
		return error_new(ERR_BADFILE,
				 "%s: is of patchlevel %u, its directory says "
				 "%u",
				 path, kp->patchlevel, level);
	if (level)
		kp->patchlevel = level;
	return NULL;
}

/* Reads a file of the store; one that isn't there is found only if it must. */
static struct error *find_file(const char *path, const struct buildid *id,
			       const struct level *level, struct kpfile *ret_kp,
			       bool *ret_found)
{
	_cleanup_(kpfile_deinit) struct kpfile kp = {0};
	struct stat st;

	if (!level->number && lstat(path, &st) < 0 && errno == ENOENT) {
		*ret_found = false;
		return NULL;
	}
	TRY(kpfile_read(path, &kp));
	TRY(check_place(path, id, level->number, &kp));
	*ret_kp = kp;
	memset(&kp, 0, sizeof(kp));
	*ret_found = true;
	return NULL;
}

static struct error *find_in_dir(const char *store_path,
				 const struct buildid *id,
				 struct kpfile *ret_kp, bool *ret_found)
{
	char hex[2 * BUILDID_MAX + 1];
	_autofree_ char *path = NULL;
	struct level level = {0};

	buildid_format(id, hex);
	_autofree_ char *dir = xasprintf("%s/%s", store_path, hex);
	TRY(choose_level(dir, &level));
	if (level.number)
		path = xasprintf("%s/%s/kpatch.bin", dir, level.name);
	else
		path = xasprintf("%s.kpatch", dir);
	return find_file(path, id, &level, ret_kp, ret_found);
}

struct error *store_find(const struct store *s, const struct buildid *id,
			 struct kpfile *ret_kp, bool *ret_found)
{
	if (id->len == 0) {
		*ret_found = false;
		return NULL;
	}
	if (s->is_dir)
		return find_in_dir(s->path, id, ret_kp, ret_found);
	*ret_found = buildid_equal(id, &s->single.buildid);
	if (*ret_found)
		copy_kpfile(&s->single, ret_kp);
	return NULL;
}
