// SPDX-License-Identifier: GPL-2.0-or-later
/* Answers queries on a table that it made at its start. */
#include <sqlite3.h>
#include <stdio.h>

int main(void)
{
	sqlite3_stmt *s;
	sqlite3 *db;
	char line[200];

	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	if (sqlite3_open(":memory:", &db) ||
	    sqlite3_exec(db,
			 "create table t(a integer);"
			 "with recursive n(x) as (select 1 union all"
			 " select x + 1 from n where x < 1000)"
			 "insert into t select x from n",
			 NULL, NULL, NULL))
		return 1;
	while (fgets(line, sizeof(line), stdin)) {
		if (sqlite3_prepare_v2(db, line, -1, &s, NULL) ||
		    sqlite3_step(s) != SQLITE_ROW)
			printf("error: %s\n", sqlite3_errmsg(db));
		else
			printf("result %d, column 99: %d, memory is used: %d\n",
			       sqlite3_column_int(s, 0),
			       sqlite3_column_int(s, 99),
			       sqlite3_memory_used() > 0);
		sqlite3_finalize(s);
	}
	return sqlite3_close(db);
}
