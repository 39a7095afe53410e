	.file	"x.c"
	.section	.rodata.str1.1,"aMS",@progbits,1
.LC0:
	.string	"one"
.LC1:
	.string	"two"
	.data
	.align 16
.LC2:
	.quad	.LC0
	.quad	.LC1
	.text
	.globl	f
	.type	f, @function
f:
	movdqa	.LC2(%rip), %xmm0
	movaps	%xmm0, -24(%rsp)
	ret
	.size	f, .-f
	.section	.note.GNU-stack,"",@progbits
