	.file	"x.c"
	.text
	.globl	f
	.type	f, @function
f:
	movl	v(%rip), %eax
	ret
	.size	f, .-f
	.section	.note.GNU-stack,"",@progbits
