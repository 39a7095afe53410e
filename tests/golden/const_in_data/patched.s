	.file	"x.c"
	.section	.rodata.str1.1,"aMS",@progbits,1
.LC0:
	.string	"one"
.LC1:
	.string	"two"
.LC2:
	.string	"three"
.LC3:
	.string	"four"
	.data
	.align 16
.LC4:
	.quad	.LC0
	.quad	.LC1
	.quad	.LC2
	.quad	.LC3
	.text
	.globl	f
	.type	f, @function
f:
	movdqa	.LC4(%rip), %xmm0
	movdqa	16+.LC4(%rip), %xmm1
	movaps	%xmm1, -40(%rsp)
	movaps	%xmm0, -24(%rsp)
	ret
	.size	f, .-f
	.section	.note.GNU-stack,"",@progbits
