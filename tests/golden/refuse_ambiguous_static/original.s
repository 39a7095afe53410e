	.file	"x.c"
	.text
	.globl	f
	.type	f, @function
f:
	movl	n.0(%rip), %eax
	leal	1(%rax), %edx
	movl	%edx, n.0(%rip)
	addl	%edi, %eax
	ret
	.size	f, .-f
	.local	n.0
	.comm	n.0,4,4
	.section	.note.GNU-stack,"",@progbits
