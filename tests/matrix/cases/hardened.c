// SPDX-License-Identifier: GPL-2.0-or-later
// Debian's and Fedora's hardening
// flags: -D_FORTIFY_SOURCE=2 -fstack-clash-protection -fstack-protector-strong
// flags/gcc: -fzero-call-used-regs=used-gpr
// flags/gcc: -ftrivial-auto-var-init=zero
#include <stdio.h>
#include <string.h>
__attribute__((noinline)) int work(int n)
{
	char big[20000], text[32];
	memset(big, n, sizeof(big));
	snprintf(text, sizeof(text), "%d", n); //-
	sprintf(text, "<%d>", n); //+
	return big[n * 100] + (int)strlen(text);
}
void tick(int n)
{
	printf("%d\n", work(n));
}
