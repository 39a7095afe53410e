// SPDX-License-Identifier: GPL-2.0-or-later
// thread-local variables of another object by descriptors, one for several too
// flags/gcc: -mtls-dialect=gnu2
// may-refuse/gcc.*pie: gd: the original has no TLSDESC of it that a patch could use
// skip/clang: no such option there
#include <stdio.h>
#include <errno.h>
extern __thread int ie ;
extern __thread int gd __attribute__((tls_model("global-dynamic")));
static __thread int ld __attribute__((tls_model("local-dynamic"))) = 9;
static __thread int ld2 __attribute__((tls_model("local-dynamic"))) = 8;
void tick(int n)
{
	ie += n;
	gd += ie;
	ld += gd;
	ld2 -= ld;
	printf("%d %d %d %d\n", ie, gd, ld, ld2); //-
	printf("%d %d %d %d\n", ld2, ld, gd, ie); //+
}
//file: two.c
__thread int ie = 1;
__thread int gd = 2;
