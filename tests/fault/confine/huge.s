# SPDX-License-Identifier: GPL-2.0-or-later
# 120 MB of text that is never executed, and 1 GB of .bss that isn't used.
	.text
	.globl	huge_text
huge_text:
	.fill	15728640, 8, 0x90909090
	ret
	.bss
	.globl	huge_bss
huge_bss:
	.skip	1073741824
	.section .note.GNU-stack,"",@progbits
