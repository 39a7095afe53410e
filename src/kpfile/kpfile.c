// SPDX-License-Identifier: GPL-2.0-or-later
#include "kpfile/kpfile.h"

#include <sodium.h>
#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "kpfile/format.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
	       "the header is read and written as it lies in memory");

static const char *const label_names[LABELS] = {
	[LABEL_OBJECT] = "object name",
	[LABEL_DESCRIPTION] = "description",
	[LABEL_CVES] = "list of CVEs",
};

void kpfile_deinit(struct kpfile *kp)
{
	free(kp->object_name);
	free(kp->description);
	free(kp->cves);
	buf_deinit(&kp->image);
	memset(kp, 0, sizeof(*kp));
}

void kpfile_checksum(const void *data, size_t len, uint8_t ret_sum[32])
{
	static const uint8_t zero[32];
	const size_t before = offsetof(struct kpfile_header, checksum);
	const size_t after = before + sizeof(zero);
	crypto_hash_sha256_state state;

	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, data, before);
	crypto_hash_sha256_update(&state, zero, sizeof(zero));
	crypto_hash_sha256_update(&state, (const uint8_t *)data + after,
				  len - after);
	crypto_hash_sha256_final(&state, ret_sum);
}

static bool all_zero(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i])
			return false;
	}
	return true;
}

/* Magic and version: what tells that the other fields are where we think. */
static struct error *check_kind(const char *name, const void *data, size_t len)
{
	const struct kpfile_header *h = data;

	if (len < sizeof(h->magic) + sizeof(h->version) ||
	    memcmp(data, KPFILE_MAGIC, sizeof(h->magic)))
		return error_new(ERR_BADFILE,
				 "%s: not a .kpatch file (wrong magic)", name);
	uint32_t version;
	memcpy(&version,
	       (const char *)data + offsetof(struct kpfile_header, version),
	       sizeof(version));
	if (version != KPFILE_VERSION)
		return error_new(ERR_BADFILE,
				 "%s: version %u of the .kpatch format is "
				 "unknown (known: %u); use a newer LibCare",
				 name, version, KPFILE_VERSION);
	if (len < sizeof(*h))
		return error_new(ERR_BADFILE,
				 "%s: truncated: %zu bytes, the header alone "
				 "has %zu",
				 name, len, sizeof(*h));
	return NULL;
}

static struct error *check_sizes(const char *name,
				 const struct kpfile_header *h, size_t len)
{
	if (h->total_size > len)
		return error_new(ERR_BADFILE,
				 "%s: truncated: %zu bytes of %llu", name, len,
				 (unsigned long long)h->total_size);
	if (h->total_size < len)
		return error_new(ERR_BADFILE,
				 "%s: trailing garbage: %zu bytes, the header "
				 "says %llu",
				 name, len, (unsigned long long)h->total_size);
	if (h->header_size < sizeof(*h) || h->header_size % KPFILE_ALIGN ||
	    h->header_size > sizeof(*h) + KPFILE_MAX_LABELS ||
	    h->header_size > len)
		return error_new(ERR_BADFILE, "%s: wrong header size %u", name,
				 h->header_size);
	if (h->image_size != len - h->header_size)
		return error_new(ERR_BADFILE,
				 "%s: wrong size of the ELF object: %llu bytes "
				 "where the file has %zu",
				 name, (unsigned long long)h->image_size,
				 len - h->header_size);
	return NULL;
}

static struct error *check_fields(const char *name,
				  const struct kpfile_header *h)
{
	if (h->buildid_len == 0 || h->buildid_len > BUILDID_MAX)
		return error_new(ERR_BADFILE, "%s: wrong BuildID length %u",
				 name, h->buildid_len);
	if (!all_zero(h->buildid + h->buildid_len,
		      BUILDID_MAX - h->buildid_len))
		return error_new(ERR_BADFILE,
				 "%s: bytes behind the end of the BuildID",
				 name);
	if (h->flags)
		return error_new(ERR_BADFILE, "%s: unknown flags 0x%x", name,
				 h->flags);
	if (!all_zero(h->reserved, sizeof(h->reserved)) ||
	    !all_zero(h->reserved2, sizeof(h->reserved2)))
		return error_new(ERR_BADFILE,
				 "%s: reserved header bytes are not zero",
				 name);
	return NULL;
}

static struct error *check_label_text(const char *where, const char *what,
				      const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < ' ' || c == 0x7f)
			return error_new(ERR_BADFILE,
					 "%s: control character 0x%02x in the "
					 "%s",
					 where, c, what);
	}
	return NULL;
}

static struct error *parse_label(const char *name, const char *data,
				 enum kpfile_label_kind kind, char **ret_text)
{
	const struct kpfile_header *h = (const void *)data;
	const struct kpfile_label *l = &h->labels[kind];

	if (l->off < sizeof(*h) || l->off >= h->header_size ||
	    l->len >= h->header_size - l->off || data[l->off + l->len])
		return error_new(ERR_BADFILE,
				 "%s: the %s is outside the header", name,
				 label_names[kind]);
	TRY(check_label_text(name, label_names[kind], data + l->off, l->len));
	*ret_text = xstrndup(data + l->off, l->len);
	return NULL;
}

static struct error *parse_checked(const char *name, const char *data,
				   struct kpfile *kp)
{
	const struct kpfile_header *h = (const void *)data;

	TRY(parse_label(name, data, LABEL_OBJECT, &kp->object_name));
	TRY(parse_label(name, data, LABEL_DESCRIPTION, &kp->description));
	TRY(parse_label(name, data, LABEL_CVES, &kp->cves));
	kp->buildid.len = h->buildid_len;
	memcpy(kp->buildid.bytes, h->buildid, h->buildid_len);
	kp->patchlevel = h->patchlevel;
	kp->build_time = h->build_time;
	memcpy(kp->checksum, h->checksum, sizeof(kp->checksum));
	/* Fresh from malloc(), so aligned to 16. */
	buf_add(&kp->image, data + h->header_size, h->image_size);
	return NULL;
}

static struct error *parse_aligned(const char *name, const void *data,
				   size_t len, struct kpfile *ret_kp)
{
	_cleanup_(kpfile_deinit) struct kpfile kp = {0};
	const struct kpfile_header *h = data;
	uint8_t sum[32];

	TRY(check_kind(name, data, len));
	TRY(check_sizes(name, h, len));
	kpfile_checksum(data, len, sum);
	if (memcmp(sum, h->checksum, sizeof(sum)))
		return error_new(ERR_BADFILE,
				 "%s: wrong checksum: the file was altered",
				 name);
	TRY(check_fields(name, h));
	TRY(parse_checked(name, data, &kp));
	*ret_kp = kp;
	memset(&kp, 0, sizeof(kp));
	return NULL;
}

struct error *kpfile_parse(const char *name, const void *data, size_t len,
			   struct kpfile *ret_kp)
{
	_autofree_ char *copy = NULL;

	if ((uintptr_t)data % _Alignof(struct kpfile_header)) {
		copy = xmalloc(len);
		memcpy(copy, data, len);
		data = copy;
	}
	return parse_aligned(name, data, len, ret_kp);
}

struct error *kpfile_read(const char *path, struct kpfile *ret_kp)
{
	_cleanup_(buf_deinit) struct buf bytes = BUF_INIT;

	TRY(file_read(path, KPFILE_MAX_SIZE, &bytes));
	return kpfile_parse(path, bytes.data, bytes.len, ret_kp);
}

static struct error *add_labels(const struct kpfile *kp,
				struct kpfile_header *h, struct buf *text)
{
	const char *const texts[LABELS] = {
		[LABEL_OBJECT] = kp->object_name,
		[LABEL_DESCRIPTION] = kp->description,
		[LABEL_CVES] = kp->cves,
	};

	for (int i = 0; i < LABELS; i++) {
		size_t len = strlen(texts[i]);

		TRY(check_label_text("kpatch header", label_names[i], texts[i],
				     len));
		if (text->len + len + KPFILE_ALIGN > KPFILE_MAX_LABELS)
			return error_new(ERR_USAGE,
					 "the %s is too long (%zu bytes; all "
					 "labels together have room for %u)",
					 label_names[i], len,
					 KPFILE_MAX_LABELS);
		h->labels[i].off = (uint32_t)(sizeof(*h) + text->len);
		h->labels[i].len = (uint32_t)len;
		buf_add(text, texts[i], len + 1);
	}
	buf_align(text, KPFILE_ALIGN);
	return NULL;
}

struct error *kpfile_format(const struct kpfile *kp, struct buf *ret_bytes)
{
	_cleanup_(buf_deinit) struct buf text = BUF_INIT;
	struct buf out = BUF_INIT;
	struct kpfile_header h = {
		.magic = KPFILE_MAGIC,
		.version = KPFILE_VERSION,
		.image_size = kp->image.len,
		.build_time = kp->build_time,
		.patchlevel = kp->patchlevel,
		.buildid_len = kp->buildid.len,
	};

	if (kp->buildid.len == 0 || kp->buildid.len > BUILDID_MAX)
		return error_new(ERR_USAGE, "a .kpatch file needs a BuildID");
	TRY(add_labels(kp, &h, &text));
	memcpy(h.buildid, kp->buildid.bytes, kp->buildid.len);
	h.header_size = (uint32_t)(sizeof(h) + text.len);
	h.total_size = h.header_size + kp->image.len;
	if (h.total_size > KPFILE_MAX_SIZE)
		return error_new(ERR_BADFILE,
				 "the patch object is too large (%zu bytes)",
				 kp->image.len);
	buf_add(&out, &h, sizeof(h));
	buf_add(&out, text.data, text.len);
	buf_add(&out, kp->image.data, kp->image.len);
	kpfile_checksum(out.data, out.len, h.checksum);
	memcpy(out.data, &h, sizeof(h));
	*ret_bytes = out;
	return NULL;
}
