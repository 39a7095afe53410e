	.file	"x.c"
	.text
	.globl	f
	.type	f, @function
f:
	movl	n(%rip), %eax
	ret
	.size	f, .-f
	.globl	n
	.data
	.align 4
	.type	n, @object
	.size	n, 4
n:
	.long	3
	.section	.note.GNU-stack,"",@progbits
