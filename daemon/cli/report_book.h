/* daemon/cli/report_book.h - the 月度通报 as a workbook. */
#ifndef HUIYING_DAEMON_CLI_REPORT_BOOK_H
#define HUIYING_DAEMON_CLI_REPORT_BOOK_H

/* Ask the daemon for what is counted in the month ("2026-11") and write it to FILE.xlsx: sheets of
 * units, matters, 整改 and formulas. 0, or the exit status after the reason was told. */
int report_book_write(const char *month, const char *file);

#endif
