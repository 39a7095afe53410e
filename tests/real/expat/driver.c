// SPDX-License-Identifier: GPL-2.0-or-later
/* Parses each line of its input, and says what text is in it. */
#include <expat.h>
#include <stdio.h>
#include <string.h>

static void on_text(void *arg, const char *s, int len)
{
	strncat(arg, s, (size_t)len);
}

static void parse(const char *line)
{
	XML_Parser p = XML_ParserCreate(NULL);
	char text[200] = "";

	XML_SetUserData(p, text);
	XML_SetCharacterDataHandler(p, on_text);
	if (XML_Parse(p, line, (int)strlen(line), 1))
		printf("text: %s\n", text);
	else
		printf("error: %s\n", XML_ErrorString(XML_GetErrorCode(p)));
	XML_ParserFree(p);
}

int main(void)
{
	char line[200];

	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	while (fgets(line, sizeof(line), stdin)) {
		const XML_Feature *f = XML_GetFeatureList();

		if (line[0] == '<') {
			parse(line);
			continue;
		}
		while (f->name && strcmp(f->name, "XML_NS"))
			f++;
		printf("XML_NS: %ld\n", f->name ? f->value : -1);
	}
	return 0;
}
