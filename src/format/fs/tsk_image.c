/* SPDX-License-Identifier: Apache-2.0 */
/* tsk_image.c: see tsk_image.h. */
#include "format/fs/tsk_image.h"

#include <stdlib.h>

struct tsk_image {
	TSK_IMG_INFO image;     /* first member: libtsk sees only this. Two mebibytes, most of it its cache */
	struct source *source;
	bool taint;
};

static struct tsk_image *image_of(TSK_IMG_INFO *image)
{
	return (struct tsk_image *)image;
}

/* Called with libtsk's cache lock held. Short at the end of the source, as libtsk expects. */
static ssize_t image_read(TSK_IMG_INFO *image, TSK_OFF_T offset, char *to, size_t length)
{
	struct tsk_image *i = image_of(image);
	if (offset < 0)
		return -1;
	return (ssize_t)source_read_at(i->source, (uint64_t)offset, to, length, &i->taint);
}

static void image_close(TSK_IMG_INFO *image)
{
	free(image_of(image));
}

static void image_describe(TSK_IMG_INFO *image, FILE *to)
{
	(void)image;
	(void)to;
}

TSK_IMG_INFO *tsk_image_open(struct source *source)
{
	struct tsk_image *i = memory_new(sizeof *i);
	i->source = source;
	uint64_t size = source->size < INT64_MAX ? source->size : INT64_MAX;
	unsigned sector = source->sector_size >= 512 && source->sector_size % 512 == 0 ? source->sector_size : 512;
	TSK_IMG_INFO *image = tsk_img_open_external(&i->image, (TSK_OFF_T)size, sector, image_read, image_close, image_describe);
	if (!image)
		free(i);
	return image;
}

bool tsk_image_taint(TSK_IMG_INFO *image)
{
	struct tsk_image *i = image_of(image);
	bool taint = i->taint;
	i->taint = false;
	return taint;
}
