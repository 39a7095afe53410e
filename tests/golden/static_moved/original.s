	.file	"x.c"
	.text
	.globl	f
	.type	f, @function
f:
	movl	n.0(%rip), %eax
	addl	$1, %eax
	movl	%eax, n.0(%rip)
	ret
	.size	f, .-f
	.local	n.0
	.comm	n.0,4,4
	.section	.note.GNU-stack,"",@progbits
